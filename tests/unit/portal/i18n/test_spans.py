"""Spans of days in one calendar and in both."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.i18n import SUPPORTED, fmt, spans, use

DAY = dt.timedelta(days=1)
MONTH = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
SPANS = st.tuples(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), st.integers(0, 800)).map(
    lambda drawn: (drawn[0], drawn[0] + drawn[1] * DAY)
)


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("en", "1 – 31 Oct 2026 (9 Mizan – 9 Aqrab 1405)"),
        ("fa-AF", "۹ میزان – ۹ عقرب ۱۴۰۵ (۱ – ۳۱ اکتوبر ۲۰۲۶)"),
        ("ps", "۹ تله – ۹ لړم ۱۴۰۵ (۱ – ۳۱ اکتوبر ۲۰۲۶)"),
        ("ar", "1 – 31 أكتوبر 2026 (9 الميزان – 9 العقرب 1405)"),
    ],
)
def test_reader_of_both_calendars_is_told_both_spans_once(tag: str, shown: str) -> None:
    first, other = shown[:-1].split(" (")
    with use(tag):
        assert spans.days(*MONTH) == first
    with use(SUPPORTED[tag].preferring(calendar="both")):
        assert spans.days(*MONTH) == shown
        assert spans.days(*MONTH, alone=True) == first
        assert spans.days_other_calendar(*MONTH) == other
        assert spans.days(*MONTH, brief=True) == f"{shown.rpartition(' ')[0]})"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (dt.date(2026, 11, 3), dt.date(2026, 11, 3), "3 Nov 2026"),
        (dt.date(2026, 11, 3), dt.date(2026, 11, 9), "3 – 9 Nov 2026"),
        (dt.date(2026, 10, 28), dt.date(2026, 11, 3), "28 Oct – 3 Nov 2026"),
        (dt.date(2026, 12, 29), dt.date(2027, 1, 4), "29 Dec 2026 – 4 Jan 2027"),
        (dt.date(2025, 11, 3), dt.date(2026, 11, 9), "3 Nov 2025 – 9 Nov 2026"),
    ],
)
def test_what_both_ends_share_is_said_once(first: dt.date, last: dt.date, shown: str) -> None:
    with use("en"):
        assert spans.days(first, last) == shown


@given(span=SPANS, tag=st.sampled_from(list(SUPPORTED)), calendar=st.sampled_from(["persian", "gregory"]))
def test_both_ends_can_be_read_from_a_span(span: tuple[dt.date, dt.date], tag: str, calendar: str) -> None:
    first, last = span
    with use(SUPPORTED[tag].preferring(calendar=calendar)):
        start, _, end = spans.days(first, last).rpartition(" – ")
        assert end == fmt.date(last, "short")
        if start:
            # What the beginning leaves out is what the end says.
            whole = fmt.date(first, "short").split(" ")
            said = start.split(" ")
            assert [*said, *end.split(" ")[len(said) :]] == whole
        else:
            assert first == last


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("en", "October 2026 (9 Mizan – 9 Aqrab)"),
        ("fa-AF", "۹ میزان – ۹ عقرب ۱۴۰۵ (اکتوبر ۲۰۲۶)"),
        ("ps", "۹ تله – ۹ لړم ۱۴۰۵ (اکتوبر ۲۰۲۶)"),
        ("ar", "أكتوبر 2026 (9 الميزان – 9 العقرب)"),
    ],
)
def test_month_is_named_where_it_has_a_name_and_counted_where_it_has_none(tag: str, shown: str) -> None:
    with use(SUPPORTED[tag].preferring(calendar="both")):
        assert spans.month(*MONTH) == shown
        assert spans.month(*MONTH, alone=True) == shown.split(" (")[0]
        assert not any(year in spans.month(*MONTH, year=False) for year in ("2026", "۲۰۲۶", "۱۴۰۵"))
    with use(tag):
        assert spans.month(*MONTH) == shown.split(" (")[0]
