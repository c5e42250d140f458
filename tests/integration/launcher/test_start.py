"""``python app.py`` as a person starts and stops it: with its own database, twice, and with mistakes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from launcher import ports
from launcher.processes import answers
from tests.support.compressed import share_compressed

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 120


class Product:
    """One start of the product and what it printed."""

    def __init__(self, data_dir: Path, output: Path, settings: dict[str, str]) -> None:
        self.port = ports.any_free("127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self._output = output
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PORTAL_", "GATEWAY_", "DATABASE_"))
        }
        env |= {"PORTAL_DATA_DIR": str(share_compressed(data_dir)), "PORTAL_PORT": str(self.port), **settings}
        with output.open("wb") as target:
            self.process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=target, stderr=target)

    @property
    def printed(self) -> str:
        return self._output.read_text(errors="replace")

    def until_printed(self, words: str) -> str:
        end = time.monotonic() + SECONDS
        while words not in self.printed:
            assert self.process.poll() is None, f"it ended:\n{self.printed}"
            assert time.monotonic() < end, f"never printed {words!r}:\n{self.printed}"
            time.sleep(0.1)
        return self.printed

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


@contextmanager
def product(tmp_path: Path, **settings: str) -> Iterator[Product]:
    started = Product(tmp_path / "data", tmp_path / "printed", settings)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.terminate()
            started.process.wait(60)


def processes_naming(text: str) -> list[int]:
    """Processes whose command line or environment-free arguments mention ``text``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if text in command:
                found.append(int(entry.name))
    return found


def environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")


def test_first_start_without_demo_says_how_to_begin_and_the_second_keeps_what_was_made(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with product(tmp_path, PORTAL_DEMO="0") as first:
        printed = first.until_printed("Ctrl-C stops everything")
        assert "create-tenant" in printed
        assert "create-user" in printed
        assert "Demo-1234" not in printed
        assert requests.get(f"{first.url}/ready", timeout=10).status_code == 200
        env = {**os.environ, "GATEWAY_DATA_DIR": str(data_dir)}
        env.pop("DATABASE_URL", None)
        made = subprocess.run(
            [sys.executable, "-m", "gateway", "create-tenant", "--slug", "acme", "--name", "Acme"],
            cwd=ROOT, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert first.stop(signal.SIGINT) == 0
    assert processes_naming(str(data_dir)) == []
    with product(tmp_path, PORTAL_DEMO="0") as second:
        assert "create-tenant" not in second.until_printed("Ctrl-C stops everything")
        assert second.stop(signal.SIGTERM) == 0
    assert processes_naming(str(data_dir)) == []


def test_demo_start_prints_every_demo_sign_in_and_each_works_at_the_issuer(tmp_path: Path) -> None:
    with product(tmp_path, GATEWAY_DEMO_MESSAGES="3000") as demo:
        printed = demo.until_printed("Ctrl-C stops everything")
        names = re.findall(r"^  (\S+@\S+)", printed, flags=re.M)
        assert names == [
            "owner@demo.example", "developer@demo.example", "billing@demo.example", "viewer@demo.example",
            "owner@other.example", "tam@demo.example", "admin@demo.example",
        ]  # fmt: skip
        assert "Demo-1234" in printed
        assert f"http://localhost:{demo.port}" in printed
        # Examples of requests name the API as browsers know this machine, not as the portal reaches it.
        told = Path(f"/proc/{processes_naming(f':{demo.port}')[0]}/environ").read_bytes().decode().split("\0")
        (shown,) = (each.partition("=")[2] for each in told if each.startswith("PORTAL_API_PUBLIC_URL="))
        assert requests.get(f"{shown}/health", timeout=10).status_code == 200
        assert shown.startswith("http://localhost:")


def test_child_that_is_killed_comes_back(tmp_path: Path) -> None:
    with product(tmp_path, PORTAL_DEMO="0") as running:
        running.until_printed("Ctrl-C stops everything")
        victims = processes_naming(f":{running.port}")
        assert victims
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        running.until_printed("portal ended")
        # The database and the program that holds it, at once: started again it must take up the same data.
        gateway_url = f"http://127.0.0.1:{(running.data_dir / 'gateway.port').read_text().strip()}"
        server = int((running.data_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        (holder,) = (
            pid for pid in processes_naming("\0up\0--announce-fd") if str(running.data_dir) in environment(pid)
        )
        os.kill(server, signal.SIGKILL)
        os.kill(holder, signal.SIGKILL)
        running.until_printed("database ended")
        end = time.monotonic() + SECONDS
        while not answers(f"{gateway_url}/ready"):
            assert time.monotonic() < end, running.printed
            time.sleep(0.1)
        # While it starts it may refuse, be silent or not be ready: all of that is "not yet", until the time is up.
        while not answers(f"{running.url}/ready"):
            assert time.monotonic() < end, running.printed
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PUBLIC_URL", "http://portal.example.com"),
        ("PORTAL_SESSION_KEYS", "not-a-key"),
        ("PORTAL_PORT", "http"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("GATEWAY_ACCESS_TOKEN_SECONDS", "soon"),
    ],
)
def test_malformed_setting_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    with product(tmp_path, **{name: value}) as wrong:
        assert wrong.process.wait(60) in (1, 2)
        assert name in wrong.printed
        assert "Traceback" not in wrong.printed
