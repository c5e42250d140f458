"""Controls that filter bars are made of: a menu of choices, a date in the reader's calendar, removable chips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_icon
from portal.domain import params as read
from portal.domain import solar_hijri
from portal.i18n import fmt, locale, t

DATE_TYPE = "date-part"
_MONTHS_BACK = 14


def build_choice_menu(
    component_id: str, label: str, options: Sequence[Mapping[str, str]], chosen: Sequence[str]
) -> Component:
    """A button that opens a list to tick. Plain ``details``, so it works by keyboard; CSS marks it while some are."""
    return html.Details(
        [
            html.Summary([label, build_icon("chevron-down", className="menu-caret")], className="menu-button"),
            html.Div(
                [
                    dbc.Checklist(
                        id=component_id,
                        options=list(options),
                        value=list(chosen),
                        class_name="menu-choices",
                    ),
                ],
                className="menu-panel",
                role="group",
                **attributes(aria_label=label),
            ),
        ],
        className="menu",
        **attributes(data_menu=""),
    )


def build_menu(label: Sequence[Any], content: Sequence[Component | None]) -> Component:
    """A button, showing ``label``, that opens a panel."""
    return html.Details(
        [
            html.Summary([*label, build_icon("chevron-down", className="menu-caret")], className="menu-button"),
            html.Div(list(content), className="menu-panel"),
        ],
        className="menu",
        **attributes(data_menu=""),
    )


def build_apply(component_id: str) -> Component:
    """The button below date fields: a date is taken when it is finished, not while it is being typed."""
    return html.Button(t("filters.apply"), id=component_id, type="button", className="btn btn-primary btn-sm")


def date_id(field: str, part: str) -> dict[str, str]:
    return {"type": DATE_TYPE, "field": field, "part": part}


def build_date_field(field: str, label: str, day: dt.date, today: dt.date) -> Component:
    """A date in the reader's calendar: the browser's own field for Gregorian, day and month lists for Solar Hijri.

    Browsers have no Solar Hijri date field, and one in another calendar than the rest of the page misleads.
    """
    if locale().calendar != "persian":
        control = dbc.Input(
            id=date_id(field, "iso"),
            type="date",
            value=day.isoformat(),
            max=today.isoformat(),
            size="sm",
        )
        return html.Label([html.Span(label, className="field-label"), control], className="field")
    year, month, day_of_month = solar_hijri.from_gregorian(day)
    days = [{"value": str(n), "label": fmt.digits(str(n))} for n in range(1, 32)]
    months = _months(min(day, today), today)
    controls = html.Span(
        [
            _build_part(field, "day", t("filters.day"), days, str(day_of_month)),
            _build_part(field, "month", t("filters.month"), months, f"{year}-{month}"),
        ],
        className="date-parts",
    )
    return html.Div(
        [html.Span(label, className="field-label"), controls],
        className="field",
        role="group",
        **attributes(aria_label=label),
    )


def _build_part(field: str, part: str, label: str, options: list[dict[str, str]], value: str) -> Component:
    select = dbc.Select(id=date_id(field, part), options=options, value=value, size="sm", class_name=f"date-{part}")
    return html.Label([html.Span(label, className="visually-hidden"), select])


def _months(earliest: dt.date, today: dt.date) -> list[dict[str, str]]:
    """The Solar Hijri months people may want, newest first, reaching back as far as ``earliest`` at least."""
    months: list[dict[str, str]] = []
    first = solar_hijri.month_start(today)
    while len(months) < _MONTHS_BACK or first > earliest - dt.timedelta(days=31):
        year, month, _ = solar_hijri.from_gregorian(first)
        months.append({"value": f"{year}-{month}", "label": fmt.date(first, "month")})
        first = solar_hijri.month_start(first - dt.timedelta(days=1))
        if len(months) >= 60:
            break
    return months


def parts_by_name(states: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """A date field's values by part, from what Dash says of a pattern of states (``ctx.states_list``)."""
    return {state["id"]["part"]: state.get("value") for state in states}


def read_date(parts: Mapping[str, str | None]) -> dt.date | None:
    """A date field's values by part → the day; None when it is not one.

    A day past the end of its month (31 in a month of 30) is the month's last: lists cannot forbid it.
    """
    if "iso" in parts:
        return read.as_date(parts["iso"] or "")
    try:
        year, month = (int(part) for part in (parts.get("month") or "").split("-"))
        day = min(int(parts.get("day") or ""), solar_hijri.month_length(year, month))
        return solar_hijri.to_gregorian(year, month, day)
    except ValueError:
        return None


def build_chip(text: str, href: str, remove_label: str) -> Component:
    """Something that is filtered by, with a way to take it back: a link, since the address is the state."""
    return html.Li(
        [
            html.Span(text, className="chip-text", dir="auto"),
            dcc.Link(
                [build_icon("x-lg"), html.Span(remove_label, className="visually-hidden")],
                href=href,
                className="chip-remove",
            ),
        ],
        className="chip",
    )
