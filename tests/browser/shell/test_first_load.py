"""A page arrives whole: nothing is asked for at start, nothing moves, nothing is lost when script takes over."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask, request

from portal.shell import PortalDash
from tests.browser.shell.conftest import ShellBrowser, Site
from tests.support.browser import open_browser

pytestmark = pytest.mark.browser


def test_first_load_asks_for_four_files_and_no_data(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    asked = browser.asked()
    assert sorted(path.split(".")[0].split("/")[-1] for path in asked) == ["", "guard", "ltr", "portal"]
    assert not [path for path in asked if "_dash" in path]
    browser.assert_console_empty()


# Says whether the whole page had been drawn when the bundle's first line ran (React is what it begins with).
_WATCH_START = """
document.addEventListener('DOMContentLoaded', () => requestAnimationFrame(() => {
  const drawn = new MessageChannel();
  drawn.port1.onmessage = () => { window.pageDrawn = !!document.querySelector('#portal-first-paint #volume > svg'); };
  drawn.port2.postMessage(0);
}));
let react;
Object.defineProperty(window, 'React', {
  configurable: true,
  get: () => react,
  set: value => { react = value; window.drawnAtStart = window.pageDrawn; },
});
"""
_NO_FRAMES = "window.requestAnimationFrame = () => 0;"
_NOBODY_LOOKS = "Object.defineProperty(Document.prototype, 'hidden', {get: () => true});"


def test_application_starts_when_the_page_has_been_drawn(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.before_every_page(_WATCH_START)
    for _visit in ("the first", "one with everything in the cache"):
        browser.open(site.url)
        browser.wait_until_interactive()
        assert browser.run("return window.drawnAtStart") is True
    browser.assert_console_empty()


@pytest.mark.parametrize("situation", [_NO_FRAMES, _NO_FRAMES + _NOBODY_LOOKS], ids=["no frames", "hidden"])
def test_page_that_makes_no_frames_starts_as_well(
    browser: ShellBrowser, open_site: Callable[..., Site], situation: str
) -> None:
    site = open_site()
    browser.before_every_page(situation)
    browser.open(f"{site.url}/messages/7")
    browser.browser.wait_until_ready()
    assert browser.run("return document.querySelectorAll('script#_dash-renderer').length") == 1


def test_guard_holds_back_the_first_frame_and_not_the_parser(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    parsed = threading.Event()
    waited: list[bool] = []

    def hold(server: Flask, _app: PortalDash) -> None:
        @server.before_request
        def until_the_page_is_parsed() -> tuple[str, int] | None:
            if "/guard." in request.path:
                waited.append(parsed.wait(30))
            if request.path != "/parsed":
                return None
            parsed.set()
            return "", 204

    site = open_site(hold)
    browser.before_every_page("document.addEventListener('DOMContentLoaded', () => navigator.sendBeacon('/parsed'));")
    browser.open(site.url)
    browser.wait_until_interactive()
    assert waited == [True]
    # What Chromium says of a script that nothing is painted before.
    resources = "performance.getEntriesByType('resource').filter(one => one.name.includes('/guard.'))"
    assert browser.run(f"return {resources}.map(one => one.renderBlockingStatus)") == ["blocking"]
    browser.assert_console_empty()


def test_second_visit_asks_for_the_page_alone(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    arrived: list[str] = []

    def count(server: Flask, _app: PortalDash) -> None:
        @server.before_request
        def note() -> None:
            arrived.append(request.path)

    site = open_site(count)
    browser.open(site.url)
    browser.wait_until_interactive()
    arrived.clear()
    browser.open(site.url)
    browser.wait_until_interactive()
    assert arrived == ["/"]


def test_navigation_by_link_asks_once_and_gets_the_filled_page(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.asked()
    browser.find("#to-message").click()
    browser.wait_for("document.title === 'Message'")
    assert browser.find("#which").text == "message 7"
    assert browser.find("#tab").text == "x"
    assert browser.run("return document.activeElement.textContent") == "Message"
    assert len([path for path in browser.asked() if "_dash" in path]) == 1
    browser.find("#to-overview").click()
    browser.wait_until_interactive()
    assert browser.find("#total").text == "4,711"
    browser.assert_console_empty()


def test_change_of_the_query_alone_is_left_to_the_page(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    """Routing would put the whole page in anew: charts, open menus and the focus would be lost."""
    site = open_site()
    browser.open(f"{site.url}/messages/7?tab=x")
    browser.wait_until_interactive()
    browser.asked()
    browser.run("const link = document.getElementById('other-tab'); link.focus(); link.click()")
    browser.wait_for("location.search === '?tab=y'")
    browser.run("document.getElementById('to-overview').click()")  # what is asked next comes after what was not asked
    browser.wait_for("document.title === 'Overview'")
    assert len([request for request in browser.asked() if request.startswith("POST")]) == 1


def test_first_paint_in_right_to_left_language_has_direction_and_stylesheet(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site(tag="fa-AF")
    browser.open(site.url)
    browser.wait_until_interactive()
    assert browser.run("return [document.documentElement.lang, document.documentElement.dir]") == ["fa-AF", "rtl"]
    assert "/rtl." in browser.run("return document.querySelector('link[rel=stylesheet]').href")
    assert browser.wait_for("document.fonts.check('16px Vazirmatn', 'پیام')")
    browser.assert_console_empty()


@pytest.mark.parametrize("size", ["1200,900", "420,800"])
def test_layout_does_not_shift_when_react_and_plotly_take_over(open_site: Callable[..., Site], size: str) -> None:
    site = open_site()
    with open_browser(f"--window-size={size}") as opened:
        browser = ShellBrowser(opened)
        browser.watch_shifts()
        browser.open(site.url)
        browser.wait_until_interactive()
        opened.draw_charts()
        assert browser.shifted() <= 0.02


def test_layout_shift_harness_sees_a_shift(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.watch_shifts()
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.run(
        "const box = document.createElement('div'); box.style.blockSize = '300px';"
        "setTimeout(() => document.querySelector('main').prepend(box), 600)"
    )
    browser.wait_for("window.shifts.reduce((sum, one) => sum + one, 0) > 0.02")


def test_chart_svg_stays_in_its_place_until_plotly_has_drawn(open_site: Callable[..., Site]) -> None:
    asked, may_load = threading.Event(), threading.Event()

    def hold_plotly(server: Flask, _app: PortalDash) -> None:
        @server.before_request
        def wait_for_it() -> None:
            if "/plotly." in request.path:
                asked.set()
                may_load.wait(20)

    site = open_site(hold_plotly)
    with open_browser(patient=False) as opened:
        browser = ShellBrowser(opened)

        def boxes() -> list[float]:
            """Where the two charts stand, whoever drew them."""
            found: list[float] = browser.run(
                "return ['volume', 'rate'].flatMap(id => { const graph = document.getElementById(id);"
                " if (!graph.querySelector('svg')) return [];"
                " const at = graph.getBoundingClientRect(); return [at.x, at.y, at.width, at.height]; })"
            )
            assert len(found) == 8
            return found

        browser.open(site.url)
        try:
            browser.wait_for("window.portalCharts && !document.getElementById('portal-first-paint')")
            before = boxes()
            browser.run("window.portalCharts.draw('volume'); window.portalCharts.draw('rate')")
            asked.wait(20)
            assert boxes() == before
            browser.find("#typed").send_keys("b")  # the page works meanwhile
            assert browser.wait(lambda: browser.find("#echo").text == "typed ab")
        finally:
            may_load.set()
        opened.draw_charts()
        assert boxes() == pytest.approx(before, abs=1)
        browser.assert_console_empty()


def test_focus_survives_the_hand_over(open_site: Callable[..., Site]) -> None:
    may_load = threading.Event()

    def hold_bundle(server: Flask, _app: PortalDash) -> None:
        @server.before_request
        def wait_for_it() -> None:
            if "/pinned/portal." in request.path:
                may_load.wait(20)

    site = open_site(hold_bundle)
    with open_browser(patient=False) as opened:
        browser = ShellBrowser(opened)
        browser.open(site.url)
        try:
            browser.wait_for("document.querySelector('#portal-first-paint #to-message')")
            browser.run("document.getElementById('to-message').focus()")
        finally:
            may_load.set()
        browser.wait_until_interactive()
        assert browser.run("return document.activeElement.id") == "to-message"
        assert browser.run("return document.activeElement.closest('#react-entry-point') !== null")


def test_page_without_script_shows_numbers_charts_and_links(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.open(site.url)
    assert browser.find("#total").text == "4,711"
    svg = browser.find("#volume svg")
    assert svg.is_displayed()
    assert svg.size["height"] == 260
    assert browser.find(".portal-no-script").is_displayed()
    browser.find("#to-message").click()
    assert browser.find("#which").text == "message 7"
