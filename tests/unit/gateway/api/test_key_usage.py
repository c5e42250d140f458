from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.api.key_usage import KeyCall, KeyUsage
from gateway.domain.api_keys import KnownKey
from gateway.store.api_key_usage import CountedCalls, RefusedCall

NOW = datetime(2026, 11, 20, 9, 7, 30, tzinfo=UTC)
QUARTER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NEVER = 3600.0


def key(number: int) -> KnownKey:
    return KnownKey(UUID(int=1), UUID(int=number), "live", frozenset(), (), None, None, None)


def refusal(at: datetime = NOW) -> RefusedCall:
    return RefusedCall(UUID(int=1), at, UUID(int=2), "GET", "/v1/messages", 403, "scope_missing", "req_1")


class Kept:
    """What was written; `broken` makes writing fail."""

    def __init__(self) -> None:
        self.counted: list[CountedCalls] = []
        self.refusals: list[RefusedCall] = []
        self.writes = 0
        self.broken = False
        self.written = threading.Event()

    def __call__(self, counted: Sequence[CountedCalls], refusals: Sequence[RefusedCall]) -> None:
        if self.broken:
            raise RuntimeError("no database")
        self.writes += 1
        self.counted += counted
        self.refusals += refusals
        self.written.set()


def test_calls_of_all_keys_are_one_write() -> None:
    kept = Kept()
    usage = KeyUsage(kept, seconds=NEVER)
    for number in (2, 3, 2):
        usage.note(KeyCall(key(number), NOW, True, None))
    usage.note(KeyCall(key(2), NOW + timedelta(seconds=1), False, refusal()))
    usage.flush()
    assert kept.writes == 1
    assert kept.counted == [
        CountedCalls(UUID(int=1), UUID(int=2), QUARTER, 3, 1, NOW),
        CountedCalls(UUID(int=1), UUID(int=3), QUARTER, 1, 0, NOW),
    ]
    assert kept.refusals == [refusal()]
    usage.flush()
    assert kept.writes == 1
    usage.close()


def test_counts_wait_for_a_database_that_does_not_answer() -> None:
    kept = Kept()
    usage = KeyUsage(kept, seconds=NEVER)
    usage.note(KeyCall(key(2), NOW, True, refusal()))
    kept.broken = True
    with pytest.raises(RuntimeError):
        usage.flush()
    usage.note(KeyCall(key(2), NOW, True, None))
    kept.broken = False
    usage.close()
    assert [(each.calls, each.refused) for each in kept.counted] == [(2, 1)]
    assert kept.refusals == [refusal()]


def test_counts_are_written_without_being_asked() -> None:
    kept = Kept()
    usage = KeyUsage(kept, seconds=0.01)
    usage.note(KeyCall(key(2), NOW, True, None))
    assert kept.written.wait(30)
    usage.close()
    assert sum(each.calls for each in kept.counted) == 1


def test_calls_of_many_threads_add_up_while_they_are_written() -> None:
    kept = Kept()
    usage = KeyUsage(kept, seconds=0.001)

    def work(number: int) -> None:
        for _ in range(500):
            usage.note(KeyCall(key(number % 3), NOW, True, None))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    usage.close()
    assert sum(each.calls for each in kept.counted) == 4000
