"""A span of days: two fields that take any way of writing a day, and months to choose in, in the reader's calendar.

Browsers have no Solar Hijri date field, and the components there are have English months or arrows that point the wrong
way in right-to-left pages. What the fields hold is text; :func:`read_range` reads it. assets/js/dates.js draws the
months, by what :func:`_calendar` says, whenever the menu around them opens, and writes what is chosen into the fields.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import State, html
from dash.development.base_component import Component

from components.attributes import attributes
from portal.domain import solar_hijri
from portal.domain.params import EARLIEST
from portal.domain.periods import Period
from portal.domain.typed import LONGEST, read_day
from portal.i18n import fmt, locale, t
from portal.i18n.bidi import ltr

DATE_TYPE = "date"
_ENDS = ("from", "to")
_DAY, _START, _END = "{day}", "{start}", "{end}"  # the script puts days in their places


def date_id(name: str, end: str) -> dict[str, str]:
    """The id of the field of the first (``from``) or last (``to``) day of a range."""
    return {"type": DATE_TYPE, "range": name, "end": end}


def range_states(name: str) -> list[State]:
    """What is written in the fields of a range, the first day's before the last day's."""
    return [State(date_id(name, end), "value") for end in _ENDS]


def read_range(start: str | None, end: str | None) -> Period | None:
    """The span of what two fields hold, in whichever order; None where one of them is no day."""
    first, last = read_day(start or ""), read_day(end or "")
    return Period(*sorted((first, last))) if first and last else None


def write_day(day: dt.date) -> str:
    """A day as the fields show it: ``1405/09/06`` or ``2026-11-27``, in the reader's digits."""
    reader = locale()
    if reader.calendar == "persian":
        return fmt.digits("{:d}/{:02d}/{:02d}".format(*solar_hijri.from_gregorian(day)))
    return fmt.digits(day.isoformat())


def build_date_fields(name: str, period: Period) -> list[Component]:
    """The two fields, holding ``period``: the part of a range that follows the address."""
    days = zip(_ENDS, (t("filters.from"), t("filters.to")), (period.start, period.end), strict=True)
    return [_build_field(name, end, label, day) for end, label, day in days]


def _build_field(name: str, end: str, label: str, day: dt.date) -> Component:
    problem = f"{name}-{end}-problem"
    field = dbc.Input(
        id=date_id(name, end),
        type="text",
        value=write_day(day),
        autoComplete="off",
        maxLength=LONGEST,
        size="sm",
        class_name="date-field",
    )
    label_and_field = html.Label([html.Span(label, className="field-label"), field], className="field")
    return html.Div([label_and_field, html.Div(id=problem, className="date-problem")], className="date-end")


def build_date_range(fields: Component, today: dt.date) -> Component:
    """Months, fields and what is said of them; ``fields`` is the element that has :func:`build_date_fields`.

    Days after ``today`` and before all that is kept cannot be chosen.
    """
    example = ltr(write_day(today))
    return html.Div(
        [
            html.Div(className="calendar", role="group", **attributes(aria_label=t("dates.choose"))),
            html.P(className="calendar-said", role="status"),
            fields,
            html.P(t("dates.help", example=example), className="date-help"),
        ],
        className="date-choice",
        **attributes(data_date_range=json.dumps(_calendar(today, example), ensure_ascii=False, separators=(",", ":"))),
    )


def _calendar(today: dt.date, example: str) -> dict[str, Any]:
    """What the script must know of the reader: days are ISO 8601, weekdays ISO numbers, in the reader's order."""
    reader = locale()
    calendars = [reader.calendar, reader.other_calendar] if reader.beside else [reader.calendar]
    return {
        "calendars": {calendar: fmt.month_names(calendar) for calendar in calendars},
        "week": [[iso, fmt.weekday_letter(iso), fmt.weekday(iso, short=False)] for iso in fmt.week()],
        "off": list(reader.weekend),
        "zero": fmt.digits("0"),
        "first": EARLIEST.isoformat(),
        "today": today.isoformat(),
        "texts": {
            **{name: t(f"dates.{name}") for name in ("previous", "next", "year_before", "year_after")},
            **{name: t(f"dates.{name}") for name in ("today", "weekend")},
            "begun": t("dates.begun", day=_DAY),
            "chosen": t("dates.chosen", start=_START, end=_END),
            "chosen_day": t("dates.chosen_day", day=_DAY),
            "both": t("date.both", date=_DAY, other="{other}"),
            "no_day": t("dates.no_day", example=example),
            "outside": t("dates.outside", start=fmt.date(EARLIEST, alone=True), end=fmt.date(today, alone=True)),
        },
    }


def build_shortcuts(links: Sequence[Component]) -> Component:
    """Spans that are chosen by one click, above the months."""
    return html.Div(list(links), className="date-shortcuts")
