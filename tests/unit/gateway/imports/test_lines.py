from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports import lines
from gateway.imports.lines import SourceFile
from gateway.imports.reasons import Reason


def read(path: Path, offset: int = 0, number: int = 1) -> list[lines.Line]:
    with SourceFile(path) as source:
        return list(source.lines(offset, number))


@given(pieces=st.lists(st.binary(max_size=30)), ended=st.booleans(), compressed=st.booleans())
def test_lines_are_those_of_the_file_and_can_be_taken_up_anywhere(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], ended: bool, compressed: bool
) -> None:
    data = b"\n".join(pieces) + (b"\n" if ended and pieces else b"")
    if not compressed and data.startswith(b"\x1f\x8b"):
        data = b"x" + data
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_bytes(gzip.compress(data) if compressed else data)
    found = read(path)
    wanted = data.split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    clean = [line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line for number, line in enumerate(wanted)]
    assert [line.data for line in found] == [line.removesuffix(b"\r") for line in clean]
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    for line in found:
        rest = read(path, line.end, line.number + 1)
        assert [(each.number, each.start, each.end) for each in rest] == [
            (each.number, each.start, each.end) for each in found[line.number :]
        ]


def test_enormous_line_is_reported_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\n" + b"x" * (5 << 20) + b"\nb\n" + b"y" * (3 << 20))
    found = read(path)
    assert [line.flaw for line in found] == [None, Reason.LINE_TOO_LONG, None, Reason.LINE_TOO_LONG]
    assert [line.data[:1] for line in found] == [b"a", b"x", b"b", b"y"]
    assert max(len(line.data) for line in found) == 4096
    assert found[-1].end == path.stat().st_size
    assert not found[-1].ended


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_cut_archive_gives_all_that_can_be_read(tmp_path: Path, share: float) -> None:
    data = b"".join(b"line %d of the file\n" % number for number in range(20_000))
    whole = gzip.compress(data)
    path = tmp_path / "file.gz"
    path.write_bytes(whole[: int(len(whole) * share)])
    found = read(path)
    assert found[-1].flaw is Reason.DAMAGED_ARCHIVE
    got = found[-2].end
    assert got >= share * len(data) * 0.9
    assert b"\n".join(line.data for line in found[:-1]) == data[:got].removesuffix(b"\n")


def test_archive_of_several_members_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"one\ntw") + gzip.compress(b"o\nthree\n") + b"\0" * 512)
    assert [line.data for line in read(path)] == [b"one", b"two", b"three"]


def test_damage_in_the_middle_of_an_archive_keeps_what_came_before(tmp_path: Path) -> None:
    data = b"".join(b"%d %d\n" % (number, number * number) for number in range(50_000))
    whole = bytearray(gzip.compress(data))
    whole[len(whole) // 2 : len(whole) // 2 + 40] = b"\xff" * 40
    path = tmp_path / "file.gz"
    path.write_bytes(whole)
    found = read(path)
    assert found[-1].flaw is Reason.DAMAGED_ARCHIVE
    assert len(found) > 15_000
