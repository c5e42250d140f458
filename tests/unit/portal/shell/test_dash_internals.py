"""Names of Dash that it does not promise to keep. A failure here says which one moved; nothing else needs to be searched."""

from __future__ import annotations

import inspect
import json
from importlib.metadata import version

import dash
import flask
import pytest
from dash import ALL, Input, Output, Patch, State, dcc, html

from portal.shell import PortalDash, dash_internals
from tests.support.still import listed, restored


def test_dash_is_the_version_that_these_names_were_checked_with() -> None:
    assert version("dash") == "4.4.1", "check every name in portal/shell/dash_internals.py, then change this line"


@pytest.mark.parametrize(
    "name", ["_config", "_layout_value", "_setup_server", "get_layout", "index", "enable_pages", "strip_relative_path"]
)
def test_dash_method_is_where_the_shell_expects_it(name: str) -> None:
    assert inspect.isfunction(getattr(dash.Dash, name, None)), f"dash.Dash.{name} moved"


def test_dash_constructor_sets_pages_up_by_the_overridden_method(app: PortalDash) -> None:
    outputs = [callback["output"] for callback in dash_internals.callbacks(app)]
    assert any(dash_internals.CONTENT_ID in output for output in outputs)
    assert not app._inline_scripts, "Dash added an inline script"


def test_ids_that_callbacks_read_set_or_set_while_they_run_are_reached() -> None:
    app = dash.Dash("reached", server=flask.Flask("reached"), add_log_handler=False)
    app.layout = html.Div()
    app.callback(
        [Output("one", "children"), Output("two", "children", allow_duplicate=True)],
        Input("asked", "n_clicks"),
        State({"type": "field", "name": ALL}, "value"),
        State("beside", "data"),
        running=[(Output("waiting", "hidden"), False, True)],
        prevent_initial_call=True,
    )(lambda *_: ("", ""))
    app.callback(Output("alone", "children"), Input("asked", "n_clicks"))(lambda _: "")
    app._setup_server()
    found = {name for name in dash_internals.reached(app) if not name.startswith("{")}
    assert found >= {"one", "two", "asked", "beside", "waiting", "alone"}
    assert not found & {"field", "children"}


@pytest.mark.parametrize("script", dash_internals.SCRIPTS)
def test_dash_ships_each_script_of_the_bundle(script: tuple[str, str]) -> None:
    assert dash_internals.package_file(*script)


def test_renderer_asks_for_plotly_where_the_table_has_it() -> None:
    renderer = dash_internals.package_file("dash", "dash-renderer/build/dash_renderer.min.js").decode()
    assert dash_internals.PLOTLY_PATH in renderer


def test_bundle_order_is_the_order_in_which_dash_loads_the_same_scripts(app: PortalDash) -> None:
    tags = app._generate_scripts_html()
    places = [tags.find(path.rsplit("/", 1)[-1].split(".")[0]) for _package, path in dash_internals.SCRIPTS]
    assert -1 not in places
    assert places == sorted(places)


def test_component_tells_its_namespace_type_and_properties() -> None:
    link = dcc.Link("x", href="/y", id={"type": "a", "index": 1})
    assert dash_internals.kind_of(link) == ("dash_core_components", "Link")
    assert dash_internals.kind_of(html.Div()) == ("dash_html_components", "Div")
    assert dash_internals.props_of(link)["href"] == "/y"
    assert dash_internals.dom_id(link.id) == '{"index":1,"type":"a"}'


def test_answers_are_written_as_dash_writes_them() -> None:
    """By another writer, which Dash really uses: the same JSON for all that pages are made of."""
    assert "jsonResponse = to_json(response)" in inspect.getsource(dash._callback)
    assert dash._callback.to_json is dash_internals.to_json
    patch = Patch()
    patch["rows"].append(html.Tr(html.Td("سلام")))
    figure = {"data": [{"type": "bar", "x": ["2026-11-01"], "y": [1.5, None, 12345678901]}], "layout": {"meta": {}}}
    answer = {
        "multi": True,
        "response": {
            "page": {"children": [html.P("x", title="<b>"), dcc.Graph(id="g", figure=figure), None, 4, True]},
            "link": {"props": dcc.Link("y", href="/y", id={"type": "a", "index": 1})},
            "patched": {"children": patch},
        },
    }
    theirs = json.loads(dash._utils.to_json(answer))
    assert listed(restored(json.loads(dash_internals.to_json(answer)))) == listed(theirs)


def test_query_parameters_give_a_list_for_a_repeated_name() -> None:
    assert dash_internals.query_parameters("?a=1&b=2&b=3") == {"a": "1", "b": ["2", "3"]}
    assert dash_internals.query_parameters(None) == {}


def test_script_json_cannot_end_its_element_or_a_line() -> None:
    text = dash_internals.to_script_json({"x": "</script><!--\u2028\u2029"})
    assert "<" not in text
    assert "\u2028" not in text
    assert "\u2029" not in text
    assert '"x"' in text


def test_config_says_nothing_about_the_machine(app: PortalDash) -> None:
    with app.server.test_request_context("/"):
        config = dash_internals.config(app)
    assert config["python_version"] == ""
    assert config["dash_version_url"] == ""
    assert config["suppress_callback_exceptions"] is True
    assert "validation_layout" not in config
