"""The filter bar of analytic pages."""

from __future__ import annotations

import datetime as dt
import json

from components.filters import (
    CONTROLS,
    SHORTEST,
    FilterIds,
    build_filter_bar,
    option_values,
    problem_notes,
    read_query,
    shown_values,
)
from portal.domain.analytics import FilterOptions
from portal.domain.periods import Preset
from portal.domain.query import AnalyticsQuery, Problem
from portal.i18n import Locale, t, use
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


def test_preset_of_the_menu_is_named_on_its_button_and_marked_in_it(reader: Locale) -> None:
    query = AnalyticsQuery.from_search("period=last_week", TODAY)
    shown = shown_values(query, "/dashboard")
    assert shown[FilterIds.CUSTOM, "children"] == t("filters.preset.last_week")
    inside = shown[FilterIds.SHORTCUTS, "children"]
    assert len(links(inside)) == len(Preset) - len(SHORTEST)
    assert [node.href for node in nodes(inside) if "active" in getattr(node, "className", "")] == [
        "/dashboard?period=last_week"
    ]
