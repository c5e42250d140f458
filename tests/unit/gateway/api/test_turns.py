"""Who may go on, who waits, and in which order: by threads that wait for each other and never for a clock."""

from __future__ import annotations

import threading
from queue import SimpleQueue

import pytest

from gateway.api.turns import LARGE, Turns

PATIENCE = 30.0


class Caller:
    """Takes a turn in a thread of its own and keeps it until it is told to leave."""

    def __init__(self, turns: Turns, messages: int, began: SimpleQueue[Caller]) -> None:
        self._turns, self._messages, self._began = turns, messages, began
        self._leaves = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self._leaves.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with self._turns.turn(self._messages):
            self._began.put(self)
            self._leaves.wait(PATIENCE)


class Scene:
    def __init__(self, places: int) -> None:
        self.turns = Turns(places)
        self.began: SimpleQueue[Caller] = SimpleQueue()

    def inside(self, messages: int = 1) -> Caller:
        """One that has its turn."""
        caller = Caller(self.turns, messages, self.began)
        assert self.began.get(timeout=PATIENCE) is caller
        return caller

    def waiting(self, messages: int = 1) -> Caller:
        """One that has none yet."""
        before = self.turns.waiting
        caller = Caller(self.turns, messages, self.began)
        self.until(before + 1)
        return caller

    def until(self, waiting: int) -> None:
        looked = threading.Event()
        for _ in range(int(PATIENCE * 1000)):
            if self.turns.waiting == waiting:
                return
            looked.wait(0.001)
        raise AssertionError(f"{self.turns.waiting} wait instead of {waiting}")

    def next(self) -> Caller:
        return self.began.get(timeout=PATIENCE)


def test_as_many_as_there_are_places_go_on_and_the_next_waits_for_one_to_leave() -> None:
    on = Scene(2)
    first, second, third = on.inside(), on.inside(), on.waiting()
    assert on.began.empty()
    first.leave()
    assert on.next() is third
    assert on.turns.waiting == 0
    second.leave()
    third.leave()


def test_whoever_waits_longest_is_next() -> None:
    on = Scene(1)
    first = on.inside()
    queue = [on.waiting() for _ in range(4)]
    first.leave()
    for caller in queue:
        assert on.next() is caller
        assert on.began.empty()
        caller.leave()


def test_a_large_call_has_all_places_for_itself_and_nobody_overtakes_it() -> None:
    on = Scene(2)
    first, second = on.inside(), on.inside()
    large, small = on.waiting(LARGE), on.waiting()
    first.leave()
    on.until(2)
    assert on.began.empty(), "one place is free: too few for the large one, and the small one came after it"
    second.leave()
    assert on.next() is large
    assert on.turns.waiting == 1
    large.leave()
    assert on.next() is small
    small.leave()


def test_what_fails_gives_its_place_back() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), turns.turn(LARGE):
            raise ValueError("broken")
    with turns.turn(1):
        assert turns.waiting == 0
