"""Calls that this process may answer without asking anybody: leased from the shared buckets, spent in memory.

A statement for each call would cost more than many a call does. So a process takes some calls from a bucket at once (a
twentieth of a minute's at most, an eighth of what is left, one at the least), spends them, and asks again when they are
spent or LEASE_SECONDS are over, giving back what it did not need. What that can be wrong by, at most, is the lease of
each other process, a twentieth of a minute's calls:

- *too many*: calls leased before a window of time may be answered in it, on top of what the bucket gave in it;
- *too few*: calls leased elsewhere and not spent are missing here, until they are given back. A process that ended took
  its lease along; the bucket has made up for it three seconds later.

Limits of less than 40 a minute are leased one by one, and so are exact. When the buckets cannot be had, calls are
answered uncounted, and nobody asks for PAUSE_SECONDS: a limit is never what makes the platform fail.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog

from gateway.api.metrics import UNCOUNTED
from gateway.store.call_limits import Lease, Wanted

LEASE_SECONDS = 5.0
PAUSE_SECONDS = 1.0
_STRIPES = 64
_MOST_HELD = 1000
_SHORTEST_WAIT = 0.001

log = structlog.get_logger("gateway.api")

Take = Callable[[UUID, Sequence[Wanted]], Sequence[Lease]]


class Bucket(NamedTuple):
    """What a call is counted in: one of `kind` for each subject, with the calls of a minute."""

    kind: str
    subject: UUID
    per_minute: int


class Standing(NamedTuple):
    """A bucket after a call: `left` calls as far as is known here. Where they are too few, it opens in so many seconds;
    else 0."""

    kind: str
    per_minute: int
    left: int
    opens_in: float


@dataclass(slots=True)
class _Held:
    """A lease. `opens_at` is when its bucket, short of what was needed, holds one call; each more takes a step."""

    calls: int
    remaining: int
    until: float
    opens_at: float
    step: float

    def is_due(self, now: float, needed: int) -> bool:
        return now >= (self.until if self.calls >= needed else self.opens_for(needed))

    def opens_for(self, needed: int) -> float:
        """When so many can be had, with those that are here; 0 where nobody knows of any wait."""
        return self.opens_at and self.opens_at + (needed - self.calls - 1) * self.step


@dataclass(slots=True)
class _Stripe:
    """Some accounts' leases. Held while one is renewed: what others of the account wait for is the same lease."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    held: dict[Bucket, _Held] = field(default_factory=dict)


class Leases:
    """One process's leases, taken by `take`. Any number of threads may spend them."""

    def __init__(self, take: Take, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._take = take
        self._monotonic = monotonic
        self._begin()

    def spend(self, account: UUID, buckets: Sequence[Bucket], calls: int = 1) -> list[Standing]:
        """Count so many calls in each bucket, or none where one of them holds fewer (`opens_in` says which).

        Nothing is returned when they cannot be counted: they go through.
        """
        if os.getpid() != self._process:
            self._begin()  # what was leased before a fork is the parent's to spend
        stripe = self._stripes[hash(account) % _STRIPES]
        with stripe.lock:
            now = self._monotonic()
            if not self._renew(stripe.held, account, buckets, calls, now):
                UNCOUNTED.inc()
                return []
            found = [(bucket, stripe.held[bucket]) for bucket in buckets]
            waits = [0.0 if held.calls >= calls else max(0.0, held.opens_for(calls) - now) for _, held in found]
            if all(held.calls >= calls for _, held in found):
                for _, held in found:
                    held.calls -= calls
            return [
                Standing(bucket.kind, bucket.per_minute, held.calls + held.remaining, wait)
                for (bucket, held), wait in zip(found, waits, strict=True)
            ]

    def _begin(self) -> None:
        self._process = os.getpid()
        self._stripes = [_Stripe() for _ in range(_STRIPES)]
        self._asks_again_at = 0.0

    def _renew(
        self, held: dict[Bucket, _Held], account: UUID, buckets: Sequence[Bucket], needed: int, now: float
    ) -> bool:
        """Renew the leases that are over or too small; False when that cannot be done now."""
        due = [bucket for bucket in buckets if bucket not in held or held[bucket].is_due(now, needed)]
        if not due:
            return True
        if now < self._asks_again_at:
            return False
        wanted = [
            Wanted(bucket.kind, bucket.subject, bucket.per_minute, held[bucket].calls if bucket in held else 0, needed)
            for bucket in due
        ]
        try:
            leases = self._take(account, wanted)
        except Exception as error:
            self._asks_again_at = now + PAUSE_SECONDS
            log.warning("calls_not_counted", error=type(error).__name__)
            return False
        for bucket, lease in zip(due, leases, strict=True):
            step, opens_at = 60 / bucket.per_minute, 0.0
            if lease.calls < needed:
                opens_at = now + max(lease.opens_in, _SHORTEST_WAIT) - (needed - lease.calls - 1) * step
            held[bucket] = _Held(lease.calls, lease.remaining, now + LEASE_SECONDS, opens_at, step)
        if len(held) > _MOST_HELD:
            for bucket in [bucket for bucket, each in held.items() if each.is_due(now, 1)]:
                del held[bucket]
        return True
