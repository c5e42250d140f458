"""The sign-in page in a real browser: languages, themes, narrow windows, keyboard, its policy."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.identity.conftest import EMAIL, PASSWORD, LiveIssuer
from tests.support.accessibility import WCAG, axe_violations
from tests.support.browser import Browser

pytestmark = pytest.mark.browser


def show(browser: Browser, width: int, height: int, theme: str) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def violations(browser: Browser) -> list[str]:
    return axe_violations(browser, (*WCAG, "best-practice"), impacts=None)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fa-AF", "rtl"), ("ps", "rtl"), ("ar", "rtl")])
def test_page_in_every_language_and_theme_is_accessible_and_fits(
    browser: Browser, live_issuer: LiveIssuer, language: str, direction: str, theme: str
) -> None:
    show(browser, 320, 640, theme)
    browser.open(live_issuer.authorize_url(ui_locales=language))
    html = browser.find("html")
    assert (html.get_attribute("lang"), html.get_attribute("dir")) == (language, direction)
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("return document.activeElement.id") == "email"
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(243, 245, 248)", "dark": "rgb(22, 25, 29)"}[theme]
    assert violations(browser) == []
    # The error is part of the page too.
    browser.fill("#email", EMAIL)
    browser.find("#password").send_keys("wrong" + Keys.ENTER)
    assert browser.text("[role=alert]")
    assert browser.find("#email").get_attribute("value") == EMAIL
    assert browser.run("return document.activeElement.id") == "password"
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert violations(browser) == []
    browser.assert_console_empty()


def test_keyboard_alone_signs_in_and_returns_to_the_other_site(browser: Browser, live_issuer: LiveIssuer) -> None:
    browser.open(live_issuer.authorize_url())
    browser.find("#email").send_keys(EMAIL + Keys.TAB)
    browser.driver.switch_to.active_element.send_keys(PASSWORD + Keys.ENTER)
    browser.wait_for_url(live_issuer.callback)
    assert browser.text("#back") == "True"
    browser.assert_console_empty()
    cookies = browser.cookies()
    assert cookies["identity-session"]["httpOnly"]
    assert cookies["identity-session"]["sameSite"] == "Lax"


def test_language_link_changes_the_page_and_is_remembered(browser: Browser, live_issuer: LiveIssuer) -> None:
    browser.open(live_issuer.authorize_url())
    browser.click("a[hreflang=ps]")
    browser.find("html[lang=ps]")
    browser.open(live_issuer.authorize_url())
    assert browser.find("html").get_attribute("lang") == "ps"
    browser.assert_console_empty()


def test_page_is_a_handful_of_small_answers(browser: Browser, live_issuer: LiveIssuer) -> None:
    browser.open(live_issuer.authorize_url())
    browser.find("#email")
    # A set: the icon on the page and in the tab is one file, fetched once.
    asked = {url for _, url, _ in browser.responses() if url.startswith(live_issuer.url)}
    assert len(asked) <= 4, asked
    sizes = browser.run(
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(entry => entry.transferSize)"
    )
    assert sum(sizes) < 45_000
