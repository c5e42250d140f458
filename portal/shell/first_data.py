"""Values that a page needs at once, put into its pure layout, so that no page starts by asking for them.

A *loader* belongs to a page. It gets the page's parameters and returns ``{(component id, property): value}``.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from portal.shell import dash_internals

Params = Mapping[str, str | list[str]]
Key = tuple[str | Mapping[str, Any], str]
Values = Mapping[Any, Any]


class Same(Mapping[Any, Any]):
    """First data that are the same for every reader who is shown ``of`` in the same locale.

    ``of`` is compared by identity; it must be what may be seen by exactly those who get it. ``given`` is all else that
    the page's layout and its values depend on, besides the locale. ``make`` gives the values, and is called when they
    are looked at: not where the page is drawn already.
    """

    def __init__(self, of: object, given: Hashable, make: Callable[[], Values]) -> None:
        self.of = of
        self.given = given
        self._make = make

    @cached_property
    def _values(self) -> Values:
        return self._make()

    def __getitem__(self, key: Any) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


Loader = Callable[[Params], Values]
_PLAIN = frozenset({str, int, float, bool, type(None), dict})


@dataclass(frozen=True)
class ChartDrawing:
    """How a chart description becomes a Plotly figure and an inline SVG; ``kind`` tells a description from a figure.

    ``pictured`` gives the figure with the SVG in it, for pages that do not come as HTML.
    """

    kind: type
    figure: Callable[[Any], dict[str, Any]]
    svg: Callable[[Any], str]
    pictured: Callable[[Any], dict[str, Any]]

    def inside(self) -> ChartDrawing:
        """The same for a page that is opened by a link inside the application: its figures bring their pictures."""
        return replace(self, figure=self.pictured)


@dataclass
class Filled:
    """A component tree with its values in place, and the charts in it by the DOM id of their graph."""

    tree: Any
    charts: dict[str, Any] = field(default_factory=dict)


class UnknownComponent(LookupError):
    """A loader returned values for component ids that its page does not have."""


def fill(tree: Any, values: Values, drawing: ChartDrawing | None = None) -> Filled:
    """Copy a component tree with ``values`` put in by component id; the tree that is passed in stays as it is.

    Only what changes is copied. A chart description becomes the ``figure`` of its graph and is remembered for the SVG.
    A value may be a :class:`Filled` tree, which is put in with its charts and not looked through again.

    Raises:
        UnknownComponent: for values whose component is not in the tree (a typing error that Dash would not notice).
    """
    wanted: dict[str, dict[str, Any]] = {}
    for (component_id, prop), value in values.items():
        wanted.setdefault(dash_internals.dom_id(component_id), {})[prop] = value
    charts: dict[str, Any] = {}
    filled = _copy(tree, wanted, charts, drawing)
    if wanted:
        raise UnknownComponent(f"no component for first data: {', '.join(sorted(wanted))}")
    return Filled(filled, charts)


def _copy(node: Any, wanted: dict[str, dict[str, Any]], charts: dict[str, Any], drawing: ChartDrawing | None) -> Any:
    if isinstance(node, (list, tuple)):
        copied = [child if type(child) is str else _copy(child, wanted, charts, drawing) for child in node]
        return node if all(map(operator.is_, copied, node)) else copied
    if not dash_internals.is_component(node):
        return node
    props = dash_internals.props_of(node)
    component_id = props.get("id")
    name = dash_internals.dom_id(component_id) if component_id is not None else None
    changed = wanted.pop(name, {}) if name is not None else {}
    # What is put in may hold components and chart descriptions as much as what was there.
    for prop, value in ({**props, **changed} if changed else props).items():
        if type(value) in _PLAIN:
            continue
        if isinstance(value, Filled):
            changed[prop] = value.tree
            charts.update(value.charts)
        elif isinstance(value, (list, tuple)) or dash_internals.is_component(value):
            new = _copy(value, wanted, charts, drawing)
            if new is not value:
                changed[prop] = new
    figure = changed.get("figure", props.get("figure"))
    if drawing is not None and name is not None and isinstance(figure, drawing.kind):
        charts[name] = figure
        changed["figure"] = drawing.figure(figure)
    if not changed:
        return node
    fresh = copy.copy(node)
    for prop, value in changed.items():
        setattr(fresh, prop, value)
    return fresh
