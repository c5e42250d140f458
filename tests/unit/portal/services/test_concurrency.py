"""Asking several things at once."""

from __future__ import annotations

import threading

import pytest

from portal.domain.errors import NotFound, Unauthenticated
from portal.i18n import locale, use
from portal.services.concurrency import ask_all


def raising(error: Exception) -> None:
    raise error


def test_ask_all_answers_each_on_its_own() -> None:
    error = NotFound("x")
    outcomes = ask_all({"good": lambda: 1, "bad": lambda: raising(error)})
    assert (outcomes["good"].value, outcomes["good"].error) == (1, None)
    assert (outcomes["bad"].value, outcomes["bad"].error) == (None, error)


def test_ask_all_asks_at_the_same_time_in_the_readers_language() -> None:
    together = threading.Barrier(2, timeout=30)

    def ask() -> str:
        together.wait()
        return locale().tag

    with use("ps"):
        outcomes = ask_all({"one": ask, "two": ask})
    assert [outcome.value for outcome in outcomes.values()] == ["ps", "ps"]


@pytest.mark.parametrize("error", [Unauthenticated(), ZeroDivisionError()])
def test_ask_all_raises_what_concerns_everything(error: Exception) -> None:
    with pytest.raises(type(error)):
        ask_all({"good": lambda: 1, "bad": lambda: raising(error)})
