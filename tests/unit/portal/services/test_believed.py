"""What several people share of the platform's answers, and for how long: over any order of questions, told revisions and
clocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.account import Account
from portal.domain.actor import Actor
from portal.domain.periods import Period
from portal.domain.query import AnalyticsQuery
from portal.services.account import AccountService
from portal.services.analytics import FRESH_FOR, AnalyticsService
from portal.services.recent_answers import Scope
from tests.support.fakes_analytics import AS_OF, FakeAccount, FakeAnalytics, actor

LIFE = dt.timedelta(seconds=1)
QUERY = AnalyticsQuery(Period(dt.date(2026, 11, 1), dt.date(2026, 11, 3)))
QUERIES = (QUERY, replace(QUERY, operators=("AWCC",)), replace(QUERY, tenant_id="tenant-1"))
PEOPLE = (
    actor("tenant-1"),
    actor("tenant-1", user="user-2"),
    actor("tenant-1", user="user-3", roles=("viewer",)),
    actor("tenant-2", user="user-4"),
    actor(None, user="tam-1", roles=("tam",)),
    actor(None, user="tam-2", roles=("tam",)),
    replace(actor("tenant-1", user="tam-1"), preview_role="owner"),
)


class Platform(FakeAnalytics):
    """Tells each asker numbers that name their scope and the revision of the moment."""

    def summary(self, query: AnalyticsQuery, *, actor: Actor) -> Any:
        found = super().summary(query, actor=actor)
        return replace(found, totals=replace(found.totals, messages=number_of(actor, query, self.revision_number)))


class Register(FakeAccount):
    """Notes for whom an account was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Actor] = []

    def get_account(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        self.told.append(actor)
        return super().get_account(tenant_id, actor=actor)


def number_of(who: Actor, query: AnalyticsQuery, revision: int) -> int:
    return hash((Scope.of(who, query.tenant_id), query, revision))


class World:
    def __init__(self) -> None:
        self.now = AS_OF
        self.port, self.account = Platform(), Register()
        self.service = AnalyticsService(self.port, self.account, lambda: self.now, revision_life=LIFE)
        #: When each revision was told by the platform for the first time.
        self.since = {self.port.revision_number: AS_OF}

    def step(self, seconds: float, *, news: bool) -> None:
        self.now += dt.timedelta(seconds=seconds)
        if news:
            self.port.revision_number += 1
            self.since[self.port.revision_number] = self.now


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.5, 0.999, 1.0, 1.5, 10.0, 59.0, 61.0]),
        st.booleans(),
        st.sampled_from(PEOPLE),
        st.sampled_from(QUERIES),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_everybody_sees_their_own_numbers_and_none_older_than_a_revision_is_believed(
    steps: Sequence[tuple[float, bool, Actor, AnalyticsQuery]],
) -> None:
    world = World()
    for seconds, news, who, query in steps:
        world.step(seconds, news=news)
        answers = world.service.dashboard(query, actor=who)
        assert answers.summary.value is not None
        shown = answers.summary.value
        assert shown.totals.messages == number_of(who, query, shown.revision)
        newer = world.since.get(shown.revision + 1)
        assert newer is None or world.now - newer < LIFE
        assert world.now - answers.as_of <= FRESH_FOR


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_what_internal_people_read_is_asked_each_time(
    steps: Sequence[tuple[float, bool, Actor, AnalyticsQuery]],
) -> None:
    """The platform writes down who read what; an answer that was remembered would be a read that nobody sees."""
    world = World()
    account = AccountService(world.account, lambda: world.now, name_life=LIFE)
    for seconds, news, who, query in steps:
        world.step(seconds, news=news)
        world.port.actors.clear()
        world.account.told.clear()
        world.service.dashboard(query, actor=who)
        account.recall(query.tenant_id, actor=who)
        if who.internal or who.preview_role:
            assert who in world.port.actors
            assert world.account.told == [who]


def test_revision_is_asked_once_for_all_who_may_see_the_same() -> None:
    world = World()
    for who in PEOPLE[:2]:
        world.service.dashboard(QUERY, actor=who)
    world.port.calls.clear()
    world.step(1.5, news=False)
    for who in (*PEOPLE[:2], *PEOPLE[:2]):
        world.service.dashboard(QUERY, actor=who)
    assert world.port.calls == ["revision"]


def test_name_of_an_account_is_believed_by_those_of_the_same_account_and_roles() -> None:
    world = World()
    account = AccountService(world.account, lambda: world.now, name_life=LIFE)
    for who in PEOPLE[:4]:
        account.recall(actor=who)
    assert world.account.told == [PEOPLE[0], PEOPLE[2], PEOPLE[3]]
    assert account.recalls(actor=PEOPLE[1])
    assert not account.recalls(actor=PEOPLE[4])
    world.step(1.0, news=False)
    assert not account.recalls(actor=PEOPLE[1])


def test_clock_that_was_set_back_believes_nothing() -> None:
    world = World()
    world.service.dashboard(QUERY, actor=PEOPLE[0])
    world.now -= dt.timedelta(seconds=30)
    world.port.calls.clear()
    world.service.changed_since(world.port.revision_number, actor=PEOPLE[0])
    assert world.port.calls == ["revision"]
