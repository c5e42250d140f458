"""Parts of a page that no callback can reach, written as what they are: elements, and no components of Dash.

In the browser each component listens to the page's whole state, with an error boundary and a context of its own, and is
asked at every change of anything. An element without an id needs none of it, and most of a page is like that.
``assets/js/still.js`` draws it: one component for the whole part, with those that answer in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

#: ``[type, properties, *children]``; a child is such a list, a text, or ``[number]``: the place of a component.
Part = list[Any]

_ELEMENTS: Final = "dash_html_components"
_LINK: Final = ("dash_core_components", "Link")
#: Properties that Dash itself has a use for.
_ANSWERING: Final = frozenset({"id", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "loading_state", "key"})
_TEXTS: Final = frozenset({str, int, float})
PropsOf = Callable[[Any], dict[str, Any] | None]


class Still:
    """A part being put together. ``props_of`` gives a component's properties, None for what is none."""

    def __init__(self, props_of: PropsOf) -> None:
        self._props_of = props_of
        self._parts: list[Any] = []
        self._held: list[Any] = []

    def takes(self, value: Any) -> bool:
        """Take a text or an element in; not what may change or answer."""
        if type(value) not in _TEXTS and not _is_element(value, self._props_of(value)):
            return False
        self._parts.append(self._part(value))
        return True

    def _part(self, value: Any) -> Any:
        if type(value) in _TEXTS:
            return value
        props = self._props_of(value)
        if props is None or not _is_element(value, props):
            self._held.append(value)
            return [len(self._held) - 1]
        children = props.pop("children", None)
        listed = children if isinstance(children, (list, tuple)) else (children,)
        return [value._type, props, *(self._part(child) for child in listed if child is not None)]

    def sent(self) -> list[Any]:
        """What to send in the place of all that was taken: nothing, texts, or the component that draws it."""
        if not any(isinstance(part, list) for part in self._parts):
            return self._parts
        held = {"children": self._held} if self._held else {}
        return [{"props": {"parts": self._parts, **held}, "type": "Still", "namespace": "portal"}]


def stilled(children: Iterable[Any], props_of: PropsOf) -> list[Any]:
    """A component's children, elements that stand side by side as one."""
    found: list[Any] = []
    still = Still(props_of)
    for child in children:
        if not still.takes(child):
            found += [*still.sent(), child]
            still = Still(props_of)
    return found + still.sent()


def _is_element(value: Any, props: dict[str, Any] | None) -> bool:
    if props is None or not _ANSWERING.isdisjoint(props):
        return False
    return value._namespace == _ELEMENTS or (value._namespace, value._type) == _LINK
