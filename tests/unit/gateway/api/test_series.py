"""Buckets, series and what is marked as unusual."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from statistics import mean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.anomalies import find_anomaly
from gateway.api.series import (
    MOST_SERIES,
    bucket_labels,
    chart_of_statuses,
    chart_of_tallies,
    first_day,
    tallies_of_days,
)
from gateway.api.tally import Tally, rate
from gateway.domain.statuses import Status
from gateway.store.analytics import Count

DAY = date(2026, 11, 14)


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_week_begins_on_the_saturday_on_or_before(day: date) -> None:
    first = first_day(day, "week")
    assert first.isoweekday() == 6
    assert timedelta(0) <= day - first < timedelta(days=7)


@given(start=st.dates(date(2020, 1, 1), date(2026, 1, 1)), days=st.integers(0, 400))
def test_bucket_labels_cover_every_day_once_and_in_order(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    for interval in ("day", "week", "month"):
        labels = bucket_labels(start, end, interval)  # type: ignore[arg-type]
        assert labels == sorted(set(labels))
        wanted = {first_day(start + timedelta(days=n), interval).isoformat() for n in range(days + 1)}  # type: ignore[arg-type]
        assert set(labels) == wanted


def counted(key: str, messages: int) -> Count:
    by_status = tuple(messages if status is Status.DELIVERED else 0 for status in Status)
    return Count(DAY, key, by_status, messages, Decimal(messages))


def test_series_beyond_the_largest_are_added_up_as_rest() -> None:
    tallies = tallies_of_days([counted(f"k{number:03}", 1000 - number) for number in range(MOST_SERIES + 3)])
    chart = chart_of_tallies(tallies, [DAY.isoformat()], "volume", grouped=True, statuses=False)
    assert [line.key for line in chart.series] == [f"k{number:03}" for number in range(MOST_SERIES)]
    assert chart.rest is not None
    assert (chart.rest.keys, chart.rest.values) == (3, [sum(1000 - MOST_SERIES - n for n in range(3))])


@given(
    days=st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.integers(0, 3), min_size=len(Status), max_size=len(Status))),
        unique_by=lambda day: day[0],
    )
)
def test_statuses_are_the_same_counted_together_and_each_by_itself(days: list[tuple[int, list[int]]]) -> None:
    labels = bucket_labels(DAY, DAY + timedelta(days=9), "day")
    together = [Count(DAY + timedelta(days=day), "all", tuple(counts), 0, Decimal(0)) for day, counts in days]
    apart = [
        Count(each.bucket, status, tuple(count if one is status else 0 for one in Status), 0, Decimal(0))
        for each in together
        for status, count in zip(Status, each.by_status, strict=True)
        if count
    ]
    grouped = chart_of_tallies(tallies_of_days(apart), labels, "volume", grouped=True, statuses=True)
    assert chart_of_statuses(together, labels) == grouped


@pytest.mark.parametrize(("delivered", "rated", "expected"), [(0, 0, None), (0, 5, 0.0), (1, 3, 0.333333), (4, 4, 1.0)])
def test_rate_is_null_while_nothing_is_final(delivered: int, rated: int, expected: float | None) -> None:
    assert rate(delivered, rated) == expected


def tally(delivered: int, failed: int) -> Tally:
    made = Tally()
    made.add(Status.DELIVERED, delivered)
    made.add(Status.FAILED, failed)
    return made


STEADY = [tally(940 + day % 5, 60 - day % 5) for day in range(28)]


def test_anomaly_is_found_where_the_rate_falls_far_below_its_days_before() -> None:
    found = find_anomaly(tally(700, 300), 1, STEADY)
    assert found is not None
    assert found.expected == pytest.approx(0.942, abs=0.001)
    assert found.z_score < -3
    rates = [day.delivered / day.rated for day in STEADY]
    error = sqrt(variance(rates) * (1 + 1 / 28) + mean(rates) * (1 - mean(rates)) / 1000)
    assert found.z_score == pytest.approx((0.7 - mean(rates)) / error, abs=0.005)


@pytest.mark.parametrize(
    ("now", "before"),
    [(tally(941, 59), STEADY), (tally(7, 30), STEADY), (tally(700, 300), STEADY[:6]), (tally(930, 70), STEADY)],
    ids=["usual", "too few messages", "too few days", "small difference"],
)
def test_anomaly_is_not_claimed_without_cause(now: Tally, before: list[Tally]) -> None:
    assert find_anomaly(now, 1, before) is None
