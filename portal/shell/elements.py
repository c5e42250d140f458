"""What the HTML renderer draws: elements, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Props = Mapping[str, Any]

_PASSED_ON = ("id", "style", "title", "role", "hidden", "tabIndex")


@dataclass(frozen=True)
class Element:
    """An element to draw; ``tag`` None draws the children alone. Attributes bear Dash's names (``className`` …)."""

    tag: str | None
    attributes: Props = field(default_factory=dict)
    children: Any = None


class Nothing:
    """Draws nothing."""


Draw = Callable[[Props], Element | Nothing]


def element(tag: str, props: Props, *classes: object, children: Any = None, **more: Any) -> Element:
    """A component's own element: ``classes`` (falsy ones fall out) before those of the tree, the attributes that every
    component passes on, ``more`` attributes, and the component's children unless others are given."""
    names = " ".join(str(name) for name in (*classes, props.get("className") or props.get("class_name")) if name)
    passed = {name: value for name, value in props.items() if name in _PASSED_ON or name.startswith(("data-", "aria-"))}
    return Element(tag, {**passed, "className": names, **more}, props.get("children") if children is None else children)


def suffixed(prefix: str, value: object) -> str | None:
    """``prefix-value``, or None without a value: Bootstrap's way of naming sizes, colours, gaps."""
    return None if value is None or value is False or value == "" else f"{prefix}-{value}"
