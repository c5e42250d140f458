from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.webhooks.schedule import (
    BUDGET,
    DELAYS,
    JITTER,
    LONGEST_RETRY_AFTER,
    budget_used,
    next_attempt,
    parse_retry_after,
    warning_level,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_schedule_is_the_one_that_was_promised() -> None:
    seconds = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert [delay.total_seconds() for delay in DELAYS] == seconds


@given(st.integers(0, len(DELAYS) - 1), st.integers())
def test_attempt_is_never_early_and_late_by_the_jitter_at_most(step: int, seed: int) -> None:
    due = next_attempt(step, NOW, draw=random.Random(seed))
    assert due is not None
    assert DELAYS[step] <= due - NOW <= DELAYS[step] * (1 + JITTER)


def test_after_the_last_attempt_there_is_none() -> None:
    assert next_attempt(len(DELAYS), NOW) is None
    assert next_attempt(len(DELAYS), NOW, retry_after=timedelta(seconds=1)) is None


def test_retry_after_makes_the_wait_longer_never_shorter() -> None:
    hour = timedelta(hours=1)
    assert next_attempt(1, NOW, retry_after=hour) == NOW + hour
    assert next_attempt(9, NOW, retry_after=hour) >= NOW + DELAYS[9]  # type: ignore[operator]
    assert next_attempt(1, NOW, retry_after=timedelta(days=400)) == NOW + LONGEST_RETRY_AFTER


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("99999999999999999999", timedelta(days=1)),
        ("Fri, 20 Nov 2026 10:00:00 GMT", timedelta(hours=1)),
        ("Fri, 20 Nov 2026 08:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("۱۲", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str | None, expected: timedelta | None) -> None:
    assert parse_retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("hours", "level"), [(0, 0), (59, 0), (60, 50), (83, 50), (84, 70), (107, 70), (108, 90), (120, 90), (500, 90)]
)
def test_warning_level_follows_the_share_of_the_budget(hours: int, level: int) -> None:
    used = budget_used(NOW, NOW + timedelta(hours=hours))
    assert used == min(timedelta(hours=hours) / BUDGET, 1)
    assert warning_level(used) == level


def test_endpoint_that_does_not_fail_uses_no_budget() -> None:
    assert budget_used(None, NOW) == 0
    assert budget_used(NOW, None) == 0
