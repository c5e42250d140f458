"""Reading the address of an analytic page: nothing a person can type raises, and what is written reads the same."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.params import from_search
from portal.domain.periods import MAX_DAYS, Interval, Period, Preset
from portal.domain.query import AnalyticsQuery, Problem
from portal.domain.statuses import MessageStatus

TODAY = dt.date(2026, 11, 21)
NAMES = ("from", "to", "period", "compare", "interval", "operator", "senderId", "status", "tenantId")
VALUES = st.one_of(
    st.text(max_size=30),
    st.dates(dt.date(1990, 1, 1), dt.date(2150, 1, 1)).map(dt.date.isoformat),
    st.sampled_from([*Preset, *Interval, *MessageStatus, "none", "AWCC", "۲۰۲۶-۱۱-۰۱"]),
)


def read(search: str) -> AnalyticsQuery:
    return AnalyticsQuery.from_search(search, TODAY)


def test_query_without_parameters_is_the_last_thirty_days_compared() -> None:
    query = read("")
    assert query.period == Period(dt.date(2026, 10, 23), TODAY)
    assert (query.preset, query.compare, query.interval) == (Preset.DAYS_30, True, Interval.DAY)
    assert query.to_query_string() == ""
    assert query.problems == ()


@pytest.mark.parametrize(
    ("search", "start", "end", "problem"),
    [
        ("from=2026-11-01&to=2026-11-05", "2026-11-01", "2026-11-05", None),
        ("from=۲۰۲۶-۱۱-۰۱&to=٢٠٢٦-١١-٠٥", "2026-11-01", "2026-11-05", None),
        ("from=2026-11-05&to=2026-11-01", "2026-11-01", "2026-11-05", Problem.REVERSED),
        ("from=2026-11-20", "2026-11-20", "2026-11-21", None),
        ("to=2026-11-10", "2026-10-12", "2026-11-10", None),
        ("from=2026-11-20&to=2026-12-31", "2026-11-20", "2026-11-21", Problem.FUTURE),
        ("from=2020-01-01&to=2026-11-21", "2025-10-18", "2026-11-21", Problem.TOO_LONG),
        ("from=yesterday", "2026-10-23", "2026-11-21", Problem.MALFORMED_DATE),
        ("from=2026-02-30&to=2026-11-21", "2026-10-23", "2026-11-21", Problem.MALFORMED_DATE),
        ("period=fortnight", "2026-10-23", "2026-11-21", Problem.UNKNOWN_PERIOD),
        ("period=7d", "2026-11-15", "2026-11-21", None),
        ("period=today", "2026-11-21", "2026-11-21", None),
        ("period=month", "2026-11-01", "2026-11-21", None),
        ("period=7d&from=2026-11-01&to=2026-11-02", "2026-11-01", "2026-11-02", None),
    ],
)
def test_query_period_is_read_or_put_right_and_reported(
    search: str, start: str, end: str, problem: Problem | None
) -> None:
    query = read(search)
    assert (query.period.start.isoformat(), query.period.end.isoformat()) == (start, end)
    assert query.problems == ((problem,) if problem else ())


def test_query_this_month_follows_the_readers_calendar() -> None:
    query = AnalyticsQuery.from_search("period=month", TODAY, calendar="persian")
    assert query.period.start == dt.date(2026, 10, 23)  # 1 Aqrab 1405


def test_query_interval_that_does_not_fit_falls_back_to_a_fitting_one() -> None:
    query = read("period=90d&interval=hour")
    assert query.interval is Interval.DAY
    assert query.chosen_interval is None
    assert query.problems == (Problem.INTERVAL,)
    assert read("period=7d&interval=hour").interval is Interval.HOUR


@pytest.mark.parametrize(("days", "interval"), [(1, "hour"), (3, "hour"), (4, "day"), (92, "day"), (93, "week")])
def test_query_interval_is_chosen_by_the_length_of_the_period(days: int, interval: str) -> None:
    assert Period(TODAY - dt.timedelta(days=days - 1), TODAY).best_interval() == interval


def test_query_unknown_status_is_left_out_and_reported() -> None:
    query = read("status=delivered&status=lost&status=DELIVERED")
    assert query.statuses == (MessageStatus.DELIVERED,)
    assert query.problems == (Problem.UNKNOWN_STATUS,)


def test_query_log_parameters_are_the_same_messages() -> None:
    query = read("from=2026-11-01&to=2026-11-05&operator=AWCC&status=failed&compare=none")
    assert query.log_params() == [
        ("startDate", "2026-11-01"),
        ("endDate", "2026-11-05"),
        ("operator", "AWCC"),
        ("status", "failed"),
    ]


def test_query_choosing_keeps_the_preset_and_the_tenant() -> None:
    tenant = "00000000-0000-7000-8000-000000000001"
    query = read(f"period=7d&tenantId={tenant}").choosing(
        compare=False, interval="auto", operators=["AWCC"], senders=[], statuses=["failed"]
    )
    assert query.to_query_string() == f"period=7d&compare=none&operator=AWCC&status=failed&tenantId={tenant}"


def test_query_tenant_that_is_no_uuid_is_left_out() -> None:
    assert read("tenantId=../../admin").tenant_id is None


@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=12))
def test_query_from_anything_is_valid_and_round_trips(pairs: list[tuple[str, str]]) -> None:
    params: dict[str, list[str]] = {}
    for name, value in pairs:
        params.setdefault(name, []).append(value)
    query = AnalyticsQuery.from_params(params, TODAY)
    assert query.period.end <= TODAY
    assert 1 <= query.period.days <= MAX_DAYS
    assert query.interval in query.period.allowed_intervals() or query.period.days == 1
    again = read(query.to_query_string())
    assert again.problems == ()
    assert (again.period, again.preset, again.interval) == (query.period, query.preset, query.interval)
    assert again.to_query_string() == query.to_query_string()


def test_search_that_is_far_too_long_is_cut_not_raised() -> None:
    assert from_search("?" + "&".join(f"operator={n}" for n in range(5_000))) == {}
    assert from_search(None) == {}
