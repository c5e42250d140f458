"""A span of days in fields, and what the months beside them are told."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components.date_range import build_date_fields, build_date_range, read_range, write_day
from portal.domain.params import EARLIEST, LATEST
from portal.domain.periods import Period
from portal.i18n import SUPPORTED, Locale, fmt, use
from tests.support.trees import nodes

TODAY = dt.date(2026, 11, 27)
READERS = [entry.preferring(calendar=c) for entry in SUPPORTED.values() for c in ("persian", "gregory", "both")]


@given(days=st.tuples(st.dates(EARLIEST, LATEST), st.dates(EARLIEST, LATEST)), reader=st.sampled_from(READERS))
def test_fields_give_back_the_days_they_were_given(days: tuple[dt.date, dt.date], reader: Locale) -> None:
    with use(reader):
        fields = build_date_fields("a", Period(*sorted(days)))
    values = [node.value for node in nodes(fields) if isinstance(getattr(node, "id", None), dict)]
    assert read_range(*values) == read_range(*reversed(values)) == Period(*sorted(days))


def test_field_shows_the_readers_calendar_and_digits() -> None:
    with use("fa-AF"):
        assert write_day(TODAY) == "۱۴۰۵/۰۹/۰۶"
    with use("ar"):
        assert write_day(TODAY) == "2026-11-27"
    with use(SUPPORTED["ar"].preferring(digits="arab")):
        assert write_day(TODAY) == "٢٠٢٦-١١-٢٧"


@pytest.mark.parametrize("typed", [(None, "2026-11-01"), ("2026-11-01", ""), ("x", "2026-11-01"), ("", None)])
def test_span_with_an_end_that_is_no_day_is_none(typed: tuple[str | None, str | None]) -> None:
    assert read_range(*typed) is None


def test_months_are_told_the_readers_week_calendars_and_bounds() -> None:
    with use(SUPPORTED["fa-AF"].preferring(calendar="both")):
        told = json.loads(build_date_range(html.Div(), TODAY).to_plotly_json()["props"]["data-date-range"])
        assert told["calendars"] == {name: fmt.month_names(name) for name in ("persian", "gregory")}
    assert [iso for iso, _letter, _name in told["week"]] == [6, 7, 1, 2, 3, 4, 5]
    assert (told["off"], told["zero"], told["first"], told["today"]) == ([4, 5], "۰", "2000-01-01", "2026-11-27")


def test_months_of_one_calendar_hold_no_names_of_the_other(reader: Locale) -> None:
    told = json.loads(build_date_range(html.Div(), TODAY).to_plotly_json()["props"]["data-date-range"])
    assert list(told["calendars"]) == [reader.calendar]
    assert all(told["texts"].values())
    assert "{day}" in told["texts"]["begun"]
    assert {"{start}", "{end}"} <= {part for part in ("{start}", "{end}") if part in told["texts"]["chosen"]}
