from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.statuses import FINAL, LEFT, RATED, TRANSITIONS, Status, is_final, path


def test_final_statuses_are_the_five_outcomes() -> None:
    assert {Status.DELIVERED, Status.FAILED, Status.EXPIRED, Status.REJECTED, Status.BLOCKED} == FINAL
    assert FINAL - {Status.BLOCKED} == RATED
    assert {Status.SENT, Status.DELIVERED, Status.FAILED, Status.EXPIRED} == LEFT


@pytest.mark.parametrize(("final", "news"), list(product(sorted(FINAL), Status)))
def test_path_from_a_final_status_leads_nowhere(final: Status, news: Status) -> None:
    assert path(final, news) == ()


@pytest.mark.parametrize(("current", "target"), list(product(Status, Status)))
def test_path_is_a_walk_of_the_machine(current: Status, target: Status) -> None:
    steps = path(current, target)
    assert all(later in TRANSITIONS[earlier] for earlier, later in pairwise((current, *steps)))
    assert not steps or steps[-1] is target


@pytest.mark.parametrize("verdict", [Status.DELIVERED, Status.FAILED, Status.EXPIRED])
def test_path_verdict_that_overtook_the_sending_passes_through_sent(verdict: Status) -> None:
    assert path(Status.QUEUED, verdict) == (Status.SENT, verdict)


@pytest.mark.parametrize(
    ("current", "news"),
    [(Status.SENT, Status.QUEUED), (Status.SENT, Status.REJECTED), (Status.SENT, Status.HELD), (Status.HELD, Status.SENT),
     (Status.HELD, Status.DELIVERED), (Status.QUEUED, Status.BLOCKED), (Status.QUEUED, Status.QUEUED)],
)  # fmt: skip
def test_path_what_the_machine_does_not_know_changes_nothing(current: Status, news: Status) -> None:
    assert path(current, news) == ()


@given(st.lists(st.sampled_from(Status), max_size=30))
def test_any_news_reaches_at_most_one_final_status(news: list[Status]) -> None:
    current, finals = Status.QUEUED, []
    for item in news:
        for step in path(current, item):
            current = step
            if is_final(step):
                finals.append(step)
    assert len(finals) <= 1
    assert not finals or current is finals[0]
