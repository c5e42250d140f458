"""The bar of period and filters above analytic pages. The address is its only state: every control changes that."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.controls import build_apply, build_chip, build_choice_menu, build_menu
from components.date_range import build_date_fields, build_date_range, build_shortcuts
from components.states import build_icon
from portal.domain.analytics import FilterOptions
from portal.domain.params import Params, from_search
from portal.domain.periods import Interval, Period, Preset, today_in
from portal.domain.query import AnalyticsQuery, Problem
from portal.domain.statuses import MessageStatus
from portal.i18n import locale, spans, t
from portal.i18n.bidi import isolate


class FilterIds(StrEnum):
    """``ADDRESS`` is a store that mirrors the address's query; see assets/js/address.js."""

    ADDRESS = "filters-address"
    PRESETS = "filters-presets"
    CUSTOM = "filters-custom"
    SHORTCUTS = "filters-shortcuts"
    DATES = "filters-dates"
    SHOWN = "filters-shown"
    APPLY = "filters-apply"
    COMPARE = "filters-compare"
    INTERVAL = "filters-interval"
    OPERATORS = "filters-operators"
    SENDERS = "filters-senders"
    STATUSES = "filters-statuses"


RANGE = "filters"
#: Presets in the bar itself; the others are above the months.
SHORTEST = (Preset.TODAY, Preset.DAYS_7, Preset.DAYS_30, Preset.DAYS_90, Preset.MONTH)
AUTOMATIC = "auto"
# Which control shows which parameter, for a change of address that came from elsewhere (a link, the back button).
CONTROLS = json.dumps(
    {
        FilterIds.COMPARE: {"name": "compare", "unless": "none"},
        FilterIds.INTERVAL: {"name": "interval", "otherwise": AUTOMATIC},
        FilterIds.OPERATORS: {"names": ["operator"]},
        FilterIds.SENDERS: {"names": ["senderId"]},
        FilterIds.STATUSES: {"names": ["status"]},
    }
)


def today() -> dt.date:
    """The date where the account is."""
    return today_in(locale().time_zone)


def read_query(params: Params | str | None) -> AnalyticsQuery:
    """The query of an analytic page, from ``layout(**params)`` or an address's search, for the current reader."""
    given = from_search(params) if params is None or isinstance(params, str) else params
    return AnalyticsQuery.from_params(given, today(), locale().calendar)


def address_of(path: str, query: AnalyticsQuery) -> str:
    """A link to a page with a query."""
    search = query.to_query_string()
    return f"{path}?{search}" if search else path


def period_text(period: Period, *, alone: bool = False) -> str:
    """A span of days in words: ``1 Nov – 5 Nov 2026``; ``alone`` in the reader's first calendar only."""
    return spans.days(period.start, period.end, alone=alone)


def build_filter_bar(query: AnalyticsQuery, path: str) -> Component:
    """Presets, custom span, comparison, granularity and filters of one page (``path``), showing ``query``.

    Operators and senders to choose from come later, by :func:`option_values`. Controls stay where they are when the
    address changes; only what :func:`shown_values` gives is put in anew.
    """
    shown = shown_values(query, path)
    return html.Section(
        [
            dcc.Store(id=FilterIds.ADDRESS, data=query.to_query_string()),
            html.Div(
                [
                    html.Div(
                        shown[FilterIds.PRESETS, "children"],
                        id=FilterIds.PRESETS,
                        className="segments",
                        role="group",
                        **attributes(aria_label=t("filters.period")),
                    ),
                    build_menu(
                        [
                            build_icon("calendar3"),
                            html.Span(shown[FilterIds.CUSTOM, "children"], id=FilterIds.CUSTOM),
                        ],
                        [
                            html.Div(shown[FilterIds.SHORTCUTS, "children"], id=FilterIds.SHORTCUTS),
                            build_date_range(
                                html.Div(
                                    shown[FilterIds.DATES, "children"], id=FilterIds.DATES, className="date-range"
                                ),
                                today(),
                            ),
                            build_apply(FilterIds.APPLY),
                        ],
                    ),
                    _build_interval(query),
                    *_build_menus(query),
                    dbc.Switch(
                        id=FilterIds.COMPARE,
                        label=t("filters.compare"),
                        value=query.compare,
                        class_name="filter-switch",
                    ),
                ],
                className="filter-row",
            ),
            html.Div(shown[FilterIds.SHOWN, "children"], id=FilterIds.SHOWN, className="filter-shown"),
        ],
        className="filter-bar",
        **attributes(
            aria_label=t("filters.title"), data_address=FilterIds.ADDRESS.value, data_path=path, data_controls=CONTROLS
        ),
    )


