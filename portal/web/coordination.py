"""What the portal's processes on one machine must agree on: who refreshes, which sessions ended, which ids were seen.

Files below PORTAL_DATA_DIR do it: creating one is atomic, looking for one costs microseconds, and the kernel releases a
lock when its holder dies. Several machines rely on the issuer instead (it gives the same successor within its leeway,
and says when a session has ended), or share a Redis as well (portal/web/shared_coordination.py). Nothing readable
lies there: names are hashes, and a refresh's result is sealed with a key that is derived from the old refresh token,
which only the browser has.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUCCESSOR_SECONDS = 60.0
PROLONGED_SECONDS = 600.0
WAIT_SECONDS = 15.0
POLL_SECONDS = 0.02
_SWEEP_SECONDS = 60.0


class StillBusy(Exception):
    """Another process is at it, and has not finished in time."""


@dataclass
class _Flight:
    done: threading.Event = field(default_factory=threading.Event)
    result: dict[str, Any] | None = None
    error: BaseException | None = None


class HostCoordination:
    """Shared by every thread and process that has the same folder. ``clock`` is wall time, as file times are."""

    def __init__(
        self,
        folder: Path,
        *,
        remember_seconds: float,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``remember_seconds``: how long an ended session is remembered, at least as long as its cookies live."""
        self._ended = folder / "ended"
        self._seen = folder / "seen"
        self._refreshes = folder / "refreshes"
        for part in (self._ended, self._seen, self._refreshes):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._remember_seconds = remember_seconds
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._swept_at = 0.0

    # -- sessions that ended -----------------------------------------------------------------------------------

    def mark_ended(self, *names: str) -> None:
        """Remember that the sessions called ``names`` ended now."""
        for name in names:
            path = self._ended / digest(name)
            path.touch(mode=0o600)
            os.utime(path, (self._clock(), self._clock()))
        # One that ends a second time makes no new file: said here, so that who watches the folder sees it.
        now = time.time_ns()
        os.utime(self._ended, ns=(now, now))
        self._sweep()

    def ends_mark(self) -> int:
        """Another number after every session that ended, whichever process ended it: cheap to look at often."""
        return self._ended.stat().st_mtime_ns

    def ended_among(self, names: Collection[str]) -> set[str]:
        """Those of ``names`` (as ``digest`` gives them) that ended at some time; one look at the folder for all."""
        return set(os.listdir(self._ended)).intersection(names)

    def ended_at(self, name: str) -> float | None:
        """When ``name`` ended (epoch seconds), or None."""
        try:
            return (self._ended / digest(name)).stat().st_mtime
        except FileNotFoundError:
            return None

    def ended(self, names: Sequence[str]) -> list[float | None]:
        """When each of ``names`` ended, in their order."""
        return [self.ended_at(name) for name in names]

    def first_sight(self, name: str) -> bool:
        """True exactly once for each ``name``, whichever process asks."""
        try:
            (self._seen / digest(name)).touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            return False
        self._sweep()
        return True

    # -- one refresh -------------------------------------------------------------------------------------------

    def once(self, secret: str, act: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """The result of ``act`` for ``secret``: run by one caller, given to all, and kept 60 s for stragglers (by
        ``prolong`` for ten minutes).

        An error reaches everyone who waited for that run, and is not kept. Raises StillBusy after the wait.
        """
        name = digest(secret)
        with self._lock:
            flight = self._flights.get(name)
            leads = flight is None
            if flight is None:
                flight = self._flights[name] = _Flight()
        if not leads:
            if not flight.done.wait(self._wait_seconds):
                raise StillBusy
            if flight.error is not None:
                raise flight.error
            return dict(flight.result or {})
        try:
            flight.result = self._across_processes(name, secret, act)
            return dict(flight.result)
        except BaseException as error:
            flight.error = error
            raise
        finally:
            flight.done.set()
            with self._lock:
                self._flights.pop(name, None)

    def prolong(self, secret: str) -> None:
        """Keep the result for ``secret``, if there is one, ten minutes from now: nobody could use it yet."""
        until = self._clock() + PROLONGED_SECONDS - SUCCESSOR_SECONDS
        with suppress(FileNotFoundError):
            os.utime(self._refreshes / digest(secret), (until, until))

    def _across_processes(self, name: str, secret: str, act: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        path = self._refreshes / name
        with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            self._take(file.fileno())
            sealed = file.read()
            fresh = self._clock() - os.fstat(file.fileno()).st_mtime < SUCCESSOR_SECONDS
            known = unseal(secret, sealed) if sealed and fresh else None
            if known is not None:
                return known
            result = dict(act())
            file.seek(0)
            file.truncate()
            file.write(seal(secret, result))
            file.flush()
            os.utime(path, (self._clock(), self._clock()))
        self._sweep()
        return result

    def _take(self, descriptor: int) -> None:
        end = time.monotonic() + self._wait_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > end:
                    raise StillBusy from None
                time.sleep(POLL_SECONDS)

    def _sweep(self) -> None:
        """Forget what is too old to matter; at most once a minute, by whoever comes by."""
        now = self._clock()
        with self._lock:
            if now - self._swept_at < _SWEEP_SECONDS:
                return
            self._swept_at = now
        # A refresh's file outlives its successor by far: a process may still be waiting for the lock on it.
        for folder, seconds in (
            (self._ended, self._remember_seconds),
            (self._seen, self._remember_seconds),
            (self._refreshes, 10 * SUCCESSOR_SECONDS),
        ):
            for entry in os.scandir(folder):
                try:
                    if now - entry.stat().st_mtime > seconds:
                        os.unlink(entry.path)
                except FileNotFoundError:
                    continue


def digest(name: str) -> str:
    """What ``name`` is called where it is kept."""
    return hashlib.sha256(b"name|" + name.encode()).hexdigest()


def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"key|" + secret.encode()).digest())


def seal(secret: str, value: Mapping[str, Any]) -> bytes:
    nonce = os.urandom(12)
    return nonce + _cipher(secret).encrypt(nonce, json.dumps(value).encode(), None)


def unseal(secret: str, sealed: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(_cipher(secret).decrypt(sealed[:12], sealed[12:], None))
    except (InvalidTag, ValueError):
        return None  # cut off by a crash: as good as absent
    return value if isinstance(value, dict) else None
