from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
import structlog

from gateway.api import call_leases
from gateway.api.call_leases import LEASE_SECONDS, PAUSE_SECONDS, Bucket, Leases
from gateway.api.metrics import REGISTRY
from gateway.store.call_limits import Lease, Wanted

ACCOUNT = UUID(int=1)
PERSON = Bucket("person-reads", UUID(int=2), 600)
ALL = Bucket("account-reads", ACCOUNT, 600)


class Shared:
    """The shared buckets: `left` calls in each, given out by `share`; `broken` makes asking fail."""

    def __init__(self, share: int = 10, **left: int) -> None:
        self.share = share
        self.left = {"person-reads": 1000, "account-reads": 1000} | {
            name.replace("_", "-"): calls for name, calls in left.items()
        }
        self.asked: list[list[Wanted]] = []
        self.broken = False
        self.lock = threading.Lock()

    def __call__(self, account: UUID, wanted: Sequence[Wanted]) -> list[Lease]:
        time.sleep(0)  # a statement lets other threads run
        with self.lock:
            self.asked.append(list(wanted))
            if self.broken:
                raise RuntimeError("no database")
            return [self._lease(each) for each in wanted]

    def _lease(self, wanted: Wanted) -> Lease:
        there = self.left[wanted.kind] + wanted.unspent
        calls = min(max(self.share, wanted.needed if wanted.needed <= there else 0), there)
        self.left[wanted.kind] = there - calls
        return Lease(calls, there - calls, 0.0 if calls >= wanted.needed else 3.0)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns after every few steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def uncounted() -> float:
    return REGISTRY.get_sample_value("gateway_calls_uncounted_total") or 0.0


def test_calls_of_a_lease_are_spent_without_asking_again() -> None:
    shared = Shared(10)
    leases = Leases(shared, monotonic=Clock())
    lefts = [leases.spend(ACCOUNT, [PERSON])[0].left for _ in range(11)]
    assert lefts == list(range(999, 988, -1))
    assert shared.asked == [[Wanted("person-reads", UUID(int=2), 600, 0)]] * 2


def test_lease_that_is_over_is_given_back() -> None:
    shared, clock = Shared(10), Clock()
    leases = Leases(shared, monotonic=clock)
    for _ in range(3):
        leases.spend(ACCOUNT, [PERSON])
    clock.seconds += LEASE_SECONDS
    leases.spend(ACCOUNT, [PERSON])
    assert [each.unspent for [each] in shared.asked] == [0, 7]
    assert shared.left["person-reads"] == 1000 - 3 - 10, "as many are gone as were answered, and the lease"


def test_empty_bucket_is_not_asked_before_it_opens() -> None:
    shared, clock = Shared(person_reads=1), Clock()
    leases = Leases(shared, monotonic=clock)
    assert leases.spend(ACCOUNT, [PERSON])[0].opens_in == 0
    for seconds, opens_in in ((0, 3.0), (1, 2.0), (1.5, 0.5)):
        clock.seconds += seconds
        [standing] = leases.spend(ACCOUNT, [PERSON])
        assert (standing.left, standing.opens_in) == (0, opens_in)
    assert len(shared.asked) == 2
    shared.left["person-reads"] = 5
    clock.seconds += 0.5
    assert leases.spend(ACCOUNT, [PERSON])[0].opens_in == 0


def test_nothing_is_spent_where_one_bucket_is_empty() -> None:
    leases = Leases(Shared(person_reads=2), monotonic=Clock())
    standings = [leases.spend(ACCOUNT, [ALL, PERSON]) for _ in range(5)]
    assert [account.left for account, _ in standings] == [999, 998, 998, 998, 998]
    assert [account.opens_in for account, _ in standings] == [0] * 5
    assert [bool(person.opens_in) for _, person in standings] == [False, False, True, True, True]


def test_only_the_leases_that_are_over_are_renewed() -> None:
    shared, clock = Shared(10), Clock()
    leases = Leases(shared, monotonic=clock)
    leases.spend(ACCOUNT, [ALL])
    clock.seconds += 1
    leases.spend(ACCOUNT, [ALL, PERSON])
    assert [[each.kind for each in wanted] for wanted in shared.asked] == [["account-reads"], ["person-reads"]]


def test_calls_go_through_uncounted_while_buckets_cannot_be_had() -> None:
    shared, clock, before = Shared(1), Clock(), uncounted()
    leases = Leases(shared, monotonic=clock)
    shared.broken = True
    with structlog.testing.capture_logs() as lines:
        assert [leases.spend(ACCOUNT, [PERSON]) for _ in range(4)] == [[]] * 4
    assert len(shared.asked) == 1, "nobody asks again in the pause"
    assert [(line["event"], line["error"]) for line in lines] == [("calls_not_counted", "RuntimeError")]
    assert uncounted() - before == 4
    shared.broken = False
    clock.seconds += PAUSE_SECONDS
    assert leases.spend(ACCOUNT, [PERSON])[0].left == 999


def test_child_of_a_fork_leases_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Shared(10)
    leases = Leases(shared, monotonic=Clock())
    leases.spend(ACCOUNT, [PERSON])
    monkeypatch.setattr(os, "getpid", lambda: -1)
    leases.spend(ACCOUNT, [PERSON])
    assert [each.unspent for [each] in shared.asked] == [0, 0]


@pytest.mark.parametrize("share", [1, 7, 50])
def test_threads_spend_together_what_is_there_and_no_more(share: int, restless: None) -> None:
    shared = Shared(share, person_reads=300)
    leases = Leases(shared, monotonic=Clock())
    with ThreadPoolExecutor(8) as pool:
        standings = list(pool.map(lambda _: leases.spend(ACCOUNT, [PERSON])[0], range(500)))
    assert sum(not each.opens_in for each in standings) == 300
    assert len(shared.asked) <= 300 / share + 2, "who waits for a lease uses the one that another thread took"


def test_who_has_not_called_for_a_while_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_leases, "_MOST_HELD", 20)
    clock = Clock()
    leases = Leases(Shared(10), monotonic=clock)
    for number in range(500):
        clock.seconds += 1
        leases.spend(ACCOUNT, [Bucket("person-reads", UUID(int=number), 600)])
    assert sum(len(stripe.held) for stripe in leases._stripes) <= 21


def test_many_calls_at_once_are_leased_at_once_and_the_rest_stays() -> None:
    shared = Shared(10)
    leases = Leases(shared, monotonic=Clock())
    leases.spend(ACCOUNT, [PERSON])
    [standing] = leases.spend(ACCOUNT, [PERSON], 200)
    assert (standing.left, standing.opens_in) == (799, 0)
    assert [(each.unspent, each.needed) for [each] in shared.asked] == [(0, 1), (9, 200)]
    assert leases.spend(ACCOUNT, [PERSON], 5)[0].left == 794


def test_of_many_calls_none_is_spent_where_one_bucket_holds_fewer() -> None:
    shared, clock = Shared(4, person_reads=6), Clock()
    leases = Leases(shared, monotonic=clock)
    account, person = leases.spend(ACCOUNT, [ALL, PERSON], 7)
    assert (account.left, account.opens_in) == (1000, 0)
    assert (person.left, person.opens_in) == (6, 3.0)
    # The few that are there can be had meanwhile, and the many are not asked for again before they can be there.
    assert [leases.spend(ACCOUNT, [PERSON])[0].opens_in for _ in range(4)] == [0] * 4
    assert len(shared.asked) == 1
