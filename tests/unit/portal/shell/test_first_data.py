from __future__ import annotations

import pytest
from dash import dcc, html

from portal.shell.first_data import ChartDrawing, UnknownComponent, fill


class Picture:
    """Stands for a chart description."""


FIGURE: dict[str, object] = {"data": [], "layout": {}}
PICTURED: dict[str, object] = {"data": [], "layout": {"meta": {"picture": ["svg", {}]}}}
DRAWING = ChartDrawing(Picture, lambda _chart: FIGURE, lambda _chart: "<svg></svg>", lambda _chart: PICTURED)


def test_fill_puts_values_in_by_id_and_leaves_the_layout_as_it_was() -> None:
    layout = html.Div([html.P(id="a"), html.P("kept", id="b"), html.P(id={"type": "x", "index": 2})])
    filled = fill(
        layout, {("a", "children"): "1", (("b"), "className"): "c", ('{"index":2,"type":"x"}', "children"): "3"}
    )
    first, second, third = filled.tree.children
    assert (first.children, second.children, second.className, third.children) == ("1", "kept", "c", "3")
    assert getattr(layout.children[0], "children", None) is None


def test_fill_reaches_components_inside_a_filled_value() -> None:
    filled = fill(html.Div(id="outer"), {("outer", "children"): html.P(id="inner"), ("inner", "children"): "x"})
    assert filled.tree.children.children == "x"


def test_fill_turns_a_chart_into_a_figure_and_remembers_it() -> None:
    picture = Picture()
    filled = fill(html.Div(dcc.Graph(id="g")), {("g", "figure"): picture}, DRAWING)
    assert filled.tree.children.figure == FIGURE
    assert filled.charts == {"g": picture}


def test_fill_turns_a_chart_of_the_layout_itself_into_a_figure() -> None:
    layout = html.Div(dcc.Graph(id="g"))
    layout.children.figure = Picture()
    assert fill(layout, {}, DRAWING).tree.children.figure == FIGURE


def test_fill_inside_the_application_gives_a_figure_its_picture() -> None:
    filled = fill(html.Div(dcc.Graph(id="g")), {("g", "figure"): Picture()}, DRAWING.inside())
    assert filled.tree.children.figure == PICTURED


def test_fill_copies_nothing_that_does_not_change() -> None:
    untouched = html.Div(html.P("x"))
    filled = fill(html.Div([untouched, html.P(id="a")]), {("a", "children"): "1"})
    assert filled.tree.children[0] is untouched


def test_fill_with_an_unknown_component_says_which() -> None:
    with pytest.raises(UnknownComponent, match="no-such-id"):
        fill(html.Div(id="a"), {("no-such-id", "children"): "1"})
