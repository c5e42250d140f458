"""The question at the end of the dashboard: whom it is asked, what becomes of an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import nps
from callbacks.dashboard import load_dashboard
from components.nps import NpsIds
from portal import context
from portal.domain.account import LONGEST_COMMENT
from portal.domain.errors import Unauthenticated, UpstreamRefused, UpstreamUnavailable
from portal.i18n import SUPPORTED, use
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAccount, actor
from tests.support.trees import nodes, text

PLACE = (NpsIds.PLACE, "children")
PAST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@contextmanager
def asked(who: Any = None, at: dt.datetime | None = PAST, **failing: Exception) -> Iterator[FakeAccount]:
    fake = FakeAccount(failing=failing)  # type: ignore[arg-type]
    with context.use(actor=who or actor(), services=fake_services(account=fake), ask_opinion_at=at):
        yield fake


@pytest.mark.parametrize("role", ["owner", "developer", "billing", "viewer"])
def test_every_customer_is_asked_when_it_is_time(role: str) -> None:
    with asked(actor(roles=(role,))):
        card = load_dashboard({})[PLACE]
    scores = next(node for node in nodes(card) if type(node).__name__ == "RadioItems")
    assert [option["value"] for option in scores.options] == list(range(11))


@pytest.mark.parametrize("at", [None, dt.datetime(2226, 1, 1, tzinfo=dt.UTC)])
def test_nobody_is_asked_before_it_is_time(at: dt.datetime | None) -> None:
    with asked(at=at):
        assert load_dashboard({})[PLACE] is None


def test_internal_people_are_never_asked() -> None:
    with asked(actor(None, roles=("tam",))):
        assert load_dashboard({"tenantId": "t"})[PLACE] is None
        assert text(nps.give_opinion(1, "k", 9, "")[1])


def test_answer_is_kept_once_however_often_it_is_sent() -> None:
    with asked() as fake:
        for _ in range(2):
            place, *_rest = nps.give_opinion(1, "k", 0, "  Slow ")
            assert "Thank you" in text(place)
    assert fake.answers == {"k": (0, "Slow")}


def test_question_put_away_counts_as_asked() -> None:
    with asked() as fake:
        assert "three months" in text(nps.keep_opinion(1, "k"))
    assert fake.answers == {"k": (None, "")}


def test_answer_given_in_another_window_is_an_answer() -> None:
    with asked(nps=UpstreamRefused("conflict", 409)):
        assert "Thank you" in text(nps.give_opinion(1, "k", 9, "")[0])


@pytest.mark.parametrize("score", [None, "9", 11, -1, 9.5, True])
def test_answer_that_is_none_is_said_beside_the_question(score: Any) -> None:
    with asked() as fake:
        place, _summary, beside, _ = nps.give_opinion(1, "k", score, "x")
    assert place is no_update
    assert text(beside)
    assert fake.answers == {}


def test_comment_that_is_too_long_and_a_platform_that_is_away_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(nps, "set_props", lambda *given: told.append(given))
    with asked(nps=UpstreamUnavailable(request_id="up-1")):
        assert text(nps.give_opinion(1, "k", 9, "x" * (LONGEST_COMMENT + 1))[3])
        place, summary, *_ = nps.give_opinion(1, "k", 9, "")
        assert place is no_update
        assert "up-1" in text(summary)
        assert nps.keep_opinion(1, "k") is no_update
    assert "up-1" in str(told)


def test_refused_token_passes_through_and_a_card_that_was_drawn_does_nothing() -> None:
    with asked(nps=Unauthenticated()):
        for call in (lambda: nps.give_opinion(1, "k", 9, ""), lambda: nps.keep_opinion(1, "k")):
            with pytest.raises(Unauthenticated):
                call()
    with asked():
        for call in (lambda: nps.give_opinion(None, "k", 9, ""), lambda: nps.keep_opinion(None, "k")):
            with pytest.raises(PreventUpdate):
                call()


@pytest.mark.parametrize("tag", list(SUPPORTED))
def test_card_speaks_every_language(tag: str) -> None:
    with asked(), use(SUPPORTED[tag]):
        load_dashboard({})
        nps.give_opinion(1, "k", 9, "")
