from __future__ import annotations

from pathlib import Path

import pytest

from portal.shell import lint


@pytest.mark.parametrize("name", sorted(lint.RISKY_PROPERTIES))
def test_lint_dangerous_property_is_found_however_it_is_given(name: str) -> None:
    for source in (f"html.Div({name}='x')", f"x.{name} = 'x'", f"x['{name}'] = 'x'"):
        assert [text for _path, _line, text in lint.check_python(Path("x.py"), source)] == [
            f"{name}: {lint.RISKY_PROPERTIES[name]}"
        ], source
    assert list(lint.check_components(Path("x.py"), f"html.Div(**{{'{name}': 'x'}})"))


@pytest.mark.parametrize("name", sorted(lint.RISKY_ELEMENTS))
def test_lint_raw_element_is_found_however_it_is_named(name: str) -> None:
    for source in (f"html.{name}('x')", f"dash.html.{name}('x')", f"from dash.html import {name}"):
        assert list(lint.check_python(Path("x.py"), source)), source


@pytest.mark.parametrize(
    "source",
    [
        "Markup('<b>')",
        "markupsafe.Markup(text)",
        "render_template_string(text)",
        "app.clientside_callback(code, Output('a', 'b'))",
        "clientside_callback('function () {}', Output('a', 'b'))",
        "app.clientside_callback(clientside_function='x')",
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


@pytest.mark.parametrize(
    "source",
    [
        "fetch('https://example.org/x')",
        "@import url(//cdn.example.org/a.css);",
        "a { background: url( //cdn/a.png) }",
        "x = 'https://example.org'",
        "x = `https://example.org`",
        "x = 'https://example.org?y'",
        "x = 'http://192.0.2.1/x'",
        "x = 'http://localhost:9/x'",
        "x = 'https:\\/\\/example.org'",
        "new WebSocket('wss://' + host)",
        "import 'https://' + host",
    ],
)
def test_lint_asset_that_names_another_site_is_found(source: str) -> None:
    assert list(lint.check_asset(Path("x.js"), source))


@pytest.mark.parametrize(
    "source", ["/* see https://example.org/licence */ x", "'http://www.w3.org/2000/svg'", "x // a comment"]
)
def test_lint_asset_with_a_licence_or_namespace_is_left_alone(source: str) -> None:
    assert not list(lint.check_asset(Path("x.js"), source))


@pytest.mark.parametrize(
    "source",
    [
        "x.innerHTML = text",
        "x.innerHTML += text",
        "x.outerHTML = text",
        "frame.srcdoc = text",
        "x.insertAdjacentHTML('beforeend', text)",
        "range.createContextualFragment(text)",
        "x.setHTMLUnsafe(text)",
        "document.write(text)",
        "eval(text)",
        "new Function(text)",
        "setTimeout('run()', 5)",
        "setInterval(`run()`, 5)",
        "a.href = 'javascript:run()'",
    ],
)
def test_lint_script_that_makes_code_of_a_string_is_found(source: str) -> None:
    assert list(lint.check_script(Path("x.js"), source))


@pytest.mark.parametrize(
    "source",
    [
        "if (x.innerHTML === text) y()",
        "setTimeout(run, 5)",
        "x.textContent = text",
        "/* x.innerHTML = y */",
        "evaluate(x)",
        "markup.set.call(this, x)",
    ],
)
def test_lint_script_that_makes_elements_is_left_alone(source: str) -> None:
    assert not list(lint.check_script(Path("x.js"), source))


@pytest.mark.parametrize("source", ["<p>{{ text | safe }}</p>", "{% autoescape false %}", "<a href='javascript:x()'>"])
def test_lint_template_with_unescaped_text_is_found(source: str) -> None:
    assert list(lint.check_template(Path("x.html"), source))


@pytest.mark.parametrize("source", ["<p style='x'>", "<a onclick='x()'>", "<script>x()</script>", "<style>a{}</style>"])
def test_lint_template_that_the_policy_refuses_is_found(source: str) -> None:
    assert list(lint.check_template(Path("x.html"), source))


@pytest.mark.parametrize("source", ['<style nonce="{{ csp_nonce() }}">a{}</style>', "<p class='x'>on = off</p>"])
def test_lint_template_that_the_policy_takes_is_left_alone(source: str) -> None:
    assert not list(lint.check_template(Path("x.html"), source))


def test_lint_of_this_repository_finds_nothing() -> None:
    assert lint.findings() == []


def test_lint_fails_the_build(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each kind of file is looked at where it lies, and one finding is enough."""
    bad = {
        "components/x.py": "html.Div(**{'srcDoc': 'x'})",
        "pages/x.py": "html.Iframe()",
        "callbacks/x.py": "app.clientside_callback('x')",
        "portal/web/x.py": "Markup('x')",
        "portal/web/templates/x.html": "{{ x|safe }}",
        "assets/js/x.js": "eval(x)",
        "assets/vendor/x.js": "'https://example.org'",
        "assets/css/x.css": "a { left: 0 }",
    }
    for name, text in bad.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    found = lint.findings(tmp_path)
    monkeypatch.setattr(lint, "findings", lambda: found)
    assert lint.main() == 1
    said = capsys.readouterr().err
    assert all(f"{name}:1: " in said for name in bad)
