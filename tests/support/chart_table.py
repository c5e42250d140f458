"""The table behind a chart as its description has it: what the script's table is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from components.charts.spec import Chart, Kind, Series


@dataclass(frozen=True, slots=True)
class Cell:
    """``raw`` is a plain number or an ISO date, empty for a gap."""

    text: str
    raw: str


@dataclass(frozen=True, slots=True)
class Row:
    """``href`` is the log of the row's messages, where there are any; ``cells`` are the texts of the chart's hover."""

    heading: Cell
    href: str | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    headings: tuple[Cell, ...]
    rows: tuple[Row, ...]


def table(chart: Chart) -> Table:
    """Categories down, series across; a gap is an en dash, as everywhere."""
    more = chart.cloud.columns if chart.cloud else ()
    series = (*chart.drawn(), *more)
    rows = tuple(
        Row(
            heading=Cell(label.rstrip("\u200b"), key),
            href=chart.href(None, index) if any(one.values[index] for one in (*chart.series, *more)) else None,
            cells=tuple(_cell(chart, one, index) for one in series),
        )
        for index, (key, label) in enumerate(zip(chart.x.keys, chart.x.labels, strict=True))
    )
    return Table((Cell(chart.x.title, "key"), *(Cell(one.name, one.key) for one in series)), rows)


def _cell(chart: Chart, series: Series, index: int) -> Cell:
    """What hover says, except in a heatmap, where row and column already say the hour and the day."""
    value = series.values[index]
    if value is None:
        return Cell("–", "")
    text = series.labels[index] if chart.kind is Kind.HEATMAP else series.texts[index]
    return Cell(text, str(int(value)) if float(value).is_integer() else repr(float(value)))
