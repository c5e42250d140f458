"""The circuit breaker by itself."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from portal.clients.circuit import Circuit
from portal.domain.errors import NotFound, UpstreamUnavailable


def fail(circuit: Circuit) -> None:
    with pytest.raises(UpstreamUnavailable), circuit.guard():
        raise UpstreamUnavailable("down")


def test_circuit_whose_time_is_over_lets_one_caller_try() -> None:
    circuit = Circuit("test", failures=1, seconds=0, patience=0)
    fail(circuit)
    assert circuit.is_open
    with circuit.guard(), pytest.raises(UpstreamUnavailable, match="circuit open"), circuit.guard():
        pytest.fail("a second caller must not get through")
    assert not circuit.is_open


@pytest.mark.parametrize("works", [True, False])
def test_others_wait_for_what_the_one_who_tries_finds(works: bool) -> None:
    circuit = Circuit("test", failures=1, seconds=0, patience=30)
    fail(circuit)
    trying, told, found = threading.Event(), threading.Event(), []

    def first() -> None:
        with suppress(UpstreamUnavailable), circuit.guard():
            trying.set()
            told.wait(30)
            if not works:
                raise UpstreamUnavailable("down")

    def other() -> None:
        try:
            with circuit.guard():
                found.append(True)
        except UpstreamUnavailable:
            found.append(False)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert trying.wait(30)
    threads += [threading.Thread(target=other) for _ in range(3)]
    for thread in threads[1:]:
        thread.start()
    assert not found
    told.set()
    for thread in threads:
        thread.join(30)
    # Whoever comes after a try that failed may be the next to try; nobody is let through before one succeeded.
    assert found[:3] == [True] * 3 if works else len(found) == 3


def test_circuit_closes_after_any_answer_of_the_platform() -> None:
    circuit = Circuit("test", failures=1, seconds=0)
    fail(circuit)
    with pytest.raises(NotFound), circuit.guard():
        raise NotFound("x")
    assert not circuit.is_open


def test_circuit_counts_failures_in_a_row_only() -> None:
    circuit = Circuit("test", failures=2, seconds=60)
    fail(circuit)
    with circuit.guard():
        pass
    fail(circuit)
    assert not circuit.is_open


def test_circuit_does_not_queue_callers_behind_a_slow_one() -> None:
    circuit = Circuit("test")
    inside, done = threading.Event(), threading.Event()

    def slow() -> None:
        with circuit.guard():
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    assert inside.wait(30)
    with circuit.guard():
        assert not done.is_set()
    done.set()
    thread.join()
