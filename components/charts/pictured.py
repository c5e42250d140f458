"""New numbers with their picture: what a chart that nobody has come near is shown as, without Plotly being asked."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

from components.charts.plotly import figure
from components.charts.remembered import once
from components.charts.spec import Chart
from components.charts.svg import svg


@once
def pictured(chart: Chart) -> dict[str, Any]:
    """The chart's Plotly figure, with its SVG as ``layout.meta.picture``: ``[name, attributes, *children]``, where a
    child is such a list or a text. ``assets/js/near_charts.js`` builds it node by node; nothing of it is markup."""
    made = figure(chart)
    meta = {**made["layout"]["meta"], "picture": _nodes(fromstring(svg(chart)))}  # noqa: S314 - our own drawing
    return {**made, "layout": {**made["layout"], "meta": meta}}


def _nodes(element: Element) -> list[Any]:
    found: list[Any] = [element.tag, dict(element.attrib)]
    if element.text:
        found.append(element.text)
    for child in element:
        found.append(_nodes(child))
        if child.tail:
            found.append(child.tail)
    return found
