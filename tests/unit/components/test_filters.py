"""The filter bar of analytic pages and its date fields."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from components.controls import build_date_field, parts_by_name, read_date
from components.filters import CONTROLS, FilterIds, build_filter_bar, option_values, problem_notes, read_query
from portal.domain.analytics import FilterOptions
from portal.domain.query import AnalyticsQuery, Problem
from portal.i18n import Locale, use
from tests.support.trees import ids, links, nested_lists, nodes, text

TODAY = dt.date(2026, 11, 21)
QUERY = AnalyticsQuery.from_search("from=2026-11-01&to=2026-11-05&operator=AWCC&status=failed&compare=none", TODAY)


def test_bar_shows_the_query_in_every_language(reader: Locale) -> None:
    bar = build_filter_bar(QUERY, "/dashboard")
    by_id = {node.id: node for node in nodes(bar) if isinstance(getattr(node, "id", None), str)}
    assert by_id[FilterIds.ADDRESS].data == QUERY.to_query_string()
    assert by_id[FilterIds.OPERATORS].value == ["AWCC"]
    assert by_id[FilterIds.STATUSES].value == ["failed"]
    assert by_id[FilterIds.COMPARE].value is False
    assert nested_lists(bar) == []
    assert set(json.loads(CONTROLS)) <= ids(bar)


def test_bar_presets_keep_the_filters() -> None:
    presets = [href for href in links(build_filter_bar(QUERY, "/dashboard")) if "period=7d" in href]
    assert presets == ["/dashboard?period=7d&compare=none&operator=AWCC&status=failed"]


def test_bar_chip_takes_back_one_filter_and_keeps_the_others() -> None:
    removals = [
        node.href
        for node in nodes(build_filter_bar(QUERY, "/dashboard"))
        if getattr(node, "className", None) == "chip-remove"
    ]
    assert removals == [
        "/dashboard?from=2026-11-01&to=2026-11-05&compare=none&status=failed",
        "/dashboard?from=2026-11-01&to=2026-11-05&compare=none&operator=AWCC",
    ]


def test_bar_reads_the_period_in_both_calendars() -> None:
    with use("fa-AF"):
        shown = text(build_filter_bar(QUERY, "/dashboard"))
    assert "عقرب" in shown
    assert "۲۰۲۶" in shown


def test_bar_says_what_was_put_right(reader: Locale) -> None:
    assert all(text(note).strip() for note in problem_notes(Problem))
    assert len(problem_notes([Problem.FUTURE, Problem.FUTURE])) == 1


def test_options_keep_what_is_chosen_even_when_it_is_not_seen_any_more() -> None:
    values = option_values(QUERY, FilterOptions(("Roshan",), ("OTP",)))
    assert [choice["value"] for choice in values[FilterIds.OPERATORS, "options"]] == ["Roshan", "AWCC"]


def test_read_query_takes_search_and_params_alike() -> None:
    assert read_query("?operator=AWCC").operators == read_query({"operator": "AWCC"}).operators == ("AWCC",)
    assert read_query(None).operators == ()


@pytest.mark.parametrize("day", [dt.date(2026, 11, 21), dt.date(2025, 3, 20), dt.date(2024, 3, 19)])
def test_date_field_gives_back_the_day_it_was_given_in_both_calendars(reader: Locale, day: dt.date) -> None:
    field = build_date_field("start", "From", day, TODAY)
    parts = [
        {"id": node.id, "value": node.value} for node in nodes(field) if isinstance(getattr(node, "id", None), dict)
    ]
    assert len(parts) == (2 if reader.calendar == "persian" else 1)
    assert read_date(parts_by_name(parts)) == day
    options = [option["value"] for node in nodes(field) for option in getattr(node, "options", None) or []]
    assert all(part["value"] in options for part in parts) or reader.calendar != "persian"


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        ({"month": "1405-8", "day": "31"}, dt.date(2026, 11, 21)),
        ({"month": "1405-8", "day": None}, None),
        ({"month": "x", "day": "1"}, None),
        ({"month": None, "day": "1"}, None),
        ({"iso": None}, None),
        ({"iso": "2026-11-31"}, None),
        ({}, None),
    ],
)
def test_date_that_does_not_exist_is_its_months_last_day_or_nothing(
    parts: dict[str, str | None], day: dt.date | None
) -> None:
    assert read_date(parts) == day
