"""What no callback can reach is written as elements, and is what Dash would have made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dash
import dash_bootstrap_components as dbc
import flask
import pytest
from dash import Patch, dcc, html

from portal.shell import PortalDash, dash_internals
from portal.shell.parts import EXTENSION
from portal.shell.pieces import Drawn
from tests.support import portal_on_fakes
from tests.support.still import listed, restored


def written(value: Any) -> Any:
    return json.loads(dash_internals.to_json(value))


def asking_for(path: str) -> dict[str, Any]:
    """What the renderer sends when a link inside the application leads to a page."""
    outputs = [(dash_internals.CONTENT_ID, "children"), (dash_internals.STORE_ID, "data")]
    return {
        "output": f"..{'...'.join(map('.'.join, outputs))}..",
        "outputs": [{"id": component_id, "property": prop} for component_id, prop in outputs],
        "inputs": [{"id": dash_internals.LOCATION_ID, "property": "pathname", "value": path}],
        "state": [{"id": dash_internals.LOCATION_ID, "property": "search", "value": ""}],
        "changedPropIds": [f"{dash_internals.LOCATION_ID}.pathname"],
    }


def still(*parts: Any) -> dict[str, Any]:
    return {"props": {"parts": list(parts)}, "type": "Still", "namespace": "portal"}


def test_part_without_an_id_is_elements() -> None:
    tree = html.P(["Sent ", html.Time("now", dateTime="2026-11-01"), 4, None, dcc.Link("x", href="/x")], title="t")
    assert written(tree) == still(
        ["P", {"title": "t"}, "Sent ", ["Time", {"dateTime": "2026-11-01"}, "now"], 4, ["Link", {"href": "/x"}, "x"]]
    )


@pytest.mark.parametrize(
    "answering",
    [
        html.B("x", id="b"),
        html.B("x", id={"type": "b", "index": 1}),
        html.B("x", n_clicks=0),
        dbc.Label("x"),
        dcc.Graph(figure={}),
        dcc.Link("x", href="/x", id="link"),
    ],
)
def test_what_may_answer_stays_a_component_in_its_place(answering: Any) -> None:
    found = written(html.Div([html.P("still"), html.Section(["a", answering, html.B("c"), html.I(answering)])]))
    alone = written(answering)
    assert (alone["type"], alone["namespace"]) == (answering._type, answering._namespace)
    part = ["Div", {}, ["P", {}, "still"], ["Section", {}, "a", [0], ["B", {}, "c"], ["I", {}, [1]]]]
    assert found["props"] == {"parts": [part], "children": [alone, alone]}


@pytest.fixture
def application() -> flask.Flask:
    """One whose callbacks name the component "answers"."""
    server = flask.Flask("reached")
    server.extensions[dash_internals.REACHED] = frozenset({"answers"})
    return server


def test_element_whose_id_no_callback_names_is_none_that_answers(application: flask.Flask) -> None:
    tree = html.Section([html.H2("x", id="heading"), html.P("y", id="answers")], id="part")
    with application.app_context():
        found = written(tree)
    part = ["Section", {"id": "part"}, ["H2", {"id": "heading"}, "x"], [0]]
    assert found["props"]["parts"] == [part]
    assert found["props"]["children"] == [written(html.P("y", id="answers"))]


@pytest.mark.parametrize(
    "answering", [html.B("x", id={"type": "b"}), html.B("x", id="b", n_clicks=0), dbc.Input(id="b")]
)
def test_what_a_pattern_may_name_or_what_is_pressed_answers_whatever_its_id(
    application: flask.Flask, answering: Any
) -> None:
    with application.app_context():
        assert written(answering)["type"] == answering._type


def test_still_neighbours_are_one_component_and_texts_alone_are_texts() -> None:
    tree = html.Div(["a", html.B("b"), " ", html.I("c"), html.P(id="p"), "d", html.P(id="q"), None, "e"], id="all")
    first, second, *rest = written(tree)["props"]["children"]
    assert first == still("a", ["B", {}, "b"], " ", ["I", {}, "c"])
    assert second["props"]["id"] == "p"
    assert (rest[0], rest[2], rest[3]) == ("d", None, "e")


def test_what_is_appended_is_appended_one_by_one() -> None:
    """The places that a callback counts are those of what it was given."""
    patch = Patch()
    patch.extend([html.Li("a"), html.Li("b")])
    (operation,) = written(patch)["operations"]
    assert operation["params"]["value"] == [still(["Li", {}, "a"]), still(["Li", {}, "b"])]


@pytest.mark.parametrize("tag", ["en", "fa-AF"])
def test_every_page_is_the_page_that_dash_would_write(
    tmp_path_factory: pytest.TempPathFactory, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir: Path = tmp_path_factory.getbasetemp() / "shell"
    told: list[tuple[Any, Any]] = []
    writer = dash_internals.to_json

    def both(value: Any) -> str:
        text = writer(value)
        told.append((json.loads(text), json.loads(dash._utils.to_json(value))))
        return text

    monkeypatch.setitem(vars(dash._callback), "to_json", both)
    monkeypatch.setattr(PortalDash, "_same", PortalDash._filled)  # nothing that was drawn before
    server, _app = portal_on_fakes.build(data_dir, tag=tag)
    del server.extensions[EXTENSION]
    client = server.test_client()
    for path in portal_on_fakes.PAGES:
        assert client.post(dash_internals.CALLBACK_PATH, json=asking_for(path)).status_code == 200
    for ours, theirs in told:
        assert listed(restored(ours)) == listed(theirs)
    assert len(told) == len(portal_on_fakes.PAGES)


def test_what_was_drawn_before_is_an_element_among_others() -> None:
    """Rows of a log are drawn once, each by itself; a page that holds fifty is one component all the same."""
    row, pressed = html.Tr([html.Td("<a>")]), html.Tr(html.Td("b", n_clicks=0))
    drawn = Drawn("", dash_internals.to_script_json(row), still=dash_internals.to_still_json(row))
    answering = Drawn("", dash_internals.to_script_json(pressed), still=dash_internals.to_still_json(pressed))
    assert written(html.Tbody([drawn, "-", drawn])) == still(
        ["Tbody", {}, ["Tr", {}, ["Td", {}, "<a>"]], "-", ["Tr", {}, ["Td", {}, "<a>"]]]
    )
    assert written(html.Tbody([drawn, answering]))["props"] == {
        "parts": [["Tbody", {}, ["Tr", {}, ["Td", {}, "<a>"]], [0]]],
        "children": [written(pressed)],
    }
    pieces = dash_internals.to_script_pieces(html.Tbody([drawn, drawn]))
    assert json.loads("".join(map(str, pieces))) == written(html.Tbody([row, row]))
