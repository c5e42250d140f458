from __future__ import annotations

from pathlib import Path

import pytest

from portal.shell import lint


@pytest.mark.parametrize(
    "source",
    [
        "dcc.Markdown('x', dangerously_allow_html=True)",
        "html.Script('x')",
        "html.Iframe(srcDoc='x')",
        "app.clientside_callback('function () {}', Output('a', 'b'))",
        "app.clientside_callback(f'function () {{}}', Output('a', 'b'))",
        "import pandas as pd",
        "import plotly.express as px",
        "from plotly import graph_objects as go",
        "from dash import dash_table",
        "import dash_ag_grid",
        "from dash import callback",
    ],
)
def test_lint_python_that_breaks_a_rule_is_found(source: str) -> None:
    assert list(lint.check_python(Path("x.py"), source))


@pytest.mark.parametrize(
    "source",
    [
        "app.clientside_callback(ClientsideFunction('portal', 'x'), Output('a', 'b'))",
        "from plotly.io import json",
        "html.Div(html.P('x'), className='y')",
        "app.callback(Output('a', 'b'))(show)",
    ],
)
def test_lint_python_that_keeps_the_rules_is_left_alone(source: str) -> None:
    assert not list(lint.check_python(Path("x.py"), source))


@pytest.mark.parametrize(
    "source",
    [
        "a { margin-left: 1px }",
        "a{left:0}",
        "a { text-align: right; }",
        "a { border-top-left-radius: 1px }",
        "a{float:left}",
    ],
)
def test_lint_stylesheet_with_a_side_is_found(source: str) -> None:
    assert list(lint.check_stylesheet(Path("x.css"), source))


@pytest.mark.parametrize(
    "source", ["a { margin-inline-start: 1px }", ".ms-left { color: red }", "/* left: 1px */", "a { inset-inline: 0 }"]
)
def test_lint_stylesheet_with_logical_sides_is_left_alone(source: str) -> None:
    assert not list(lint.check_stylesheet(Path("x.css"), source))


@pytest.mark.parametrize("source", ["fetch('https://example.org/x')", "@import url(//cdn.example.org/a.css);"])
def test_lint_asset_that_names_another_site_is_found(source: str) -> None:
    assert list(lint.check_asset(Path("x.js"), source))


@pytest.mark.parametrize(
    "source", ["/* see https://example.org/licence */ x", "'http://www.w3.org/2000/svg'", "x // a comment"]
)
def test_lint_asset_with_a_licence_or_namespace_is_left_alone(source: str) -> None:
    assert not list(lint.check_asset(Path("x.js"), source))


@pytest.mark.parametrize("source", ["<p style='x'>", "<a onclick='x()'>", "<script>x()</script>", "<style>a{}</style>"])
def test_lint_template_that_the_policy_refuses_is_found(source: str) -> None:
    assert list(lint.check_template(Path("x.html"), source))


@pytest.mark.parametrize("source", ['<style nonce="{{ csp_nonce() }}">a{}</style>', "<p class='x'>on = off</p>"])
def test_lint_template_that_the_policy_takes_is_left_alone(source: str) -> None:
    assert not list(lint.check_template(Path("x.html"), source))


def test_lint_of_this_repository_finds_nothing() -> None:
    assert lint.findings() == []
