"""Child processes: started in a session of their own, watched, restarted when they fall, stopped in order.

Children do not share the terminal's process group, so Ctrl-C reaches only the launcher, which then stops them one by
one; should the launcher itself be killed, the kernel tells each child (PR_SET_PDEATHSIG), so nothing is left running.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_RESTART_DELAYS = (0.2, 1.0, 2.0, 5.0)  # seconds; the last one repeats


class StartFailed(RuntimeError):
    """A child ended, or did not answer in time, while starting. The message names its log."""


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One program: how to start it, and where what it says goes."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    falls: int = 0
    restart_at: float = 0.0

    def start(self) -> None:
        """Start it. Appends to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.pass_fds,
                preexec_fn=_die_with_parent,
            )
        self.started_at = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self, patience: float = 10.0) -> None:
        """SIGTERM, and SIGKILL for one that does not end within ``patience`` seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def why_it_ended(self) -> str:
        """A sentence for a person: what a malformed setting wants (exit code 2), else the end of the log."""
        if self.process is not None and self.process.returncode == 2:
            return self.last_words(1)
        return f"{self.name} ended while starting. The end of {self.log}:\n{self.last_words()}"

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for a person to read when it could not start."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


@dataclass
class Group:
    """The children of one start; the first one carries the others."""

    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def start(self, child: Child) -> Child:
        self.children.append(child)
        child.start()
        return child

    def stop(self) -> None:
        """Stop all: the first one, on which the others stand, last; the others together. Safe to call twice."""
        self.stopping = True
        for child in self.children[1:]:
            child.ask_to_stop()
        for child in reversed(self.children):
            child.stop()

    def keep_up(self, report: Callable[[str], None]) -> None:
        """Restart whatever has fallen, with growing delays; call it about twice a second."""
        now = time.monotonic()
        for child in self.children:
            if child.running or self.stopping:
                continue
            if not child.restart_at:
                code = child.process.returncode if child.process else None
                if now - child.started_at > 60:
                    child.falls = 0
                delay = _RESTART_DELAYS[min(child.falls, len(_RESTART_DELAYS) - 1)]
                child.falls += 1
                child.restart_at = now + delay
                report(f"{child.name} ended ({code}); starting it again. Its log: {child.log}")
            elif now >= child.restart_at:
                child.restart_at = 0.0
                child.start()


def answers(url: str, timeout: float = 1.0) -> bool:
    """Whether ``url`` answers 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def wait_until_answers(url: str, child: Child, seconds: float) -> None:
    """Return once ``url`` answers 200. Raises StartFailed when the child ends or the time is up."""
    end = time.monotonic() + seconds
    while not answers(url):
        if not child.running:
            raise StartFailed(child.why_it_ended())
        if time.monotonic() > end:
            raise StartFailed(f"{child.name} did not answer {url} within {seconds:.0f} s. Its log: {child.log}")
        time.sleep(0.05)


def read_announcement(descriptor: int, child: Child, seconds: float, show: Callable[[str], None]) -> str:
    """Lines a child writes to a pipe until one starts with ``{``: that one is returned, the others are shown.

    Raises StartFailed when the child ends first or the time is up.
    """
    import select

    end = time.monotonic() + seconds
    pending = b""
    while True:
        readable, _, _ = select.select([descriptor], [], [], 0.2)
        if readable:
            piece = os.read(descriptor, 65536)
            pending += piece
            *lines, pending = pending.split(b"\n")
            for line in lines:
                if line.startswith(b"{"):
                    return line.decode("utf-8")
                show(line.decode("utf-8", "replace"))
            if not piece and not child.running:
                raise StartFailed(child.why_it_ended())
        if time.monotonic() > end:
            raise StartFailed(f"{child.name} was not ready within {seconds:.0f} s. Its log: {child.log}")
