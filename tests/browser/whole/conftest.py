"""Signing in to the running product, and looking at its pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.browser import Browser
from tests.support.http_sign_in import session_cookies
from tests.support.stack import PASSWORD, Stack

SignIn = Callable[..., None]


@pytest.fixture
def sign_in(browser: Browser, stack: Stack) -> SignIn:
    """Sign ``email`` in through the real pages; the browser then shows where it was sent."""

    def go(email: str = "owner@demo.example", password: str = PASSWORD) -> None:
        browser.open(f"{stack.portal_url}/login")
        browser.click("a[href*='/auth/start']")
        browser.fill("input[autocomplete=username], input[type=email]", email)
        browser.fill("input[type=password]", password)
        browser.find("input[type=password]").submit()
        browser.wait(
            lambda: (
                browser.url.startswith(stack.portal_url) and "/auth/" not in browser.url and "/login" not in browser.url
            ),
            "the portal after signing in",
        )
        browser.wait_until_ready()

    return go


@pytest.fixture
def signed_in(browser: Browser, stack: Stack) -> SignIn:
    """Give the browser a new session of ``email`` without going through the pages; it shows what it showed before."""

    def go(email: str = "owner@demo.example", password: str = PASSWORD) -> None:
        give_session(browser, stack, email, password)

    return go


def give_session(browser: Browser, stack: Stack, email: str, password: str) -> None:
    agent = browser.driver.execute_cdp_cmd("Browser.getVersion", {})["userAgent"]
    for cookie in session_cookies(stack.portal_url, email, password, user_agent=agent):
        hidden = cookie.has_nonstandard_attr("HttpOnly")
        browser.set_cookie(cookie.name, str(cookie.value), stack.portal_url, httpOnly=hidden)


def prefer(browser: Browser, stack: Stack, *, locale: str, theme: str) -> None:
    """Language and theme by the cookies that the switches set."""
    for name, value in (("__locale", locale), ("__theme", theme)):
        browser.set_cookie(name, value, stack.portal_url, httpOnly=False, sameSite="Lax")


def resize(browser: Browser, width: int, height: int = 900) -> None:
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def wait_for_charts(browser: Browser) -> None:
    """Until every graph of the page has been drawn by Plotly."""
    browser.draw_charts()


def failed_responses(browser: Browser) -> list[tuple[str, str, int]]:
    """What was answered with an error since the last look."""
    return [answer for answer in browser.responses() if answer[2] >= 400]
