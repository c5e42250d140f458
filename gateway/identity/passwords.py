"""Password hashes: argon2id, with bounded concurrency and equal work for users that do not exist."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 8
LONGEST = 1024


class PasswordsBusy(RuntimeError):
    """Too many sign-ins are being checked at this moment; try again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"password checks are busy, retry in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Verdict:
    """Whether the password was right; ``new_hash`` replaces a stored one whose parameters are no longer ours."""

    ok: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and verifies passwords.

    One hash takes about 0.25 s and 64 MiB (RFC 9106's second recommended option): unbounded, a burst of sign-ins would
    exhaust the machine. ``concurrent`` of them run at a time; the others wait at most ``wait_seconds``.
    """

    def __init__(
        self,
        *,
        time_cost: int = 3,
        memory_kib: int = 65_536,
        parallelism: int = 4,
        concurrent: int = 2,
        wait_seconds: float = 10,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._slots = threading.BoundedSemaphore(concurrent)
        self._wait_seconds = wait_seconds

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        with self._slot():
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> Verdict:
        """Compare a password with a stored hash; None (no such user, no password) costs the same and is never right.

        Raises PasswordsBusy when no slot became free in time.
        """
        with self._slot():
            try:
                # The decoy is made on either path, or the first unknown user would be the slow one.
                decoy = self._decoy
                self._hasher.verify(stored or decoy, password)
            except (VerificationError, InvalidHashError):
                return Verdict(ok=False)
            if stored is None:
                return Verdict(ok=False)
            outdated = self._hasher.check_needs_rehash(stored)
            return Verdict(ok=True, new_hash=self._hasher.hash(password) if outdated else None)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._wait_seconds):
            raise PasswordsBusy(retry_after=max(1, round(self._wait_seconds)))
        try:
            yield
        finally:
            self._slots.release()


def check_strength(password: str) -> None:
    """Raise ValueError for a password that cannot be accepted (NIST SP 800-63B §3.1.1: length, not composition)."""
    if len(password) < SHORTEST:
        raise ValueError(f"a password needs at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise ValueError(f"a password may have at most {LONGEST} characters")
