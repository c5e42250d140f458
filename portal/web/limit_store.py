"""Where limits are counted: a file that all processes of one machine map, or Redis where there are several machines.

Both are storages of the package ``limits`` and count by its sliding window (docs/decisions/0022): of the window that is
over counts the share that still lies within the last minute, and the window under way counts as a whole.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from math import floor
from pathlib import Path

from limits.storage import RedisStorage, SlidingWindowCounterSupport, Storage

FILE = "limits"
SETS = 8_192
SLOTS_OF_A_SET = 8
REDIS_SECONDS = 0.25
_SCHEME = "shared-file"
# Whose, when nothing of it counts any more (epoch seconds), how often in the window before, how often in this one.
_SLOT = struct.Struct("<16sQII")
_SET_BYTES = _SLOT.size * SLOTS_OF_A_SET
_WAIT_SECONDS = 0.05
_POLL_SECONDS = 0.0005


class Unavailable(OSError):
    """The file cannot be used now."""


def open_store(url: str | None, folder: Path) -> Storage:
    """The storage that a setting names; without one, the file below ``folder``. It is not touched before it is asked.

    Its methods raise ``limits.errors.StorageError`` when it does not answer.
    """
    if url is None:
        return SharedFile(f"{_SCHEME}://{folder.resolve() / FILE}")
    # Here and not above: nobody else needs the package. It would try three times, with seconds in between.
    from redis import ConnectionPool
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    pool = ConnectionPool.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, retry=Retry(NoBackoff(), 0)
    )
    return RedisStorage(url, connection_pool=pool, key_prefix="portal-limits", wrap_exceptions=True)


@dataclass
class _Count:
    """One name's counts as they are now, and where they stand in the file."""

    at: int
    until: int
    previous: int = 0
    current: int = 0


class SharedFile(Storage, SlidingWindowCounterSupport):
    """Counts in a file of fixed size, made by whoever comes first.

    A name has a place in one of 8,192 sets of eight. Where all eight are taken, what is over makes room, then whoever
    asked least: a flood of strangers puts out strangers, and not those who are being held back. Names are hashes.

    Threads take turns by a lock, processes by the kernel's record locks, one for each set: they end with their holder.
    Nobody waits for long, since being counted is never worth an outage.
    """

    STORAGE_SCHEME = [_SCHEME]  # noqa: RUF012 - as the library has it

    def __init__(self, uri: str, *, sets: int = SETS, clock: Callable[[], float] = time.time) -> None:
        """``clock`` is wall time: processes agree on it, and it goes on when the machine is started anew."""
        super().__init__(uri, wrap_exceptions=True)
        self._path = Path(uri.partition("://")[2])
        self._sets = sets
        self._size = sets * _SET_BYTES
        self._clock = clock
        self._lock = threading.Lock()
        self._file = -1
        self._map: mmap.mmap | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count ``amount`` for ``key`` unless that made it more than ``limit``. What is refused is not counted."""
        with self._count_of(key, expiry) as (region, count, left):
            if floor(count.previous * left / expiry) + count.current + amount > limit:
                return False
            _SLOT.pack_into(region, count.at, _digest(key), count.until, count.previous, count.current + amount)
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Count and seconds left of the window before, and of this one (which counts for another as the former)."""
        with self._count_of(key, expiry) as (_region, count, left):
            return count.previous, left, count.current, left

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        with self._count_of(key, expiry) as (region, count, _left):
            _SLOT.pack_into(region, count.at, bytes(16), 0, 0, 0)

    def check(self) -> bool:
        with self._lock:
            self._opened()
        return True

    def close(self) -> None:
        """Let go of the file until it is asked again."""
        with self._lock:
            self._close()

    @contextmanager
    def _count_of(self, key: str, expiry: int) -> Iterator[tuple[mmap.mmap, _Count, float]]:
        """The place of ``key``, nobody else's meanwhile, and the seconds that are left of the window under way."""
        digest = _digest(key)
        start = int.from_bytes(digest[:8], "little") % self._sets * _SET_BYTES
        with self._lock:
            region = self._opened()
            _take(self._file, start)
            try:
                now = self._clock()  # not before: whoever waited may have come into the next window
                window = int(now // expiry)
                yield region, _found(region, start, digest, now, window, expiry), (window + 1) * expiry - now
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _SET_BYTES, start)

    def _opened(self) -> mmap.mmap:
        """The file's bytes. One that was removed is made anew; touching one that was cut off would end the process."""
        if self._map is not None:
            found = os.fstat(self._file)
            if found.st_nlink and found.st_size >= self._size:
                return self._map
            self._close()
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # With its blocks, so that a full disk is met here. What is there already stays as it is.
            os.posix_fallocate(self._file, 0, self._size)
            self._map = mmap.mmap(self._file, self._size)
        except (OSError, ValueError) as error:
            os.close(self._file)
            raise Unavailable(f"{self._path} cannot be mapped: {error}") from error
        return self._map

    def _close(self) -> None:
        if self._map is not None:
            self._map.close()
            os.close(self._file)
            self._map = None

    # Fixed windows, the library's other way to count, are not in use.

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def reset(self) -> int | None:
        raise NotImplementedError

    def clear(self, key: str) -> None:
        raise NotImplementedError


def _digest(key: str) -> bytes:
    return blake2b(key.encode(), digest_size=16).digest()


def _take(file: int, start: int) -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SET_BYTES, start)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Unavailable("another process does not let go") from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def _found(region: mmap.mmap, start: int, digest: bytes, now: float, window: int, expiry: int) -> _Count:
    """The counts of ``digest`` in the set at ``start``, else the place that it takes there."""
    until = (window + 2) * expiry
    free, least = start, None
    for at in range(start, start + _SET_BYTES, _SLOT.size):
        whose, ends, previous, current = _SLOT.unpack_from(region, at)
        if whose == digest:
            if ends == until:
                return _Count(at, until, previous, current)
            # Of the window before; or older, or of a clock that was ahead, of which nothing counts.
            return _Count(at, until, current if ends == until - expiry else 0)
        weight = previous + current if ends > now else -1
        if least is None or weight < least:
            free, least = at, weight
    return _Count(free, until)
