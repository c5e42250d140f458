"""What Plotly needs to know to write a date or a number of its own in the reader's language.

Our figures leave it nothing to write: ticks, hover and labels come finished, the mode bar is off. Should a chart ever
leave it an axis of dates, its own file for Persian would put Solar Hijri months on Gregorian days, and it has none for
Pashto; so each graph brings its own.
"""

from __future__ import annotations

from typing import Any

from components.charts.plotly import GRAPH_CONFIG
from portal.i18n import DEFAULT_TAG, Locale, locale, names


def graph_config() -> dict[str, Any]:
    """The configuration of every ``dcc.Graph``; in English Plotly's own words are right."""
    reader = locale()
    if reader.language == DEFAULT_TAG:
        return GRAPH_CONFIG
    return {**GRAPH_CONFIG, "locale": reader.tag, "locales": {reader.tag: {"format": format_of(reader)}}}


def format_of(reader: Locale) -> dict[str, Any]:
    """Plotly's ``format`` of a locale: names by d3's order (weeks begin on Sunday there), day before month."""
    decimal, thousands = names.separators(reader.language, "latn")  # the only digits that it writes
    return {
        "months": names.gregorian_months(reader.language),
        "shortMonths": names.gregorian_months(reader.language, short=True),
        "days": names.weekdays(reader.language),
        "shortDays": names.weekdays(reader.language, short=True),
        "decimal": decimal,
        "thousands": thousands,
        "date": "%d/%m/%Y",
        "dateTime": "%H:%M %d %B %Y",
        "year": "%Y",
        "month": "%b %Y",
        "dayMonth": "%-d %b",
        "dayMonthYear": "%-d %b %Y",
    }
