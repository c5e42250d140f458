from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest

from portal.domain.errors import Forbidden, NotFound, PortalError, RateLimited, Unauthenticated, UpstreamUnavailable
from portal.domain.periods import Period
from portal.domain.query import AnalyticsQuery
from portal.services.analytics import FRESH_FOR, AnalyticsService, fresh_for
from tests.support.fakes_analytics import AS_OF, FakeAccount, FakeAnalytics, actor

QUERY = AnalyticsQuery(Period(dt.date(2026, 11, 1), dt.date(2026, 11, 20)))
OWNER = actor()


class Clock:
    def __init__(self) -> None:
        self.now = AS_OF

    def __call__(self) -> dt.datetime:
        return self.now


class World:
    def __init__(self) -> None:
        self.port, self.account, self.clock = FakeAnalytics(), FakeAccount(), Clock()
        self.service = AnalyticsService(self.port, self.account, self.clock)


@pytest.fixture
def world() -> World:
    return World()


def test_dashboard_costs_ten_calls(world: World) -> None:
    answers = world.service.dashboard(QUERY, actor=OWNER)
    assert len(world.port.calls) + len(world.account.calls) == 10
    assert len(set(world.port.calls)) == len(world.port.calls)
    assert answers.complete


def test_analytics_costs_thirteen_calls(world: World) -> None:
    world.service.analytics(QUERY, actor=OWNER)
    assert len(world.port.calls) + len(world.account.calls) == 13


def test_dashboard_without_comparison_asks_for_no_earlier_period(world: World) -> None:
    answers = world.service.dashboard(replace(QUERY, compare=False), actor=OWNER)
    assert len(world.port.calls) + len(world.account.calls) == 9
    assert answers.previous_rate.value is None
    assert answers.complete


