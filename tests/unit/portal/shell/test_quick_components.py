"""Components that are made quickly are the ones that Dash makes, and what Dash refuses is refused."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

from portal.shell import dash_internals
from portal.shell.quick_components import hasten

PROPS = {
    "children": [None, "text", 4, html.P("in it"), ["a", html.B("b")], ()],
    "id": ["name", {"type": "row", "index": 1}],
    "className": ["wide", None],
    "title": ["<b>", ""],
    "hidden": [True, False],
    "tabIndex": ["-1", 0],
    "style": [{"color": "red"}],
    "data-x": ["", None],
    "aria-label": ["said"],
}
GIVEN = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in PROPS.items()})
WRONG: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {"nonsense": 1}),
    ((), {"title": html.B("b")}),
    ((), {"aria-label": html.B("b")}),
    ((), {"id": 4}),
    ((), {"id": None}),
    ((), {"id": {"index": html.B()}}),
    (("a",), {"children": "b"}),
    (("a", html.B("b")), {}),
]


def thorough(kind: type[Component], *first: Any, **given: Any) -> Component:
    """The component as Dash makes it."""
    made = kind.__new__(kind)
    kind.__init__.thorough(made, *first, **given)  # type: ignore[attr-defined]
    return made


@given(given=GIVEN, by_place=st.booleans())
def test_component_is_the_one_that_dash_makes(given: dict[str, Any], by_place: bool) -> None:
    first = (given.pop("children"),) if by_place and "children" in given else ()
    quick, slow = html.Div(*first, **given), thorough(html.Div, *first, **given)
    assert quick.to_plotly_json() == slow.to_plotly_json()
    assert dash_internals.props_of(quick) == dash_internals.props_of(slow)


@pytest.mark.parametrize("name", html.__all__)
def test_every_kind_is_made_quickly_with_the_properties_that_dash_knows(name: str) -> None:
    kind = getattr(html, name)
    assert set(vars(kind("x", title="t"))) == {"children", "title"}, "nothing is made for each component anew"
    assert kind._prop_names == vars(thorough(kind))["_prop_names"]
    assert inspect.signature(kind) == inspect.signature(kind.__init__.thorough).replace(
        parameters=list(inspect.signature(kind.__init__.thorough).parameters.values())[1:]
    )


@pytest.mark.parametrize(("first", "given"), WRONG)
def test_what_dash_refuses_is_refused_in_its_words(first: tuple[Any, ...], given: dict[str, Any]) -> None:
    said = []
    for make in (lambda: html.Div(*first, **given), lambda: thorough(html.Div, *first, **given)):
        with pytest.raises(TypeError) as refused:
            make()
        said.append(str(refused.value).replace("wrapper", "").replace("Div.__init__", "__init__"))
    assert said[0] == said[1]


def test_hastening_again_changes_nothing() -> None:
    before = html.Div.__init__
    hasten()
    assert html.Div.__init__ is before