def shown_values(query: AnalyticsQuery, path: str) -> dict[tuple[str, str], Any]:
    """What of the bar follows the address, by component and property."""
    others = [preset for preset in Preset if preset not in SHORTEST]
    custom = period_text(query.period, alone=True) if query.preset is None else t("filters.custom")
    return {
        (FilterIds.PRESETS, "children"): _build_presets(query, path, SHORTEST),
        (FilterIds.CUSTOM, "children"): t(f"filters.preset.{query.preset}") if query.preset in others else custom,
        (FilterIds.SHORTCUTS, "children"): build_shortcuts(_build_presets(query, path, others)),
        (FilterIds.DATES, "children"): build_date_fields(RANGE, query.period),
        (FilterIds.INTERVAL, "options"): _interval_options(query),
        (FilterIds.SHOWN, "children"): [
            _build_reading(query),
            *_build_chips(query, path),
            *problem_notes(query.problems),
        ],
    }


def option_values(query: AnalyticsQuery, options: FilterOptions) -> dict[tuple[Any, str], Any]:
    """First data for the bar: what can be chosen; what is chosen stays listed even when not seen any more."""
    return {
        (FilterIds.OPERATORS, "options"): choices(options.operators, query.operators, operator_name),
        (FilterIds.SENDERS, "options"): choices(options.sender_ids, query.sender_ids),
    }


def choices(known: Iterable[str], chosen: Iterable[str], name: Any = str) -> list[dict[str, str]]:
    return [{"value": value, "label": name(value)} for value in dict.fromkeys((*known, *chosen))]


def operator_name(key: str) -> str:
    """A network's own name; ``other`` in words."""
    return t("operator.other") if key == "other" else key


def status_choices() -> list[dict[str, str]]:
    return [{"value": status.value, "label": t(f"status.{status}")} for status in MessageStatus]


def problem_notes(problems: Iterable[Problem]) -> list[Component]:
    """What was put right in the address, each said once."""
    return [
        html.P([build_icon("info-circle"), t(f"filters.problem.{problem}")], className="filter-problem", role="status")
        for problem in dict.fromkeys(problems)
    ]


def _build_presets(query: AnalyticsQuery, path: str, offered: Iterable[Preset]) -> list[Component]:
    now, calendar = today(), locale().calendar
    links: list[Component] = []
    for preset in offered:
        active = query.preset is preset
        text: list[Any] = [t(f"filters.preset.{preset}")]
        if active:
            text.append(html.Span(t("filters.selected"), className="visually-hidden"))
        href = address_of(path, query.on(preset, now, calendar))
        links.append(dcc.Link(text, href=href, className=f"segment{' active' if active else ''}"))
    return links


def _build_reading(query: AnalyticsQuery) -> Component:
    """The span in words, and in the other calendar: Afghanistan's businesses live in both."""
    period = query.period
    other = spans.days_other_calendar(period.start, period.end)
    parts: list[Any] = [html.Span(period_text(period, alone=True)), html.Span(other, className="filter-other-calendar")]
    if query.compare:
        parts.append(html.Span(t("filters.compared_with", period=period_text(period.previous()))))
    return html.P(parts, className="filter-reading")


def _build_interval(query: AnalyticsQuery) -> Component:
    select = dbc.Select(
        id=FilterIds.INTERVAL,
        options=_interval_options(query),
        value=query.chosen_interval or AUTOMATIC,
        size="sm",
        class_name="filter-select",
    )
    return html.Label([html.Span(t("filters.interval"), className="visually-hidden"), select])


def _interval_options(query: AnalyticsQuery) -> list[dict[str, str]]:
    allowed = query.period.allowed_intervals()
    automatic = t("filters.interval.auto", interval=t(f"filters.interval.{query.period.best_interval()}"))
    named = [{"value": i.value, "label": t(f"filters.interval.{i}")} for i in Interval if i in allowed]
    return [{"value": AUTOMATIC, "label": automatic}, *named]


def _build_menus(query: AnalyticsQuery) -> list[Component]:
    return [
        build_choice_menu(
            FilterIds.OPERATORS,
            t("filters.operator"),
            choices((), query.operators, operator_name),
            query.operators,
        ),
        build_choice_menu(FilterIds.SENDERS, t("filters.sender"), choices((), query.sender_ids), query.sender_ids),
        build_choice_menu(FilterIds.STATUSES, t("filters.status"), status_choices(), query.statuses),
    ]


def _build_chips(query: AnalyticsQuery, path: str) -> list[Component]:
    chips = []
    for field, label, name in (
        ("operators", "filters.operator", operator_name),
        ("sender_ids", "filters.sender", str),
        ("statuses", "filters.status", lambda value: t(f"status.{value}")),
    ):
        chosen = getattr(query, field)
        for value in chosen:
            left: Any = {field: tuple(other for other in chosen if other != value)}
            rest = replace(query, **left)
            text = t("filters.chip", name=t(label), value=isolate(name(value)))
            chips.append(build_chip(text, address_of(path, rest), t("filters.remove", filter=text)))
    if not chips:
        return []
    cleared = replace(query, operators=(), sender_ids=(), statuses=())
    chips.append(html.Li(dcc.Link(t("filters.clear"), href=address_of(path, cleared), className="chips-clear")))
    return [html.Ul(chips, className="chips", **attributes(aria_label=t("filters.active")))]
