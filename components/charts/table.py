"""The numbers behind a chart: what people read, and beside each the raw value that programs read.

The page's own table is the source of the CSV download (``assets/js/actions.js``), so the two cannot differ. With
script, ``assets/js/chart_tables.js`` makes the same table out of the figure when it is opened; here it is made for the
HTML that the server draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from components.charts.remembered import once
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
    series = chart.drawn()
    rows = tuple(
        Row(
            heading=Cell(label.rstrip("\u200b"), key),
            href=chart.href(None, index) if any(one.values[index] for one in chart.series) else None,
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


def table_id(graph_id: str) -> str:
    """The id of the table behind a graph."""
    return f"{graph_id}-rows"


@once
def table_html(chart: Chart) -> str:
    """The table as HTML: each row leads to its messages, ``data-value`` is what the CSV takes."""
    numbers = table(chart)
    first, *others = numbers.headings
    head = f'<th scope="col"{_value(first)}>{escape(first.text)}</th>'
    head += "".join(f'<th scope="col" class="text-end"{_value(cell)}>{escape(cell.text)}</th>' for cell in others)
    body = "".join(_row_html(row) for row in numbers.rows)
    caption = escape(chart.question or chart.title)
    return (
        f'<table class="table table-sm mb-0"><caption class="visually-hidden">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _row_html(row: Row) -> str:
    name = escape(row.heading.text)
    if row.href:
        name = f'<a href="{escape(row.href)}">{name}</a>'
    cells = "".join(f'<td class="text-end"{_value(cell)}>{escape(cell.text)}</td>' for cell in row.cells)
    return f'<tr><th scope="row" class="fw-normal"{_value(row.heading)}>{name}</th>{cells}</tr>'


def _value(cell: Cell) -> str:
    return f' data-value="{escape(cell.raw)}"'
