"""Whatever the platform or the network to it does, each page answers in time, in words, and the rest of it works."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests

from portal.services.recent_answers import RecentAnswers
from tests.integration.faults.conftest import Site
from tests.support import fault_proxy as faults
from tests.support.fault_proxy import Fault, FaultProxy

SLOW: dict[str, Fault] = {"hang": faults.hang, "slow": faults.slow, "slow_body": faults.slow_body}
QUICK: dict[str, Fault] = {
    "refuse": faults.refuse,
    "cut": faults.cut,
    "failing": faults.failing,
    "unavailable": faults.answering(503, b"", retry_after="120"),
    "too_many": faults.too_many,
    "garbage": faults.garbage,
    "html": faults.html,
    "empty": faults.empty,
    "redirect": faults.redirect,
    "huge": faults.padded(10_000_000, said=True),
    "endless": faults.padded(10_000_000, said=False),
    "nothing": faults.answering(200, b"{}"),
    "list": faults.answering(200, b"[]"),
    "nulls": faults.reshaped(lambda _value: None),
    "words": faults.reshaped(lambda _value: "x"),
    "nested": faults.reshaped(lambda value: {"value": value}),
    "lists": faults.reshaped(lambda value: [value]),
    "huge_numbers": faults.reshaped(lambda value: 10**400 if isinstance(value, int) else value),
    "infinities": faults.reshaped(lambda value: float("inf") if isinstance(value, (int, float)) else value),
}
# Pages that ask the platform nothing to be shown.
NEEDS_NOTHING = {"/send-test", "/verify"}


def check(route: str, answer: requests.Response) -> None:
    """It is a page of ours that says in words what is missing."""
    assert answer.status_code == 200, f"{route}: {answer.status_code}"
    assert 'id="portal-first-paint"' in answer.text, route
    for word in ("Traceback", "hunter2", "your router", "alert(1)"):
        assert word not in answer.text, f"{route} shows {word}"


@pytest.mark.parametrize("name", [*SLOW, *QUICK])
def test_every_page_answers_in_time_and_says_what_is_missing(
    portal: Site, proxy: FaultProxy, crashes: Callable[[], list[str]], short_patience: None, name: str
) -> None:
    proxy.break_down((SLOW | QUICK)[name])
    for route, answer in portal.get_all().items():
        check(route, answer)
        if name not in ("huge_numbers", "infinities"):  # answers without a number are whole
            assert ("state-error" in answer.text) is (route not in NEEDS_NOTHING), route
    assert not crashes()
    assert not proxy.count("/elsewhere")


def test_silent_platform_leaves_the_page_its_time(portal: Site, proxy: FaultProxy) -> None:
    """With the limits of the product: what the guard asks before, and the frame beside, is not added on top."""
    proxy.break_down(faults.hang)
    check("/dashboard", portal.get("/dashboard"))


@pytest.mark.parametrize("said", [True, False])
def test_answer_far_too_long_is_not_read_to_its_end(portal: Site, proxy: FaultProxy, said: bool) -> None:
    """Beyond the limit lie only what the two ends of the connection keep for each other."""
    proxy.break_down(faults.padded(50_000_000, said=said), "/v1/api-keys")
    assert "state-error" in portal.get("/api-keys").text
    proxy.heal()
    (asked,) = [each for each in proxy.exchanges if each.request.path == "/v1/api-keys"]
    assert asked.sent < 20_000_000


def test_one_broken_path_takes_only_its_own_cards_along(
    portal: Site, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever single thing cannot be had: the page is there, and so is all that does not stand on it."""
    monkeypatch.setattr(RecentAnswers, "get", lambda *_: None)  # what was answered a moment ago is asked again
    for route, (path, who) in portal.pages().items():
        proxy.forget()
        assert "state-error" not in portal.get(path, who).text, route
        asked = {each.path for each in proxy.seen}
        for broken in sorted(asked):
            proxy.break_down(faults.failing, re.escape(broken))
            proxy.forget()
            check(route, portal.get(path, who))
            # Whether the session stands, which could not be found out, is asked again only a moment later.
            assert {each.path for each in proxy.seen} >= asked - {broken, "/v1/me"}, f"{route} without {broken}"
            proxy.heal()


@pytest.mark.parametrize("route", ["/dashboard", "/analytics"])
def test_charts_are_drawn_beside_one_that_cannot_be(portal: Site, proxy: FaultProxy, route: str) -> None:
    charts = drawn(portal.get(f"{route}?from=2026-10-25&to=2026-11-19")).count("<svg")
    assert charts > 4
    proxy.break_down(faults.cut, "/v1/analytics/heatmap")
    answer = drawn(portal.get(f"{route}?from=2026-10-25&to=2026-11-18"))
    assert (answer.count("state-error"), answer.count("dashboard-when-state")) == (1, route == "/dashboard")
    assert charts - 2 <= answer.count("<svg") < charts  # the hours are drawn for wide and for narrow pages


def drawn(answer: requests.Response) -> str:
    """What is seen before any script runs; the same follows as data for the script."""
    return answer.text.partition('id="react-entry-point"')[0]
