"""Spans of days as the current reader writes them: in one calendar, or in both where that is wanted.

A reader of both calendars (``Locale.beside``) is told both wherever a day or a span is said in words. The first alone
(``alone``) stands where there is no room (under axes, above columns, on buttons whose value is said elsewhere) and
where the other stands beside it by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from portal.domain import solar_hijri
from portal.i18n import fmt
from portal.i18n.catalog import t
from portal.i18n.fmt import DateStyle
from portal.i18n.locales import locale


def days(first: dt.date, last: dt.date, *, years: bool = True, brief: bool = False, alone: bool = False) -> str:
    """A span of days, saying once what both ends share: ``1 – 31 Oct 2026``, ``28 Oct – 4 Nov 2026``.

    ``alone`` as for a date: for a reader of both calendars the other's span stands beside it, once; ``brief`` without
    its year, where room is short.
    """
    written = _span(first, last, years, locale().calendar, _in_first)
    if alone or not locale().beside:
        return written
    return t("date.both", date=written, other=days_other_calendar(first, last, years=years and not brief))


def days_other_calendar(first: dt.date, last: dt.date, *, years: bool = True) -> str:
    """The same span in the other of the two calendars."""
    return _span(first, last, years, locale().other_calendar, fmt.date_other_calendar)


def month(first: dt.date, last: dt.date, *, year: bool = True, alone: bool = False) -> str:
    """A Gregorian month, or what there is of it from ``first`` to ``last``, by its name: ``November 2026``.

    It has no name in the Solar Hijri calendar, which says its days. A reader of both calendars is told both.
    """
    style: DateStyle = "month" if year else "month_alone"
    if locale().calendar == "gregory":
        written, other = fmt.date(first, style), days_other_calendar(first, last, years=False)
    else:
        written, other = days(first, last, years=year, alone=True), fmt.date_other_calendar(first, style)
    return written if alone or not locale().beside else t("date.both", date=written, other=other)


def _in_first(day: dt.date, style: DateStyle) -> str:
    return fmt.date(day, style, alone=True)


def _span(first: dt.date, last: dt.date, years: bool, calendar: str, write: Callable[[dt.date, DateStyle], str]) -> str:
    end = write(last, "short" if years else "day")
    if first == last:
        return end
    from_year, from_month = _year_and_month(first, calendar)
    to_year, to_month = _year_and_month(last, calendar)
    start: DateStyle = "number"
    if from_year != to_year:
        start = "short" if years else "day"
    elif from_month != to_month:
        start = "day"
    return t("date.range", start=write(first, start), end=end)


def _year_and_month(day: dt.date, calendar: str) -> tuple[int, int]:
    return solar_hijri.from_gregorian(day)[:2] if calendar == "persian" else (day.year, day.month)
