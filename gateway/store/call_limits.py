"""Buckets of calls, shared by all processes: the statement that leases from them, and nothing of what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, text

_MICROSECONDS = 60_000_000
_FORGOTTEN_AFTER = timedelta(minutes=10)


class Wanted(NamedTuple):
    """A bucket to lease from: it holds `per_minute` calls; `unspent` of the lease before are given back, and `needed`
    have to be there at once."""

    kind: str
    subject: UUID
    per_minute: int
    unspent: int
    needed: int = 1


class Lease(NamedTuple):
    """`calls` may be made now and `remaining` more are left; where that is less than was needed, the rest is there in
    `opens_in` seconds."""

    calls: int
    remaining: int
    opens_in: float


_TAKE = text("""
    SELECT kind, leased, remaining, full_in
    FROM take_calls(:account, CAST(:kinds AS text[]), CAST(:subjects AS uuid[]), CAST(:limits AS integer[]),
                    CAST(:needed AS integer[]), CAST(:unspent AS integer[]),
                    coalesce(CAST(:at AS timestamptz), clock_timestamp()))""")
_PURGE = text("DELETE FROM call_limits WHERE full_at < :before")


def take_calls(engine: Engine, account: UUID, wanted: Sequence[Wanted], *, at: datetime | None = None) -> list[Lease]:
    """A lease from each bucket of `account`, of different kinds, by one statement that is its own transaction.

    The clock is the server's, so that processes on several machines agree; `at` is another, for tests.
    """
    asked = {
        "account": account,
        "kinds": [each.kind for each in wanted],
        "subjects": [each.subject for each in wanted],
        "limits": [each.per_minute for each in wanted],
        "needed": [each.needed for each in wanted],
        "unspent": [each.unspent for each in wanted],
        "at": at,
    }
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = {kind: rest for kind, *rest in connection.execute(_TAKE, asked)}
    return [_lease(each, *found[each.kind]) for each in wanted]


def purge(connection: Connection, now: datetime) -> int:
    """Forget buckets that have long been full, as one is that nobody knows; how many. For the worker."""
    return connection.execute(_PURGE, {"before": now - _FORGOTTEN_AFTER}).rowcount


def _lease(wanted: Wanted, calls: int, remaining: int, full_in: float) -> Lease:
    if calls >= wanted.needed:
        return Lease(calls, remaining, 0.0)
    step = _MICROSECONDS // wanted.per_minute
    return Lease(calls, remaining, full_in - step * (wanted.per_minute - (wanted.needed - calls)) / 1_000_000)
