"""The machine, and who else used it while something was measured."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_WORK = """
import mmap, time
for _ in range(10):
    began, total = time.perf_counter(), 0
    for number in range(1_000_000):
        total += number
    ms = 1000 * (time.perf_counter() - began)
    with mmap.mmap(-1, 2048 * mmap.PAGESIZE) as memory:
        began = time.perf_counter()
        for page in range(0, len(memory), mmap.PAGESIZE):
            memory[page] = 1
        print(ms, 1e6 * (time.perf_counter() - began) / 2048)
"""
_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = (3, 4)  # idle and waiting for disks, in the first line of /proc/stat


@dataclass
class Spent:
    """A stretch of time: its length, the share of all processors that other programs took meanwhile, and what work took
    on each of all processors at once, before and after it (medians): `pace` the milliseconds of a million additions,
    `touch` the microseconds until a page of memory is there that a program has not had yet."""

    seconds: float = 0
    others: float = 0
    pace: float = 0
    touch: float = 0


def described() -> str:
    """Processors, memory, system."""
    system = f"{platform.machine()}, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {system}"


@contextmanager
def watched() -> Iterator[Spent]:
    """Fill in what was spent when the block ends."""
    spent = Spent()
    before = _paces()
    began, busy, own = time.monotonic(), _busy_seconds(), _own_seconds()
    try:
        yield spent
    finally:
        spent.seconds = time.monotonic() - began
        others = (_busy_seconds() - busy) - (_own_seconds() - own)
        spent.others = max(0.0, others) / (spent.seconds * (os.cpu_count() or 1))
        paces, touches = zip(*before, *_paces(), strict=True)
        spent.pace, spent.touch = median(paces), median(touches)


def descendants(root: int) -> list[int]:
    """Process ids of a whole tree, its root first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def database_seconds(data_dir: Path) -> float:
    """Processor time of the embedded PostgreSQL below a data directory, with all its processes, also those that ended:
    a connection's process goes with whoever had it."""
    postmaster = (data_dir / "postgres" / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0]
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) and postmaster in (entry.name, fields[1]):
            ticks += sum(map(int, fields[11 : 15 if entry.name == postmaster else 13]))
    return ticks / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, …; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _paces() -> list[tuple[float, ...]]:
    """How fast all processors are at this minute when all of them work: virtual ones may be halves of one, their host's
    other guests come and go, and a host may give out memory that nobody uses and be long in having it back."""
    running = [
        subprocess.Popen([sys.executable, "-c", _WORK], stdout=subprocess.PIPE, text=True)
        for _ in range(os.cpu_count() or 1)
    ]
    lines = [line for each in running for line in each.communicate()[0].splitlines()]
    return [tuple(map(float, line.split())) for line in lines]


def _own_seconds() -> float:
    """Of this process and all below it, those that ended and were waited for included."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in descendants(os.getpid())) / _TICKS


def _busy_seconds() -> float:
    with Path("/proc/stat").open(encoding="ascii") as lines:
        fields = [int(field) for field in lines.readline().split()[1:9]]
    return sum(value for place, value in enumerate(fields) if place not in _IDLE) / _TICKS
