"""The product as it is started by a person, on a data folder of its own, and its processes by name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg

from bench.stack import Stack
from launcher import ports
from launcher.processes import Child, answers

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
VICTIMS = (
    "portal, its master", "portal, a worker", "gateway, its master", "gateway, a worker", "worker",
    "database, its holder", "PostgreSQL, the server", "PostgreSQL, a connection",
)  # fmt: skip
_MARKERS = {"portal": "app:server", "gateway": "gateway serve", "worker": "gateway worker", "database": "gateway up"}


@dataclass(frozen=True)
class Product:
    """A running product, all of whose processes are ours."""

    stack: Stack

    @property
    def database_url(self) -> str:
        socket = self.stack.data_dir / "postgres" / "run"
        if not socket.exists():  # a path that is too long for a socket: the server has another for it
            raise RuntimeError(f"choose a data folder with a shorter path than {self.stack.data_dir}")
        return f"postgresql://postgres@/gateway?host={socket}"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=10)

    def gateway(self, *arguments: str) -> subprocess.Popen[str]:
        """An operator's command, running."""
        env = {**os.environ, "GATEWAY_DATA_DIR": str(self.stack.data_dir), "DATABASE_URL": self.database_url,
               "GATEWAY_PUBLIC_URL": self.stack.gateway_url}  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", *arguments], cwd=ROOT, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def kill(self, victim: str, draw: Random) -> int | None:
        """SIGKILL for one of the processes that ``victim`` names; its id, None when there is none just now."""
        found = self._candidates(victim)
        if not found:
            return None
        pid = draw.choice(found)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return pid

    def _candidates(self, victim: str) -> list[int]:
        name, _, which = victim.partition(", ")
        if name == "PostgreSQL":
            server = self._postmaster()
            if server is None:
                return []
            return [server] if which == "the server" else _children(server, "gateway")
        family = sorted(self.stack.pids_of(_MARKERS[name]))
        masters = [pid for pid in family if _parent(pid) == self.stack.pid]
        return [pid for pid in family if pid not in masters] if which == "a worker" else masters

    def _postmaster(self) -> int | None:
        try:
            lines = (self.stack.data_dir / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.stack.data_dir).encode() in command else None

    def logs(self) -> Iterator[tuple[str, str]]:
        """Name and line of everything that was logged."""
        files = [*(self.stack.data_dir / "logs").glob("*.log"), self.stack.data_dir / "postgres" / "server.log"]
        for file in files:
            with file.open(errors="replace") as lines:
                yield from ((file.name, line) for line in lines)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _children(parent: int, words: str) -> list[int]:
    """Server processes of PostgreSQL for connections to the database named."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(int(entry.name)) == parent:
            try:
                if f" {words} " in (entry / "cmdline").read_bytes().decode(errors="replace"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@contextmanager
def running(data_dir: Path, messages: int, **settings: str) -> Iterator[Product]:
    """Start everything on free ports with so many demo messages and these settings; stop it at the end."""
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    port, gateway_port = ports.any_free("127.0.0.1"), ports.any_free("127.0.0.1")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PORTAL_", "GATEWAY_", "DATABASE_"))}
    env |= {
        "PORTAL_PORT": str(port),
        "PORTAL_DATA_DIR": str(data_dir),
        "PORTAL_LOG_LEVEL": "debug",
        "GATEWAY_PORT": str(gateway_port),
        "GATEWAY_DEMO_MESSAGES": str(messages),
        "GATEWAY_WEBHOOK_ALLOW_PRIVATE": "true",  # the receiver is on this machine
        **settings,
    }
    app = Child("product", [sys.executable, "app.py"], env, data_dir / "logs" / "product.log")
    app.start()
    if app.process is None:
        raise RuntimeError("not started")
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/ready"):
            if not app.running or time.monotonic() > end:
                raise RuntimeError(f"the product did not start:\n{app.last_words(40)}")
            time.sleep(0.1)
        yield Product(Stack(f"http://localhost:{port}", f"http://127.0.0.1:{gateway_port}", data_dir, app.process.pid))
    finally:
        app.stop(60)
