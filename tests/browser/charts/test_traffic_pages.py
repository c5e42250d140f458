"""What people do with charts: read the table, save it, follow a point to its messages, watch it stay true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from portal.domain.errors import UpstreamUnavailable
from portal.i18n import SUPPORTED
from tests.browser.charts.conftest import PERIOD, TrafficPage
from tests.browser.whole.conftest import resize

pytestmark = pytest.mark.browser
CHARTS = {
    "/dashboard": ("volume", "rate", "operators", "errors", "when"),
    "/analytics": ("latency", "senders", "destinations", "spend"),
}
RATED = ["delivered", "failed", "expired", "rejected"]
_INVISIBLE = re.compile("[\u2066-\u2069\u200b]")
_ROWS = """
return [...document.querySelectorAll(arguments[0] + ' tr')].map(row => [...row.children].map(cell => {
  const link = cell.querySelector('a');
  return [cell.textContent, cell.getAttribute('data-value'), link && link.getAttribute('href')];
}));
"""
Rows = list[list[tuple[str, str, str | None]]]


def rows_seen(page: TrafficPage, selector: str) -> Rows:
    """Text, raw value and link of each cell in the browser; marks of direction aside."""
    found: list[list[list[Any]]] = page.browser.run(_ROWS, selector)
    return [[(_INVISIBLE.sub("", text), raw, href) for text, raw, href in row] for row in found]


def figures(markup: str) -> dict[str, dict[str, Any]]:
    """The figures that came with a page, by graph."""
    layout = re.search(r'id="portal-start-layout" type="application/json">(.*?)</script>', markup, re.DOTALL)
    assert layout is not None
    found: dict[str, dict[str, Any]] = {}
    todo: list[Any] = [json.loads(layout[1])]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if node.get("type") == "Graph":
                found[node["props"]["id"]] = node["props"]["figure"]
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return found


def rows_of(figure: dict[str, Any]) -> Rows:
    """The table that a figure makes: its categories down, its series across."""
    meta, traces = figure["layout"]["meta"], figure["data"]
    if traces[0]["type"] == "heatmap":
        names, values, texts = traces[0]["y"], traces[0]["z"], meta["cells"]
    else:
        names = [trace["name"] for trace in traces]
        values = [trace["x" if trace.get("orientation") == "h" else "y"] for trace in traces]
        texts = [trace["hovertext"] for trace in traces]
    own = len(meta.get("series", names))
    rows: Rows = [
        [(meta["heading"], "key", None), *((n, k, None) for n, k in zip(names, meta["columns"], strict=True))]
    ]
    for at, (label, key) in enumerate(zip(meta["labels"], meta["keys"], strict=True)):
        narrowing = "&".join(part for part in ((meta.get("x") or {at: None})[at], meta.get("row")) if part)
        leads = meta.get("link") and meta.get("x") and any(column[at] for column in values[:own])
        href = f"{meta['link']}{'&' if '?' in meta['link'] else '?'}{narrowing}" if leads else None
        cells = [
            ("–", "", None) if column[at] is None else (said[at], format(column[at], ".15g"), None)
            for column, said in zip(values, texts, strict=True)
        ]
        rows.append([(label, key, href), *cells])
    return [[(_INVISIBLE.sub("", text), raw, href) for text, raw, href in row] for row in rows]


@pytest.mark.parametrize("tag", ["en", "fa-AF"])
@pytest.mark.parametrize("path", CHARTS)
def test_opened_table_has_the_numbers_that_came_with_the_page(
    open_pages: Callable[..., TrafficPage], path: str, tag: str
) -> None:
    page = open_pages(tag)
    came = figures(requests.get(f"{page.url}{path}?{PERIOD}", timeout=30).text)
    page.open(path)
    for chart in CHARTS[path]:
        graph = f"{path.strip('/')}-{chart}-graph"
        holder = f'[data-chart-table="{graph}"]'
        page.browser.run("document.querySelector(arguments[0]).closest('details').open = true", holder)
        page.browser.wait(lambda at=holder: page.browser.all(f"{at} td"), f"the table of {chart}")
        assert rows_seen(page, holder) == rows_of(came[graph]), chart
    page.browser.assert_console_empty()


def test_csv_holds_raw_numbers_and_iso_dates(open_pages: Callable[..., TrafficPage]) -> None:
    page = open_pages("fa-AF")
    page.open()
    page.browser.run(
        "window.saved = []; const make = URL.createObjectURL;"
        "URL.createObjectURL = blob => { window.saved.push(blob); return make.call(URL, blob); }"
    )
    page.browser.click('[data-table-csv="dashboard-volume-graph-rows"]')
    text = page.browser.run_async(
        "const done = arguments[0]; window.saved[0].arrayBuffer().then(bytes => done([...new Uint8Array(bytes)]))"
    )
    content = bytes(text)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "key,delivered,queued,failed,expired"
    assert lines[1] == "2026-11-01,90,2,5,3"
    assert len(lines) == 21
    page.browser.assert_console_empty()


@pytest.mark.parametrize(
    ("chart", "across", "down", "expected"),
    [
        ("volume", 0.025, 0.9, {"startDate": ["2026-11-01"], "endDate": ["2026-11-01"], "status": ["delivered"]}),
        ("volume", 0.975, 0.06, {"startDate": ["2026-11-20"], "endDate": ["2026-11-20"], "status": ["failed"]}),
        ("rate", 0.975, 0.5, {"startDate": ["2026-11-20"], "endDate": ["2026-11-20"], "status": RATED}),
        ("operators", 0.3, 1.5 / 6, {"operator": ["Roshan"], "status": RATED}),
        ("errors", 0.1, 0.5 / 6, {"errorCode": ["absent_subscriber"]}),
        ("when", 13.5 / 24, 0.5 / 7, {"weekday": ["6"], "hour": ["13"]}),
    ],
)
def test_clicked_point_opens_exactly_its_messages(
    pages: TrafficPage, chart: str, across: float, down: float, expected: dict[str, list[str]]
) -> None:
    pages.open()
    query = pages.click_in(chart, across, down)
    assert query == {"startDate": ["2026-11-01"], "endDate": ["2026-11-20"]} | expected
    pages.browser.assert_console_empty()


def test_clicked_point_of_a_mirrored_chart_is_the_mirrored_one(open_pages: Callable[..., TrafficPage]) -> None:
    page = open_pages("fa-AF")
    page.open()
    assert page.click_in("volume", 0.975, 0.9)["startDate"] == ["2026-11-01"]


def test_new_traffic_shows_without_reload(pages: TrafficPage) -> None:
    pages.open()
    pages.browser.run("window.still = true")
    assert "2,000" in pages.browser.text("#dashboard-kpi-volume")
    pages.platform.empty = True
    pages.platform.revision_number += 1
    pages.tick()
    pages.browser.wait(lambda: "2,000" not in pages.browser.text("#dashboard-kpi-volume"), "new numbers")
    assert pages.browser.run("return window.still") is True
    pages.browser.assert_console_empty()


def test_failed_card_says_so_and_recovers_alone(pages: TrafficPage) -> None:
    pages.platform.failing["breakdown"] = UpstreamUnavailable(request_id="req-31")
    pages.open()
    state = "#dashboard-operators-state"
    assert "req-31" in pages.browser.text(state)
    assert "2,000 messages" in pages.browser.text("#dashboard-volume-title")
    pages.platform.failing.clear()
    pages.browser.click(f"{state} button")
    pages.browser.wait(
        lambda: (
            "Roshan" in (pages.browser.run("return document.getElementById('dashboard-operators-title').innerText"))
        ),
        "the operators",
    )
    assert pages.browser.run("return document.querySelector(arguments[0]).childElementCount", state) == 0
    pages.browser.assert_console_empty()


def test_theme_switch_recolours_texts_and_keeps_inks(pages: TrafficPage) -> None:
    pages.open()
    colours = (
        "const graph = document.getElementById('dashboard-volume-graph');"
        "return [graph.querySelector('.xtick text'), graph.querySelector('.bars path')]"
        ".map(node => getComputedStyle(node).fill)"
    )
    pages.browser.run("document.documentElement.setAttribute('data-bs-theme', 'light')")
    light = pages.browser.run(colours)
    pages.browser.run("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    dark = pages.browser.run(colours)
    assert light[0] != dark[0]
    assert light[1] == dark[1] == "rgb(14, 145, 113)"


@pytest.mark.parametrize("tag", ["en", "ps", "ar"])
def test_pointer_is_told_the_day_in_both_calendars_within_a_narrow_picture(
    open_pages: Callable[..., TrafficPage], tag: str
) -> None:
    page = open_pages(reader=SUPPORTED[tag].preferring(calendar="both"))
    resize(page.browser, 320)
    page.open()
    graph = "document.querySelector('#dashboard-volume-graph .js-plotly-plot')"
    labels, ticks = page.browser.run(
        f"const {{layout}} = {graph}; return [layout.meta.labels, layout.xaxis.tickvals.map(Math.round)]"
    )
    assert len(set(ticks)) > 1
    for place in (0, *ticks, len(labels) - 1):
        across = (place + 0.5) / len(labels)
        page.point_at("volume", across if tag == "en" else 1 - across, 0.7)
        box = f"{graph}.querySelector('.hoverlayer .legend')"
        page.browser.wait(
            lambda box=box, place=place: labels[place] in str(page.browser.run(f"return {box}?.textContent")),
            labels[place],
        )
        assert labels[place].count("(") == 1
        (left, right), (first, last) = page.browser.run(
            f"return [{box}, {graph}.querySelector('.main-svg')].map(each => each.getBoundingClientRect())"
            ".map(rect => [rect.left, rect.right])"
        )
        assert first <= left < right <= last
    root = "document.documentElement"
    assert page.browser.run(f"return {root}.scrollWidth <= {root}.clientWidth")
    page.browser.assert_console_empty()
