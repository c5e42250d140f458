"""The numbers behind a chart: rows for people, and CSV for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from components.charts.spec import Chart, Kind, Series


@dataclass(frozen=True, slots=True)
class Row:
    """``href`` is the log of the row's messages, where there are any; ``cells`` are the texts of the chart's hover."""

    label: str
    href: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def table(chart: Chart) -> Table:
    """Categories down, series across; a gap is an en dash, as everywhere."""
    series = chart.drawn()
    rows = tuple(
        Row(
            label=label,
            href=chart.href(None, index) if any(one.values[index] for one in chart.series) else None,
            cells=tuple(_cell(chart, one, index) for one in series),
        )
        for index, label in enumerate(chart.x.labels)
    )
    return Table((chart.x.title, *(one.name for one in series)), rows)


def _cell(chart: Chart, series: Series, index: int) -> str:
    """What hover says, except in a heatmap, where row and column already say the hour and the day."""
    if series.values[index] is None:
        return "–"
    return series.labels[index] if chart.kind is Kind.HEATMAP else series.texts[index]


def csv_text(chart: Chart) -> str:
    """Raw numbers and ISO dates, whatever the language, with a byte-order mark for spreadsheets; gaps are empty.

    A key that a spreadsheet would take for a formula is quoted with an apostrophe (OWASP, CSV injection).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["key", *(_harmless(one.key) for one in chart.drawn())])
    for index, key in enumerate(chart.x.keys):
        writer.writerow([_harmless(key), *(_raw(one.values[index]) for one in chart.drawn())])
    return "\ufeff" + out.getvalue()


def _raw(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and not text[1:].isdigit() else text
