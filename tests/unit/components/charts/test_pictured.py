"""The picture that new numbers bring is the server's own drawing, and of nothing that the browser would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, canonicalize, tostring

import pytest

from components.charts.pictured import pictured
from components.charts.plotly import figure
from components.charts.spec import Chart
from components.charts.svg import svg
from portal.i18n import SUPPORTED, use
from tests.unit.components.charts.drawings import EVERY, all_charts, health_charts

SCRIPT = Path(__file__).resolve().parents[4] / "assets/js/near_charts.js"


@pytest.fixture(scope="module", params=["en", "fa-AF"])
def charts(request: pytest.FixtureRequest) -> dict[str, Chart]:
    with use(SUPPORTED[request.param]):
        return {**all_charts(), **health_charts()}


def element(part: list[Any]) -> Element:
    made = Element(part[0], part[1])
    for child in part[2:]:
        if isinstance(child, str):
            if len(made):
                made[-1].tail = child
            else:
                made.text = child
        else:
            made.append(element(child))
    return made


def parts(part: list[Any]) -> Iterator[list[Any]]:
    yield part
    for child in part[2:]:
        if not isinstance(child, str):
            yield from parts(child)


@pytest.mark.parametrize("name", EVERY)
def test_picture_is_the_drawing_and_the_rest_is_the_figure(charts: dict[str, Chart], name: str) -> None:
    drawn = charts[name]
    made = pictured(drawn)
    picture = made["layout"]["meta"]["picture"]
    assert canonicalize(tostring(element(picture), "unicode")) == canonicalize(svg(drawn))
    meta = {name: value for name, value in made["layout"]["meta"].items() if name != "picture"}
    assert {**made, "layout": {**made["layout"], "meta": meta}} == figure(drawn)
    assert "picture" not in figure(drawn)["layout"]["meta"]


@pytest.mark.parametrize("name", EVERY)
def test_picture_holds_only_what_the_script_takes(charts: dict[str, Chart], name: str) -> None:
    found = re.search(r"var SHAPES = \[(.*?)\];", SCRIPT.read_text())
    assert found is not None
    shapes = set(re.findall(r"'(\w+)'", found[1]))
    for part in parts(pictured(charts[name])["layout"]["meta"]["picture"]):
        assert part[0] in shapes
        assert not [name for name in part[1] if re.match("on|style|xlink", name, re.IGNORECASE)]
        assert re.match(r"[/?](?!/)", part[1].get("href", "/"))
