"""Tables of figures, which become cards on narrow screens: numbers at the end of their column, a sum at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.attributes import attributes


@dataclass(frozen=True, slots=True)
class Column:
    """``number``: its cells are figures, aligned at the end."""

    name: str
    number: bool = False


def build_sheet(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, foot: bool = False
) -> Component:
    """Rows of cells in the order of the columns; the first cell names its row. ``foot``: the last row is the sum."""
    head = html.Tr([html.Th(column.name, scope="col", className=_look(column)) for column in columns])
    drawn = [_build_row(columns, row) for row in rows]
    body, sums = (drawn[:-1], drawn[-1:]) if foot else (drawn, [])
    return html.Table(
        [
            html.Caption(caption, className="visually-hidden"),
            html.Thead(head),
            html.Tbody(body),
            html.Tfoot(sums) if sums else None,
        ],
        className="sheet",
    )


def _build_row(columns: Sequence[Column], cells: Sequence[Any]) -> Component:
    first, *others = zip(columns, cells, strict=True)
    return html.Tr(
        [
            html.Th(first[1], scope="row", className="sheet-name"),
            *(
                html.Td(html.Div(cell), className=_look(column), **attributes(data_label=column.name))
                for column, cell in others
            ),
        ]
    )


def _look(column: Column) -> str:
    return "sheet-number" if column.number else ""
