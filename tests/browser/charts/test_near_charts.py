"""The pictures that came with a page stand until their reader comes near; only then Plotly is fetched and draws."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Response, request
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from tests.browser.charts.conftest import TrafficPage
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAnalytics
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
_KINDS = """
return Object.fromEntries([...document.querySelectorAll('#react-entry-point .dash-graph')].map(graph => [
  graph.id.split('-')[1],
  graph.querySelector('.main-svg') ? 'drawn' : graph.querySelector(':scope > svg') ? 'picture' : 'nothing']));
"""
_PICTURES = dict.fromkeys(("volume", "rate", "operators", "errors", "when"), "picture")
#: What a picture consists of, wherever it came from.
_SHAPES_OF = """
const name = node => [node.nodeName, [...node.attributes].map(one => `${one.name}=${one.value}`).sort(), node.children.length,
  node.children.length ? '' : node.textContent];
return [...document.querySelectorAll(`#react-entry-point #${arguments[0]} > svg *`)].map(name);
"""
#: What waits for a time waits for its turn only.
_AT_ONCE = "const later = window.setTimeout; window.setTimeout = act => later(act, 0)"
#: After it whatever a reader's move has set off has begun.
_AT_LEISURE = "const done = arguments[0]; requestAnimationFrame(() => requestIdleCallback(() => requestIdleCallback(() => done())))"


@dataclass
class Line:
    """The way that Plotly takes to the browser. ``held`` keeps it until it is set; ``failing`` answers with 503."""

    asked: int = 0
    failing: bool = False
    held: threading.Event = field(default_factory=threading.Event)


def kinds(page: TrafficPage) -> dict[str, str]:
    """By chart: ``picture``, ``drawn`` (by Plotly) or ``nothing``."""
    found: dict[str, str] = page.browser.run(_KINDS)
    return found


def wait_drawn(page: TrafficPage, *charts: str) -> None:
    page.browser.wait(lambda: all(kinds(page)[chart] == "drawn" for chart in charts), f"{charts} to be drawn")


@pytest.fixture
def line() -> Line:
    made = Line()
    made.held.set()
    return made


@pytest.fixture
def page(browser: Browser, data_dir: Path, line: Line) -> Iterator[TrafficPage]:
    platform = FakeAnalytics()
    server, _app = portal_on_fakes.build(data_dir, services=fake_services(analytics=platform))

    @server.before_request
    def on_the_way() -> Response | None:
        if "/plotly." not in request.path:
            return None
        line.asked += 1
        line.held.wait(60)
        return Response("", HTTPStatus.SERVICE_UNAVAILABLE) if line.failing else None

    port = free_port()
    with served(server, port):
        yield TrafficPage(browser, f"http://{HOST}:{port}", platform)
        line.held.set()
        browser.open("about:blank")


def test_whoever_only_looks_fetches_no_plotly(page: TrafficPage, line: Line) -> None:
    page.arrive()
    page.browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        for kind, points in (("touchStart", [(300, 500)]), ("touchMove", [(300, 300)]), ("touchEnd", [])):
            touched = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
            page.browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", touched)
        page.browser.run_async(_AT_LEISURE)
    finally:
        page.browser.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert kinds(page) == _PICTURES
    assert line.asked == 0
    page.browser.assert_console_empty()


def test_whoever_moves_has_plotly_and_the_pictures_still(page: TrafficPage, line: Line) -> None:
    page.arrive()
    title = page.browser.find("#page-title")
    ActionChains(page.browser.driver).move_to_element(title).move_by_offset(3, 0).perform()
    page.browser.wait(lambda: page.browser.run("return !!window.Plotly"), "Plotly")
    assert kinds(page) == _PICTURES
    assert line.asked == 1


def test_what_is_pressed_comes_before_plotly(page: TrafficPage, line: Line) -> None:
    page.arrive()
    page.browser.run("window.stands = performance.now(); performance.now = () => window.stands")
    page.browser.run(_AT_ONCE)
    move = "document.body.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, pointerType: 'mouse'}))"
    page.browser.run(f"document.body.dispatchEvent(new PointerEvent('pointerdown', {{bubbles: true}})); {move}")
    page.browser.run_async(_AT_LEISURE)
    assert line.asked == 0
    page.browser.run("window.stands += 1000")
    page.browser.wait(lambda: page.browser.run("return !!window.Plotly"), "Plotly")
    assert kinds(page) == _PICTURES


def test_chart_that_is_pointed_at_is_drawn_and_no_other(page: TrafficPage) -> None:
    page.arrive()
    ActionChains(page.browser.driver).move_to_element(page.browser.find("#dashboard-volume-title")).perform()
    wait_drawn(page, "volume")
    assert kinds(page) == {**_PICTURES, "volume": "drawn"}
    page.browser.assert_console_empty()


def test_chart_that_is_tapped_is_drawn(page: TrafficPage) -> None:
    page.arrive()
    page.browser.run("document.getElementById('dashboard-rate-title').click()")
    wait_drawn(page, "rate")
    assert kinds(page)["volume"] == "picture"


def test_chart_that_is_reached_by_keyboard_is_drawn(page: TrafficPage) -> None:
    # A tab that is not in front has no focus to move.
    page.browser.driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    page.arrive()
    page.browser.run("document.querySelector('#dashboard-errors-card button').focus()")
    wait_drawn(page, "errors")
    assert page.browser.run("return document.activeElement.closest('#dashboard-errors-card') !== null")


def test_mark_of_a_picture_leads_to_its_messages(page: TrafficPage, line: Line) -> None:
    line.held.clear()
    page.arrive()
    mark = page.browser.driver.find_elements(By.CSS_SELECTOR, "#react-entry-point #dashboard-operators-graph a")[0]
    assert mark.find_element(By.CSS_SELECTOR, "title").get_attribute("textContent")
    page.browser.run("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))", mark)
    page.browser.wait(lambda: urlsplit(page.browser.url).path == "/messages", "the log")
    assert parse_qs(urlsplit(page.browser.url).query)["operator"]


def test_new_numbers_come_with_their_pictures_and_plotly_is_not_asked(page: TrafficPage, line: Line) -> None:
    page.arrive()
    came = page.browser.run(_SHAPES_OF, "dashboard-when-graph")
    page.browser.run("document.querySelectorAll('.dash-graph > svg').forEach(picture => { picture.came = true; })")
    page.platform.revision_number += 1
    page.tick()
    page.browser.wait(
        lambda: page.browser.run("return [...document.querySelectorAll('.dash-graph > svg')].every(one => !one.came)"),
        "new pictures",
    )
    assert kinds(page) == _PICTURES
    assert page.browser.run(_SHAPES_OF, "dashboard-when-graph") == came
    assert line.asked == 0
    page.browser.assert_console_empty()


def test_new_picture_can_be_pointed_at_as_well(page: TrafficPage) -> None:
    page.arrive()
    page.platform.revision_number += 1
    page.browser.run("document.querySelector('#dashboard-volume-graph > svg').came = true")
    page.tick()
    page.browser.wait(
        lambda: page.browser.run("return !document.querySelector('#dashboard-volume-graph > svg').came"), "its picture"
    )
    page.browser.run("window.portalCharts.draw('dashboard-volume-graph')")
    wait_drawn(page, "volume")
    page.browser.wait(lambda: not page.browser.all(".portal-chart-cover"), "the picture to be gone")
    page.browser.assert_console_empty()


def test_numbers_without_a_picture_are_drawn_and_the_old_one_looks_old_until_then(
    page: TrafficPage, line: Line
) -> None:
    line.held.clear()
    page.arrive()
    shade = "return getComputedStyle(document.querySelector('#react-entry-point #dashboard-volume-graph')).opacity"
    assert float(page.browser.run(shade)) == 1
    page.browser.run(
        "dash_clientside.set_props('dashboard-volume-graph', {figure: {data: [{type: 'bar', x: ['a'], y: [1]}], layout: {}}})"
    )
    page.browser.wait(lambda: float(page.browser.run(shade)) < 1, "the picture to look old")
    line.held.set()
    wait_drawn(page, "volume")
    page.browser.wait(lambda: not page.browser.all(".portal-chart-cover"), "the old picture to be gone")
    assert float(page.browser.run(shade)) == 1
    page.browser.assert_console_empty()


def test_plotly_that_did_not_arrive_leaves_the_picture_and_is_asked_for_again(page: TrafficPage, line: Line) -> None:
    line.failing = True
    page.arrive()
    point = "window.portalCharts.draw('dashboard-volume-graph').then(() => {}, () => { window.failed = true; })"
    page.browser.run(point)
    page.browser.wait(lambda: page.browser.run("return window.failed"), "the failure")
    assert kinds(page) == _PICTURES
    line.failing = False

    def drawn() -> bool:
        page.browser.run(point)
        return kinds(page)["volume"] == "drawn"

    page.browser.wait(drawn, "the chart to be drawn")
    page.browser.console()  # the browser itself reports what did not arrive


def test_page_opened_by_a_link_has_the_pictures_of_a_first_load(page: TrafficPage, line: Line) -> None:
    page.browser.open(f"{page.url}/analytics")
    page.browser.wait_until_ready()
    came = page.browser.run(_SHAPES_OF, "analytics-when-graph")
    assert came
    page.arrive("/messages")
    page.browser.run("document.querySelector('#react-entry-point nav a[href^=\"/analytics\"]').click()")
    page.browser.wait(lambda: page.browser.all("#react-entry-point #analytics-when-graph svg"), "the page")
    assert set(kinds(page).values()) == {"picture"}
    assert page.browser.run(_SHAPES_OF, "analytics-when-graph") == came
    assert line.asked == 0
    page.browser.run("window.portalCharts.draw('analytics-volume-graph')")
    wait_drawn(page, "volume")
    page.browser.assert_console_empty()


def test_chart_that_was_drawn_stays_drawn_when_its_numbers_change(page: TrafficPage) -> None:
    page.arrive()
    page.browser.draw_charts()
    page.browser.run("document.querySelectorAll('.js-plotly-plot').forEach(plot => { plot.kept = true; })")
    page.platform.empty = True
    page.platform.revision_number += 1
    page.tick()
    page.browser.wait(lambda: "2,000" not in page.browser.text("#dashboard-kpi-volume"), "new numbers")
    assert page.browser.run("return [...document.querySelectorAll('.js-plotly-plot')].every(plot => plot.kept)")


def test_graph_without_data_fetches_no_plotly_until_it_has_some(page: TrafficPage, line: Line) -> None:
    page.platform.empty = True
    page.arrive()
    page.browser.run(_AT_ONCE)
    ActionChains(page.browser.driver).move_to_element(page.browser.find("#dashboard-volume-title")).perform()
    page.browser.run_async(_AT_LEISURE)
    assert set(kinds(page).values()) == {"nothing"}
    assert line.asked == 0
    page.platform.empty = False
    page.platform.revision_number += 1
    page.tick()
    page.browser.wait(lambda: kinds(page) == _PICTURES, "a picture of every chart")
    assert line.asked == 0
    page.browser.assert_console_empty()
