"""The two drawings of one description: well-formed, alike, within the browser policy."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest

from components.charts import Chart, Kind, figure
from components.charts.geometry import BOTTOM, MAX_SIDE, STEP, margins
from components.charts.palette import INKS, Role
from components.charts.spec import Categories, Scale, Series, Tick
from portal.i18n import SUPPORTED, use
from tests.support.chart_table import table
from tests.unit.components.charts.drawings import (
    EVERY,
    QUERY,
    all_charts,
    attributes,
    drawn,
    health_charts,
    hours,
    misplaced,
    patterned,
    texts,
    walk,
)

LANGUAGES = tuple(SUPPORTED)


@pytest.fixture(params=LANGUAGES)
def charts(request: pytest.FixtureRequest) -> dict[str, Chart]:
    with use(SUPPORTED[request.param]):
        return {**all_charts(), **health_charts()}


@pytest.mark.parametrize("name", EVERY)
def test_svg_is_well_formed_and_has_no_inline_style(charts: dict[str, Chart], name: str) -> None:
    found = attributes(drawn(charts[name]))
    assert "style" not in found
    assert not {attribute for attribute in found if attribute.startswith("on")}


@pytest.mark.parametrize("name", EVERY)
def test_drawings_hold_numbers_only(charts: dict[str, Chart], name: str) -> None:
    assert misplaced(drawn(charts[name])) == []

    def check(leaf: Any) -> None:
        assert not isinstance(leaf, float) or math.isfinite(leaf)

    walk(figure(charts[name]), check)
    json.dumps(figure(charts[name]), allow_nan=False)


@pytest.mark.parametrize("name", EVERY)
def test_figure_has_the_numbers_of_the_description(charts: dict[str, Chart], name: str) -> None:
    chart = charts[name]
    traces = figure(chart)["data"]
    if chart.kind is Kind.HEATMAP:
        assert traces[0]["z"] == [list(series.values) for series in chart.series]
        return
    values = "x" if chart.kind is Kind.BAR_HORIZONTAL else "y"
    assert [trace[values] for trace in traces] == [list(series.values) for series in chart.drawn()]


@pytest.mark.parametrize("name", EVERY)
def test_table_has_the_numbers_of_the_description(charts: dict[str, Chart], name: str) -> None:
    chart = charts[name]
    rows = table(chart).rows
    assert [row.heading.raw for row in rows] == list(chart.x.keys)
    for column, series in enumerate(chart.drawn()):
        raw = [row.cells[column].raw for row in rows]
        assert [float(value) if value else None for value in raw] == list(series.values)


@pytest.mark.parametrize("name", EVERY)
def test_figure_carries_what_the_script_needs_for_the_table(charts: dict[str, Chart], name: str) -> None:
    chart = charts[name]
    shown, numbers = figure(chart), table(chart)
    meta = shown["layout"]["meta"]
    assert meta["keys"] == [row.heading.raw for row in numbers.rows]
    more = meta.get("more", [])
    columns = [*meta["columns"], *(column["key"] for column in more)]
    assert [meta["heading"], *columns] == [chart.x.title, *(cell.raw for cell in numbers.headings[1:])]
    texts_by_column = meta["cells"] if chart.kind is Kind.HEATMAP else [trace["hovertext"] for trace in shown["data"]]
    texts_by_column = [*texts_by_column, *(column["texts"] for column in more)]
    for column, column_texts in enumerate(texts_by_column):
        cells = [row.cells[column] for row in numbers.rows]
        assert [cell.text if cell.raw else "–" for cell in cells] == [cell.text for cell in cells]
        assert [text for text, cell in zip(column_texts, cells, strict=True) if cell.raw] == [
            cell.text for cell in cells if cell.raw
        ]


@pytest.mark.parametrize("name", EVERY)
def test_axis_texts_are_the_same_in_both_drawings(charts: dict[str, Chart], name: str) -> None:
    layout = figure(charts[name])["layout"]
    ticks = {
        line for axis in ("xaxis", "yaxis") for tick in layout[axis]["ticktext"] for line in tick.split("<br>") if line
    }
    notes = {note["text"] for note in layout.get("annotations", [])}
    seen = set(texts(drawn(charts[name])))
    assert ticks <= seen
    assert notes == seen - ticks


@pytest.mark.parametrize("name", EVERY)
def test_figure_uses_the_small_bundle_and_no_markup_of_its_own(charts: dict[str, Chart], name: str) -> None:
    shown = figure(charts[name])
    assert {trace["type"] for trace in shown["data"]} <= {"bar", "scatter", "heatmap"}
    assert "template" not in shown["layout"]
    assert shown["layout"]["showlegend"] is False


@pytest.mark.parametrize("name", EVERY)
def test_both_drawings_stand_in_the_same_box(charts: dict[str, Chart], name: str) -> None:
    chart = charts[name]
    box, layout, root = margins(chart), figure(chart)["layout"], drawn(chart)
    assert layout["margin"] == {
        "l": box.left,
        "r": box.right,
        "t": box.top,
        "b": box.bottom,
        "pad": 0,
        "autoexpand": False,
    }
    assert root.attrib["height"] == str(layout["height"])
    classes = root.attrib["class"].split()
    for side, size in (("pl", box.left), ("pr", box.right), ("pt", box.top), ("pb", box.bottom)):
        assert f"chart-{side}-{size}" in classes


@pytest.mark.parametrize("name", EVERY)
def test_right_to_left_mirrors_both_drawings(name: str) -> None:
    there, back = {}, {}
    for tag in ("en", "fa-AF"):
        with use(SUPPORTED[tag]):
            chart = {**all_charts(), **health_charts()}[name]
        there[tag], back[tag] = figure(chart)["layout"], margins(chart)
    category, value = ("yaxis", "xaxis") if there["en"]["yaxis"]["type"] == "category" else ("xaxis", "yaxis")
    horizontal = "xaxis"
    assert there["fa-AF"][horizontal]["range"] == there["en"][horizontal]["range"][::-1]
    assert there["fa-AF"]["yaxis"]["range"] == there["en"]["yaxis"]["range"]
    assert there["fa-AF"]["yaxis"]["side"] == "right"
    assert there["en"]["yaxis"]["side"] == "left"
    assert there["fa-AF"]["hoverlabel"]["align"] == "right"
    assert back["en"].left > 0
    assert back["fa-AF"].right > 0
    assert category != value


def _bar(direction: Any) -> Chart:
    return Chart(
        "bar",
        Kind.BAR,
        "",
        "",
        Categories("Day", ("a", "b"), ("A", "B"), (Tick(0, "A"), Tick(1, "B"))),
        Scale("", 0, 10),
        (Series("s", "S", Role.FAILED, (10.0, 0.0), ("10", "0")),),
        direction=direction,
    )


def test_first_category_stands_at_the_reading_start() -> None:
    positions = {}
    for direction in ("ltr", "rtl"):
        positions[direction] = patterned(drawn(_bar(direction)))[0][0]
    assert positions == {"ltr": 0.05, "rtl": 0.55}


def test_zero_based_bar_has_the_height_of_its_value() -> None:
    half = Chart(
        "bar",
        Kind.BAR,
        "",
        "",
        Categories("", ("a",), ("A",)),
        Scale("", 0, 10),
        (Series("s", "S", Role.FAILED, (5.0,), ("5",)),),
        height=256,
    )
    (rect,) = list(drawn(half).iter("rect"))
    assert float(rect.attrib["height"]) == 200.0  # 256 less margins of 32 and 24
    assert patterned(drawn(half)) == [(pytest.approx(0.1), 0.5, pytest.approx(0.9), 1.0)]


def test_bars_of_a_pattern_are_one_shape_however_many() -> None:
    chart = all_charts(hours())["volume"]
    root = drawn(chart)
    failed = next(series for series in chart.series if series.role is Role.FAILED)
    shapes = [node for node in root.iter() if node.attrib.get("data-series") == failed.key]
    assert [shape.tag for shape in shapes] == ["rect"]
    role_at = [series for series in chart.series if INKS[series.role].pattern and any(series.values)]
    assert len(patterned(root)) == sum(len([value for value in series.values if value]) for series in role_at) >= 48
    ids = [cut.attrib["id"] for cut in root.iter("clipPath")]
    assert len(set(ids)) == len(ids) == len(role_at)


def test_gap_in_a_line_stays_a_gap_and_a_lone_point_is_seen() -> None:
    line = Chart(
        "line",
        Kind.LINE,
        "",
        "",
        Categories("", tuple("abcde"), tuple("abcde")),
        Scale("", 0, 10),
        (Series("s", "S", Role.ACCENT, (1.0, 2.0, None, 4.0, None), ("1", "2", "-", "4", "-")),),
    )
    trace = figure(line)["data"][0]
    assert trace["connectgaps"] is False
    assert trace["y"] == [1.0, 2.0, None, 4.0, None]
    assert trace["marker"]["size"] == [0, 0, 0, 6, 0]
    group = next(node for node in drawn(line).iter("g") if node.attrib.get("data-series") == "s")
    strokes = [path.attrib["d"] for path in group.iter("path")]
    assert [stroke.count("M") for stroke in strokes] == [1, 1]


def test_hostile_text_stays_text() -> None:
    wicked = '"><script>alert(1)</script>&'
    chart = Chart(
        "x",
        Kind.BAR_HORIZONTAL,
        wicked,
        wicked,
        Categories(wicked, (wicked,), (wicked,), (Tick(0, wicked),), ("a=1",)),
        Scale(wicked, 0, 1),
        (Series(wicked, wicked, Role.ACCENT, (1.0,), (wicked,), (wicked,), link=""),),
        link="/messages",
    )
    root = drawn(chart)
    assert not list(root.iter("script"))
    assert wicked in texts(root)


def test_template_marks_in_names_are_not_followed_by_plotly() -> None:
    chart = _bar("ltr")
    named = Series("s", "%{customdata}", Role.ACCENT, (1.0, 2.0), ("1", "2"))
    template = figure(Chart("b", Kind.BAR, "", "", chart.x, chart.y, (named,)))["data"][0]["hovertemplate"]
    assert "%{customdata}" not in template
    assert "%{hovertext}" in template


def test_links_of_the_drawing_are_out_of_the_tab_order() -> None:
    for name, chart in all_charts().items():
        links = list(drawn(chart).iter("a"))
        assert links, name
        assert {link.attrib["tabindex"] for link in links} == {"-1"}
        assert all(link.attrib["href"].startswith("/messages?") for link in links)


def test_click_parameters_are_those_of_the_links() -> None:
    for chart in all_charts().values():
        meta = figure(chart)["layout"]["meta"]
        assert meta["link"] == chart.link
        assert len(meta["x"]) == len(meta["labels"]) == len(chart.x.keys)
        assert meta["series"] == [series.link for series in chart.series]


def test_points_of_a_scatter_stand_alike_in_both_drawings_and_lead_to_their_account() -> None:
    for tag in ("en", "ar"):
        with use(SUPPORTED[tag]):
            chart = health_charts()["portfolio"]
        cloud, trace, layout = chart.cloud, figure(chart)["data"][0], figure(chart)["layout"]
        assert cloud is not None
        assert (trace["x"], trace["y"]) == (list(cloud.places), list(chart.series[0].values))
        start, end = layout["xaxis"]["range"]
        areas = [next(link.iter("circle")).attrib for link in drawn(chart).iter("a")]
        assert len(areas) == len(cloud.places) > 40
        for place, value, area in zip(cloud.places, trace["y"], areas, strict=True):
            assert float(area["cx"].rstrip("%")) == pytest.approx((place - start) / (end - start) * 100, abs=0.01)
            plot = chart.height - layout["margin"]["t"] - layout["margin"]["b"]
            assert float(area["cy"]) == pytest.approx((1 - value / 100) * plot, abs=0.01)
        hrefs = [link.attrib["href"] for link in drawn(chart).iter("a")]
        assert hrefs == [f"/health-score?tenantId={key}" for key in chart.x.keys]
        assert {link.attrib["tabindex"] for link in drawn(chart).iter("a")} == {"-1"}


def test_point_has_a_shape_of_its_band_so_that_its_colour_need_not_be_seen() -> None:
    marker = figure(health_charts()["portfolio"])["data"][0]["marker"]
    assert len(set(zip(marker["color"], marker["symbol"], strict=True))) == 3
    assert len(set(marker["symbol"])) == 3
    assert len(drawn(health_charts()["portfolio"]).findall(".//svg[@overflow='visible']")) == marker["symbol"].count(
        "diamond"
    ) + marker["symbol"].count("square")


@pytest.mark.parametrize("name", ["health", "health_change"])
@pytest.mark.parametrize("tag", ["en", "ar"])
def test_bars_of_a_waterfall_begin_where_the_one_above_ends_in_both_drawings(name: str, tag: str) -> None:
    with use(SUPPORTED[tag]):
        chart = health_charts()[name]
    spans = {}
    for trace in figure(chart)["data"]:
        for index, value in enumerate(trace["x"]):
            if value is not None:
                spans[index] = (trace["base"][index], trace["base"][index] + value)
    ends = [spans[index] for index in range(len(chart.x.keys))]
    assert ends[0][0] == ends[-1][0] == 0
    for before, after in itertools.pairwise(ends[:-1]):
        assert after[0] == pytest.approx(before[1])
    assert ends[-1][1] == pytest.approx(ends[-2][1]), "they add up to the score"
    rects = [node for group in drawn(chart).iter("g") if "data-series" in group.attrib for node in group.iter("rect")]
    found = sorted((float(r.attrib["x"].rstrip("%")), float(r.attrib["width"].rstrip("%"))) for r in rects)
    wanted = sorted(
        (100 - max(span) if chart.rtl else min(span), abs(span[1] - span[0])) for span in ends if span[0] != span[1]
    )
    assert [x for pair in found for x in pair] == pytest.approx([x for pair in wanted for x in pair], abs=0.02)


def test_incident_is_a_band_in_both_drawings() -> None:
    chart = all_charts()["volume"]
    assert len(chart.bands) == 1
    shape = figure(chart)["layout"]["shapes"][0]
    assert (shape["x0"], shape["x1"]) == (chart.bands[0].start - 0.5, chart.bands[0].end + 0.5)
    bands = [node for node in drawn(chart).iter("path") if node.attrib.get("class") == "chart-band"]
    assert len(bands) == 1
    assert bands[0].attrib["fill"] == INKS[Role.WARNING].colour


def test_labels_of_plotly_categories_are_distinct() -> None:
    for query in (QUERY, hours()):
        for chart in all_charts(query).values():
            labels = figure(chart)["layout"]["meta"]["labels"]
            assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("side", ["pl", "pr", "pt", "pb"])
def test_stylesheet_has_a_class_for_every_margin(side: str) -> None:
    styles = (Path(__file__).resolve().parents[4] / "assets/css/charts.css").read_text()
    sizes = range(0, MAX_SIDE + 1, STEP) if side in ("pl", "pr") else (0, 8, BOTTOM, 32)
    assert not [size for size in sizes if f".chart-{side}-{size} " not in styles]
