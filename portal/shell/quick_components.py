"""HTML components that are made in a seventh of the time Dash takes for one.

Dash looks at each property in turn, makes up an error message for it whether or not there is an error, and gives every
component lists of its own of what it may have: 15 to 30 µs, and a page of the message log has a thousand. Here the
lists are their class's, and a property is looked up in them. Whatever is not plainly right is left to Dash, with its
own checks and messages.
"""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from portal.shell.dash_internals import is_component

_WILD: Final = ("data-", "aria-")
_STARS: Final = frozenset({"data-*", "aria-*"})


def hasten() -> None:
    """Have all of ``dash.html`` made quickly from now on. Calling it again changes nothing."""
    for kind in vars(html).values():
        if isinstance(kind, type) and issubclass(kind, Component) and not hasattr(kind.__init__, "thorough"):
            _hasten(kind)


def _hasten(kind: type[Component]) -> None:
    thorough: Any = kind.__init__
    blank = vars(kind()).copy()
    blank.pop("children")
    if frozenset(blank["_valid_wildcard_attributes"]) != frozenset(_WILD):
        return
    known = frozenset(blank["_prop_names"]) - _STARS - {"id"}
    for name, value in blank.items():
        setattr(kind, name, value)

    def __init__(self: Component, *first: Any, **given: Any) -> None:
        if len(first) > 1 or (first and "children" in given):
            thorough(self, *first, **given)
            return
        for name, value in given.items():
            if name in known:
                plain = name == "children" or not is_component(value)
            elif name == "id":
                plain = type(value) is str
            else:
                plain = name.startswith(_WILD) and not is_component(value)
            if not plain:
                thorough(self, *first, **given)
                return
        own = vars(self)
        own["children"] = first[0] if first else None
        own.update(given)

    __init__.thorough = thorough  # type: ignore[attr-defined]
    __init__.__signature__ = thorough.__signature__  # type: ignore[attr-defined]
    kind.__init__ = __init__  # type: ignore[method-assign]
