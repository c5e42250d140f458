"""The folder of files: whole or not there, nobody else's, and swept."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.storage import LocalFolder, StorageUnavailable

TENANT = "01890000-0000-7000-8000-000000000001"
KEY = f"{TENANT}/a.1.pdf"


def test_put_file_is_there_for_its_owner_alone_until_it_is_removed(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path / "reports")
    folder.put(KEY, b"one")
    folder.put(KEY, b"two")
    assert folder.path(KEY).read_bytes() == b"two"
    assert stat.S_IMODE(folder.path(KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path(KEY).parent.stat().st_mode) == 0o700
    folder.remove(KEY)
    folder.remove(KEY)
    assert not folder.path(KEY).exists()
    assert folder.address(KEY, name="a.pdf", until=datetime.now(UTC)) is None


@pytest.mark.parametrize(
    "key", ["", "a", "/etc/passwd", "../a", f"{TENANT}/../../x", f"{TENANT}/.hidden", f"{TENANT}/a..pdf", f"{TENANT}/A", "a/b/c", f"{TENANT}/a\n"]
)  # fmt: skip
def test_what_could_lead_elsewhere_is_no_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="a key is"):
        LocalFolder(tmp_path).put(key, b"")
    assert list(tmp_path.iterdir()) == []


def test_sweep_removes_what_nobody_wants_and_leaves_what_appears_meanwhile(tmp_path: Path) -> None:
    folder = LocalFolder(tmp_path)
    folder.put(KEY, b"wanted")
    folder.put(f"{TENANT}/b.1.pdf", b"not wanted")
    (tmp_path / TENANT / "c.1.pdf.part").write_bytes(b"a draft that was left")
    (tmp_path / TENANT / "notes.txt").write_bytes(b"somebody else's")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.1.pdf").write_bytes(b"somebody else's")

    def wanted() -> list[str]:
        folder.put(f"{TENANT}/d.1.pdf", b"new")
        return [KEY]

    assert folder.sweep(wanted) == 2
    assert sorted(path.name for path in (tmp_path / TENANT).iterdir()) == ["a.1.pdf", "d.1.pdf", "notes.txt"]
    assert (tmp_path / "photos" / "a.1.pdf").exists()


def test_a_folder_that_cannot_be_written_is_worth_another_try(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        LocalFolder(tmp_path / "file").put(KEY, b"")
