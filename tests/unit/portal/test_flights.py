from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.flights import Flights
from portal.services.recent_answers import Scope
from tests.support.company import wait_for_company
from tests.support.fakes_analytics import actor

OURS, THEIRS = Scope.of(actor("tenant-1"), None), Scope.of(actor("tenant-2"), None)


class Slow:
    """A question that is answered when it is let go; counts how often it was asked."""

    def __init__(self, flights: Flights) -> None:
        self.flights = flights
        self.asked = 0
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self.asked += 1
            first = self.asked == 1
        self.begun.set()
        assert self.go_on.wait(30)
        if first and self.fails:
            raise ValueError("the first one's own")
        return self.asked

    fails = False


@pytest.mark.parametrize("others", [1, 5])
def test_question_under_way_is_asked_once_for_all(others: int) -> None:
    flights = Flights()
    slow = Slow(flights)
    with ThreadPoolExecutor(others + 1) as pool:
        first = pool.submit(flights.ask, (OURS, "q"), slow)
        assert slow.begun.wait(30)
        joined = [pool.submit(flights.ask, (OURS, "q"), slow) for _ in range(others)]
        wait_for_company(flights, (OURS, "q"), others)
        slow.go_on.set()
        assert [one.result(30) for one in (first, *joined)] == [1] * (others + 1)
    assert slow.asked == 1


def test_other_account_asks_for_itself() -> None:
    flights = Flights()
    slow = Slow(flights)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.ask, (OURS, "q"), slow)
        assert slow.begun.wait(30)
        assert flights.ask((THEIRS, "q"), lambda: 99) == 99
        slow.go_on.set()
        assert first.result(30) == 1


def test_failure_is_the_first_ones_own() -> None:
    flights = Flights()
    slow = Slow(flights)
    slow.fails = True
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.ask, (OURS, "q"), slow)
        assert slow.begun.wait(30)
        second = pool.submit(flights.ask, (OURS, "q"), slow)
        wait_for_company(flights, (OURS, "q"), 1)
        slow.go_on.set()
        with pytest.raises(ValueError, match="the first one's own"):
            first.result(30)
        assert second.result(30) == 2


def test_question_that_was_answered_is_asked_anew() -> None:
    flights = Flights()
    assert [flights.ask((OURS, "q"), lambda value=value: value) for value in (1, 2)] == [1, 2]  # type: ignore[misc]


def test_whoever_has_waited_long_enough_asks_for_themselves() -> None:
    flights = Flights(wait_seconds=0)
    slow = Slow(flights)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.ask, (OURS, "q"), slow)
        assert slow.begun.wait(30)
        assert flights.ask((OURS, "q"), lambda: 99) == 99
        slow.go_on.set()
        assert first.result(30) == 1
