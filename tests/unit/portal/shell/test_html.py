from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from portal.shell.controls import CONTROLS
from portal.shell.first_data import Filled
from portal.shell.html import Renderer


def render(tree: Any, charts: dict[str, Any] | None = None) -> str:
    return Renderer(lambda chart: f"<svg data-chart='{chart}'></svg>").html(Filled(tree, charts or {}))


def test_text_and_attributes_are_escaped() -> None:
    assert render(html.P("<b>&", title='"><script>')) == '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</p>'


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"])), attribute=st.text())
def test_no_text_becomes_markup(text: str, attribute: str) -> None:
    seen = _Seen()
    seen.feed(render(html.P(text, title=attribute, id=attribute, className=attribute, **{"data-x": attribute})))
    seen.close()
    assert seen.tags == ["p"]
    assert set(seen.attributes) <= {"title", "id", "class", "data-x"}
    assert seen.text == text


@pytest.mark.parametrize("href", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_link_with_a_dangerous_scheme_loses_its_address(href: str) -> None:
    assert render(html.A("x", href=href)) == "<a>x</a>"


@pytest.mark.parametrize("href", ["/a?b=1:2", "https://example.org/x", "mailto:a@b.example", "#main", "?q=a:b", "page"])
def test_link_with_a_harmless_address_keeps_it(href: str) -> None:
    assert render(dcc.Link("x", href=href)) == f'<a href="{href}">x</a>'


def test_style_property_becomes_a_class_and_never_an_attribute() -> None:
    renderer = Renderer()
    text = renderer.html(
        Filled(html.Div(html.P("x", style={"minHeight": 12, "opacity": 1}), style={"color": "red;}x"}))
    )
    assert "style=" not in text
    assert text == '<div><p class="first-style-0">x</p></div>'
    assert renderer.styles.css() == ".first-style-0{min-height:12px;opacity:1}"


@pytest.mark.parametrize("value", ["red}body{display:none", "url(https://x.example)", "</style>", "expression('x')"])
def test_style_value_that_is_not_plain_is_left_out(value: str) -> None:
    renderer = Renderer()
    renderer.html(Filled(html.P("x", style={"color": value})))
    assert renderer.styles.css() == ""


def test_elements_that_run_or_load_are_left_out() -> None:
    tree = html.Div([html.Script("x"), html.Iframe(srcDoc="x"), html.ObjectEl(data="x"), html.Embed(src="x"), "y"])
    assert render(tree) == "<div>y</div>"


def test_dash_properties_do_not_become_attributes() -> None:
    assert (
        render(html.Button("x", id="b", n_clicks=3, disabled=False, hidden=True)) == '<button hidden id="b">x</button>'
    )


def test_graph_holds_the_drawn_chart_under_its_id() -> None:
    text = render(dcc.Graph(id="g", figure={}, className="tall"), {"g": "one"})
    assert text == '<div class="dash-graph tall" id="g"><svg data-chart=\'one\'></svg></div>'


@pytest.mark.parametrize("silent", [dcc.Store(id="s"), dcc.Location(id="l"), dcc.Interval(id="i"), dbc.Modal("x")])
def test_component_that_shows_nothing_draws_nothing(silent: Any) -> None:
    assert render(html.Div(silent)) == "<div></div>"


@pytest.mark.parametrize(
    ("component", "drawn"),
    [
        (dcc.Link("x", href="/y", className="z"), '<a class="z" href="/y">x</a>'),
        (dbc.Label("x", html_for="i"), '<label class="form-label" for="i">x</label>'),
        (dbc.Textarea(id="t", value="<v>", rows=2), '<textarea class="form-control" id="t" readonly rows="2">&lt;v&gt;</textarea>'),
        (dbc.Input(id="i", value="v", size="sm"), '<input class="form-control form-control-sm" id="i" readonly value="v">'),
        (
            dbc.Select(id="s", options=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}], value="b"),
            '<select class="form-select" disabled id="s"><option value="a">A</option><option selected value="b">B</option></select>',
        ),
        (
            dbc.RadioItems(id="r", options=[{"value": "a", "label": "A"}], value="a", inline=True),
            '<div id="r"><div class="form-check form-check-inline"><input class="form-check-input" checked disabled type="radio" value="a">'
            '<label class="form-check-label">A</label></div></div>',
        ),
        (
            dbc.Switch(id="w", label="A", value=False),
            '<div class="form-check form-switch" id="w"><input class="form-check-input" disabled type="checkbox">'
            '<label class="form-check-label">A</label></div>',
        ),
    ],
)  # fmt: skip
def test_control_is_drawn_as_react_would(component: Any, drawn: str) -> None:
    assert render(component) == drawn


def test_component_without_a_drawing_keeps_its_children() -> None:
    assert render(dbc.Accordion(html.P("x"), id="a")) == '<div id="a"><p>x</p></div>'


def test_what_the_browser_can_draw_the_server_can_too() -> None:
    components = json.loads((Path(__file__).parents[4] / "tools/vendor/manifest.json").read_text())["components"]
    shipped = {
        (namespace, name)
        for namespace in ("dash_core_components", "dash_bootstrap_components")
        for name in components[namespace]
    }
    assert {*CONTROLS, ("dash_core_components", "Graph")} == shipped
