"""Parts of a page that no callback can reach, written as what they are: elements, and no components of Dash.

In the browser each component listens to the page's whole state, with an error boundary and a context of its own, and is
asked at every change of anything. An element whose id no callback names needs none of it: most of a page is like that.
``assets/js/still.js`` draws it: one component for the whole part, with those that answer in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson

from portal.shell.pieces import Drawn

#: ``[type, properties, *children]``; a child is such a list, a text, or ``[number]``: the place of a component.
Part = list[Any]

_ELEMENTS: Final = "dash_html_components"
_LINK: Final = ("dash_core_components", "Link")
#: Properties that Dash itself has a use for.
_ANSWERING: Final = frozenset({"id", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "loading_state", "key"})
_TEXTS: Final = frozenset({str, int, float})
PropsOf = Callable[[Any], dict[str, Any] | None]
Reached = Callable[[str], bool]


class Still:
    """A part being put together. ``props_of`` gives a component's properties, None for what is none; ``reached`` says
    whether a callback or a script can set or read the component with an id."""

    def __init__(self, props_of: PropsOf, reached: Reached) -> None:
        self._props_of = props_of
        self._reached = reached
        self._parts: list[Any] = []
        self._held: list[Any] = []

    def takes(self, value: Any) -> bool:
        """Take a text or an element in; not what may change or answer."""
        drawn = isinstance(value, Drawn) and value.still
        if type(value) not in _TEXTS and not drawn and not self._is_element(value, self._props_of(value)):
            return False
        self._parts.append(self._part(value))
        return True

    def alone(self) -> Part | None:
        """The one part that was taken, if nothing in it answers."""
        return None if self._held or len(self._parts) != 1 else self._parts[0]

    def _part(self, value: Any) -> Any:
        if type(value) in _TEXTS:
            return value
        if isinstance(value, Drawn) and value.still:
            return orjson.Fragment(value.still)
        props = self._props_of(value)
        if props is None or not self._is_element(value, props):
            self._held.append(value)
            return [len(self._held) - 1]
        children = props.pop("children", None)
        listed = children if isinstance(children, (list, tuple)) else (children,)
        return [value._type, props, *(self._part(child) for child in listed if child is not None)]

    def sent(self) -> list[Any]:
        """What to send in the place of all that was taken: nothing, texts, or the component that draws it."""
        if all(type(part) in _TEXTS for part in self._parts):
            return self._parts
        held = {"children": self._held} if self._held else {}
        return [{"props": {"parts": self._parts, **held}, "type": "Still", "namespace": "portal"}]

    def _is_element(self, value: Any, props: dict[str, Any] | None) -> bool:
        if props is None:
            return False
        if not _ANSWERING.isdisjoint(props):
            named = props.get("id")
            if not isinstance(named, str) or self._reached(named) or not _ANSWERING.isdisjoint(props.keys() - {"id"}):
                return False
        return value._namespace == _ELEMENTS or (value._namespace, value._type) == _LINK


def stilled(children: Iterable[Any], props_of: PropsOf, reached: Reached) -> list[Any]:
    """A component's children, elements that stand side by side as one."""
    found: list[Any] = []
    still = Still(props_of, reached)
    for child in children:
        if not still.takes(child):
            found += [*still.sent(), child]
            still = Still(props_of, reached)
    return found + still.sent()
