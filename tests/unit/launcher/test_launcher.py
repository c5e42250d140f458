"""The launcher's parts: ports, secrets, children that fall and are started again."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from pathlib import Path

import pytest

from launcher import ports, secrets_file
from launcher.main import BadSetting, Where, main
from launcher.processes import Child, Group, StartFailed, read_announcement


def listening() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def until(condition: object, seconds: float = 20.0) -> None:
    """Wait for a condition that another process brings about."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "the condition never came true"


def child(tmp_path: Path, code: str) -> Child:
    return Child("sample", [sys.executable, "-c", code], dict(os.environ), tmp_path / "sample.log")


def test_port_somebody_listens_on_is_refused() -> None:
    with listening() as server:
        port = server.getsockname()[1]
        with pytest.raises(ports.PortInUse, match=str(port)):
            ports.require_free("127.0.0.1", port)


def test_remembered_port_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    first = ports.remembered("127.0.0.1", tmp_path / "port")
    assert ports.remembered("127.0.0.1", tmp_path / "port") == first


@pytest.mark.parametrize("content", ["", "nonsense", "99999999", "-1"])
def test_unreadable_memory_of_a_port_gives_a_new_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "port").write_text(content)
    assert 0 < ports.remembered("127.0.0.1", tmp_path / "port") < 65536


def test_remembered_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    with listening() as server:
        (tmp_path / "port").write_text(str(server.getsockname()[1]))
        assert ports.remembered("127.0.0.1", tmp_path / "port") != server.getsockname()[1]


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = secrets_file.load(tmp_path)
    assert secrets_file.load(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "eighty"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "70000"),
        ("PORTAL_DEMO", "yes"),
        ("PORTAL_PUBLIC_URL", "portal.example"),
    ],
)
def test_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Where.from_env({name: value})


def test_start_with_a_taken_port_says_so_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening() as server:
        monkeypatch.setenv("PORTAL_PORT", str(server.getsockname()[1]))
        monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
        assert main([], check=lambda _env: None) == 2
    assert "PORTAL_PORT" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_fallen_child_is_started_again(tmp_path: Path) -> None:
    marker = tmp_path / "runs"
    group = Group()
    sample = group.start(child(tmp_path, f"open({str(marker)!r}, 'a').write('x'); import signal; signal.pause()"))
    try:
        until(lambda: marker.exists() and marker.read_text() == "x")
        assert sample.process is not None
        sample.process.kill()
        sample.process.wait()
        said: list[str] = []

        def runs_again() -> bool:
            group.keep_up(said.append)
            return marker.read_text() == "xx"

        until(runs_again)
        assert "sample ended" in said[0]
    finally:
        group.stop()
    assert not sample.running


def test_announcement_is_read_and_other_lines_are_shown(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    sample = child(tmp_path, f"import os; os.write({write_end}, b'making ready\\n{{\"a\": 1}}\\n')")
    sample.pass_fds = (write_end,)
    shown: list[str] = []
    try:
        sample.start()
        os.close(write_end)
        assert read_announcement(read_end, sample, 20, shown.append) == '{"a": 1}'
        assert shown == ["making ready"]
    finally:
        os.close(read_end)
        sample.stop()


def test_child_that_ends_before_it_announced_shows_its_last_words(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    sample = child(tmp_path, "raise SystemExit('the disk is full')")
    try:
        sample.start()
        os.close(write_end)
        with pytest.raises(StartFailed, match="the disk is full"):
            read_announcement(read_end, sample, 20, lambda _line: None)
    finally:
        os.close(read_end)
        sample.stop()
