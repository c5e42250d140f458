"""Navigation, drawer and command palette."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.frame.conftest import Pages

pytestmark = pytest.mark.browser
_HERE = "#react-entry-point "


def narrow(pages: Pages, width: int = 360) -> None:
    metrics = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    pages.browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def press_ctrl_k(pages: Pages) -> None:
    ActionChains(pages.browser.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    pages.browser.find(f"{_HERE}.palette[open]")


def test_navigation_marks_the_current_page_and_moves_the_focus(pages: Pages) -> None:
    pages.open("/dashboard")
    pages.browser.click(f"{_HERE}.nav-entry[href='/messages']")
    pages.browser.wait(lambda: pages.browser.driver.title.startswith("Messages"), "the title")
    current = f"{_HERE}.nav-entry[aria-current=page]"
    pages.browser.wait(lambda: [link.text for link in pages.browser.all(current)] == ["Messages"], "the mark")
    assert pages.browser.run("return document.activeElement.id") == "page-title"
    # What was refused has no entry of its own: it belongs to the log.
    pages.browser.click(f"{_HERE}.page-header a[href='/refused-calls']")
    pages.browser.wait(lambda: pages.browser.driver.title.startswith("Refused"), "the page beside the log")
    pages.browser.wait(lambda: [link.text for link in pages.browser.all(current)] == ["Messages"], "the mark still")
    pages.browser.assert_console_empty()


def test_link_of_the_navigation_opens_inside_unless_it_is_wanted_elsewhere(pages: Pages) -> None:
    pages.open("/dashboard")
    pages.browser.run(
        "window.asked = [];"
        "addEventListener('click', event => { window.asked.push(event.defaultPrevented); event.preventDefault(); });"
    )
    for key in ("ctrlKey", "metaKey", "shiftKey", "altKey"):
        pages.browser.run(
            "document.querySelector('#react-entry-point .nav-entry[href=\"/messages\"] span').dispatchEvent("
            "new MouseEvent('click', {bubbles: true, cancelable: true, [arguments[0]]: true}))",
            key,
        )
    assert pages.browser.run("return window.asked") == [False] * 4
    assert pages.browser.run("return location.pathname") == "/dashboard"
    pages.browser.click(f"{_HERE}.nav-entry[href='/messages']")
    pages.browser.wait(lambda: pages.browser.driver.title.startswith("Messages"), "the title")
    assert pages.browser.run("return window.asked") == [False] * 4 + [True], "the same document"


def test_drawer_takes_the_focus_and_escape_gives_it_back(pages: Pages) -> None:
    narrow(pages)
    pages.open("/messages")
    pages.browser.find(f"{_HERE}[data-drawer-open]").click()
    pages.browser.wait(
        lambda: pages.browser.run("return document.activeElement.matches('.portal-nav a')"), "the focus in the drawer"
    )
    assert pages.browser.run("return document.querySelector('#react-entry-point .portal-column').inert")
    ActionChains(pages.browser.driver).send_keys(Keys.ESCAPE).perform()
    pages.browser.wait(
        lambda: pages.browser.run("return document.activeElement.hasAttribute('data-drawer-open')"), "the focus back"
    )


@pytest.mark.parametrize("path", ["/messages?status=failed", "/messages/msg_00000000000000000000000003"])
def test_page_at_320_pixels_does_not_scroll_sideways(pages: Pages, path: str) -> None:
    narrow(pages, 320)
    pages.open(path)
    width, room = pages.browser.run(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert width == room <= 320


def test_palette_goes_to_a_page_by_its_name(pages: Pages) -> None:
    pages.open("/messages")
    press_ctrl_k(pages)
    ActionChains(pages.browser.driver).send_keys("analyt").send_keys(Keys.ENTER).perform()
    pages.browser.wait_for_url(f"{pages.url}/analytics")


def test_palette_finds_a_number_in_any_digits(pages: Pages) -> None:
    pages.open("/dashboard")
    press_ctrl_k(pages)
    ActionChains(pages.browser.driver).send_keys("۰۷۰۱۲۳").send_keys(Keys.ENTER).perform()
    pages.browser.wait_for_url(f"{pages.url}/messages?")
    assert parse_qs(urlsplit(pages.browser.url).query) == {"q": ["070123"]}


def test_palette_opens_a_message_by_its_id(pages: Pages) -> None:
    wanted = "msg_00000000000000000000000007"
    pages.open("/dashboard")
    press_ctrl_k(pages)
    ActionChains(pages.browser.driver).send_keys(wanted).send_keys(Keys.ENTER).perform()
    pages.browser.wait_for_url(f"{pages.url}/messages/{wanted}")
    pages.browser.assert_console_empty()