def test_every_call_is_made_for_the_actor(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    assert set(world.port.actors) == {OWNER}


def test_unchanged_numbers_cost_one_call(world: World) -> None:
    first = world.service.dashboard(QUERY, actor=OWNER)
    world.port.calls.clear()
    assert world.service.dashboard(QUERY, actor=OWNER) is first
    assert world.port.calls == ["revision"]


def test_changed_numbers_are_asked_for_again(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.revision_number += 1
    world.port.calls.clear()
    assert world.service.dashboard(QUERY, actor=OWNER).revision == world.port.revision_number
    assert "summary" in world.port.calls


def test_answers_that_are_a_minute_old_are_asked_for_again(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.clock.now += FRESH_FOR + dt.timedelta(seconds=1)
    world.port.calls.clear()
    world.service.dashboard(QUERY, actor=OWNER)
    assert "summary" in world.port.calls


def test_what_was_asked_for_at_once_is_not_asked_for_again_at_once(world: World) -> None:
    began = world.clock.now
    asked = [began + dt.timedelta(microseconds=1_000_000 // 20 * number) for number in range(20)]
    ends = sorted(moment + fresh_for(moment) for moment in asked)
    assert all(dt.timedelta(seconds=40) <= end - began <= FRESH_FOR for end in ends)
    assert all(dt.timedelta(seconds=0.5) < later - sooner < dt.timedelta(seconds=2) for sooner, later in pairwise(ends))


def test_answers_are_as_fresh_as_their_own_moment_says(world: World) -> None:
    world.clock.now = world.clock.now.replace(microsecond=900_000)
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.calls.clear()
    world.clock.now += dt.timedelta(seconds=41)
    world.service.dashboard(QUERY, actor=OWNER)
    assert world.port.calls == ["revision"]
    world.clock.now += dt.timedelta(seconds=2)
    world.service.dashboard(QUERY, actor=OWNER)
    assert "summary" in world.port.calls


def test_other_filters_are_another_question(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.calls.clear()
    world.service.dashboard(replace(QUERY, operators=("AWCC",)), actor=OWNER)
    assert "summary" in world.port.calls


def test_stranger_is_never_given_another_tenants_answers(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.calls.clear()
    stranger = actor("tenant-2", user="user-9")
    world.service.dashboard(QUERY, actor=stranger)
    assert "summary" in world.port.calls
    assert world.port.actors[-1] is stranger


def test_kept_answers_are_shown_only_while_the_platform_accepts_the_actor(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.failing["revision"] = Unauthenticated()
    with pytest.raises(Unauthenticated):
        world.service.dashboard(QUERY, actor=OWNER)


def test_failure_of_one_part_leaves_the_others(world: World) -> None:
    error = UpstreamUnavailable(request_id="req-1")
    world.port.failing["breakdown"] = error
    answers = world.service.dashboard(QUERY, actor=OWNER)
    assert answers.operators.error is error
    assert answers.summary.value is not None
    assert not answers.complete


def test_partial_answers_are_asked_for_again_at_once(world: World) -> None:
    world.port.failing["breakdown"] = UpstreamUnavailable()
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.failing.clear()
    assert world.service.dashboard(QUERY, actor=OWNER).complete


@pytest.mark.parametrize("error", [UpstreamUnavailable(), RateLimited()])
def test_answer_that_cannot_be_renewed_stays_with_its_age(world: World, error: PortalError) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.clock.now += dt.timedelta(minutes=5)
    world.port.failing["deliveryRate"] = error
    answers = world.service.dashboard(QUERY, actor=OWNER)
    assert answers.rate.value is not None
    assert answers.rate.error is error
    assert answers.older_as_of == AS_OF
    assert answers.as_of == world.clock.now


def test_age_is_that_of_the_numbers_however_often_renewing_fails(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.failing["deliveryRate"] = UpstreamUnavailable()
    for _ in range(3):
        world.clock.now += dt.timedelta(minutes=5)
        answers = world.service.dashboard(QUERY, actor=OWNER)
    assert answers.older_as_of == AS_OF


def test_refusal_is_not_covered_up_by_older_numbers(world: World) -> None:
    world.service.dashboard(QUERY, actor=OWNER)
    world.clock.now += dt.timedelta(minutes=5)
    world.port.failing["deliveryRate"] = Forbidden()
    answers = world.service.dashboard(QUERY, actor=OWNER)
    assert answers.rate.value is None


def test_what_one_may_not_see_does_not_keep_the_rest_from_being_remembered(world: World) -> None:
    world.account.failing["balance"] = Forbidden()
    world.service.dashboard(QUERY, actor=OWNER)
    world.port.calls.clear()
    world.service.dashboard(QUERY, actor=OWNER)
    assert world.port.calls == ["revision"]


def test_unknown_tenant_is_not_found_as_a_whole(world: World) -> None:
    world.port.failing["summary"] = NotFound()
    with pytest.raises(NotFound):
        world.service.dashboard(QUERY, actor=OWNER)


def test_missing_summary_has_no_revision(world: World) -> None:
    world.port.failing["summary"] = UpstreamUnavailable()
    assert world.service.dashboard(QUERY, actor=OWNER).revision is None


@pytest.mark.parametrize(("known", "changed"), [(7, False), (6, True), (None, True)])
def test_news_is_another_revision(world: World, known: int | None, changed: bool) -> None:
    assert world.service.changed_since(known, actor=OWNER) is changed


@pytest.mark.parametrize("error", [UpstreamUnavailable(), RateLimited()])
def test_tick_that_cannot_ask_leaves_it_to_the_next_one(world: World, error: PortalError) -> None:
    world.port.failing["revision"] = error
    assert not world.service.news_since(7, actor=OWNER)


def test_tick_hears_of_news_and_of_nothing_being_allowed(world: World) -> None:
    assert world.service.news_since(6, actor=OWNER)
    world.port.failing["revision"] = NotFound()
    with pytest.raises(NotFound):
        world.service.news_since(6, actor=OWNER)
