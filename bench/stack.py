"""The product as it runs for a customer, on data of a chosen size kept under ``.data/bench`` between runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from launcher import ports
from launcher.processes import Child, answers, read_announcement

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".data" / "bench"
START_SECONDS = 300


@dataclass(frozen=True)
class Stack:
    """Addresses of the running product and the process that holds it together."""

    portal_url: str
    gateway_url: str
    data_dir: Path
    pid: int

    def descendants(self) -> list[int]:
        """Process ids of the launcher's whole tree."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                parent = int(stat.rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            queue += children.get(pid, [])
        return found

    def pids_of(self, marker: str) -> list[int]:
        """Processes of the tree whose command line contains ``marker`` (``app:server`` is the portal)."""
        matching = []
        for pid in self.descendants():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if marker in command:
                matching.append(pid)
        return matching


def cpu_seconds(pids: list[int]) -> float:
    """CPU time that these processes have used so far (user and system)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_megabytes(pids: list[int]) -> float:
    """Proportional set size of these processes together."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def _fill(data_dir: Path, messages: int) -> float | None:
    """Demo data of ``messages`` rows, made once per size. Returns the seconds it took, or None when it was there."""
    marker = data_dir / "filled.json"
    if marker.exists() and json.loads(marker.read_text())["messages"] == messages:
        return None
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    read_end, write_end = os.pipe()
    env = {**os.environ, "GATEWAY_DATA_DIR": str(data_dir), "GATEWAY_PUBLIC_URL": "http://localhost:1"}
    env.pop("DATABASE_URL", None)
    up = Child(
        "database",
        [sys.executable, "-m", "gateway", "up", "--no-demo", "--announce-fd", str(write_end)],
        env,
        data_dir / "logs" / "fill.log",
        pass_fds=(write_end,),
    )
    up.start()
    os.close(write_end)
    try:
        url = json.loads(read_announcement(read_end, up, 120, print))["databaseUrl"]
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "gateway", "demo", "--messages", str(messages)],
            env={**env, "DATABASE_URL": url},
            cwd=ROOT,
            check=True,
        )
        took = time.monotonic() - began
        with psycopg.connect(url, autocommit=True) as connection:
            # As the server does by itself within minutes: a queue that is long is not searched (decision 0046).
            connection.execute("VACUUM (ANALYZE) rollup_deltas")
    finally:
        os.close(read_end)
        up.stop(60)
    marker.write_text(json.dumps({"messages": messages, "seconds": took}))
    return took


@contextmanager
def running(messages: int) -> Iterator[Stack]:
    """The whole product with ``messages`` demo messages, stopped at the end."""
    data_dir = DATA / str(messages)
    data_dir.mkdir(parents=True, exist_ok=True)
    _fill(data_dir, messages)
    port = ports.any_free("127.0.0.1")
    env = {**os.environ, "PORTAL_PORT": str(port), "PORTAL_DATA_DIR": str(data_dir)}
    # Whoever measures is one person who asks more often than any. What counting costs is measured all the same.
    env |= dict.fromkeys(("PORTAL_LIMIT_SIGN_IN", "PORTAL_LIMIT_USER", "PORTAL_LIMIT_TENANT"), "1000000")
    for name in ("DATABASE_URL", "PORTAL_GATEWAY_URL", "PORTAL_PUBLIC_URL"):
        env.pop(name, None)
    app = Child("product", [sys.executable, "app.py"], env, data_dir / "logs" / "product.log")
    app.start()
    assert app.process is not None
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/ready"):
            if not app.running or time.monotonic() > end:
                raise RuntimeError(f"the product did not start:\n{app.last_words(40)}")
            time.sleep(0.1)
        gateway_port = int((data_dir / "gateway.port").read_text())
        yield Stack(f"http://localhost:{port}", f"http://127.0.0.1:{gateway_port}", data_dir, app.process.pid)
    finally:
        app.stop(60)
