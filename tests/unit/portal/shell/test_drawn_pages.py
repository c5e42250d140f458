"""What several want at the same time is drawn once, and nobody is left without."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.shell.drawn_pages import DrawnPages, _whole
from portal.shell.pieces import Drawn
from tests.support.company import wait_for_company

KEY = ("/dashboard", "en")


class Numbers:
    """What a page is made of."""


class Pen:
    """Draws when it is let go: a page, nothing that may be kept, or a failure in the first one's hand."""

    def __init__(self, draws: str = "page") -> None:
        self.draws, self.drawn = draws, 0
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> Drawn | None:
        with self._lock:
            self.drawn += 1
            number = self.drawn
        self.begun.set()
        assert self.go_on.wait(30)
        if self.draws == "failure" and number == 1:
            raise ValueError("the first one's own")
        return None if self.draws == "nothing" else Drawn(f"page {number}", "{}")


def drawn_by(pen: Pen, others: int) -> tuple[DrawnPages, Numbers, list[Drawn | Exception | None]]:
    """What each of one and so many others was given, who all wanted the same before it was drawn."""
    room, of = DrawnPages(), Numbers()
    with ThreadPoolExecutor(others + 1) as pool:
        first = pool.submit(room.once, KEY, pen, of)
        assert pen.begun.wait(30)
        joined = [pool.submit(room.once, KEY, pen, of) for _ in range(others)]
        wait_for_company(room._flights, _whole(KEY, of), others)
        pen.go_on.set()
        return room, of, [one.exception(30) or one.result() for one in (first, *joined)]  # type: ignore[misc]


@pytest.mark.parametrize("others", [1, 7])
def test_page_wanted_by_several_is_drawn_once(others: int) -> None:
    pen = Pen()
    room, of, given = drawn_by(pen, others)
    assert pen.drawn == 1
    assert {id(one) for one in given} == {id(room.get(KEY, of))}


def test_page_that_may_not_be_kept_is_drawn_by_each() -> None:
    pen = Pen("nothing")
    room, of, given = drawn_by(pen, 3)
    assert given == [None] * 4
    assert pen.drawn == 4
    assert room.get(KEY, of) is None


def test_failure_of_the_first_is_not_the_others() -> None:
    room, of, [failed, second] = drawn_by(Pen("failure"), 1)
    assert isinstance(failed, ValueError)
    assert isinstance(second, Drawn)
    assert room.get(KEY, of) is second


def test_others_of_other_numbers_do_not_wait() -> None:
    room, pen = DrawnPages(), Pen()
    ours, theirs = Numbers(), Numbers()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(room.once, KEY, pen, ours)
        assert pen.begun.wait(30)
        other = Drawn("theirs", "{}")
        assert room.once(KEY, lambda: other, theirs) is other
        pen.go_on.set()
        assert first.result(30) is not other
    assert room.get(KEY, theirs) is other
