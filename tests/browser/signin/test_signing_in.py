"""Signing in, from every door."""

from __future__ import annotations

import pytest

from tests.browser.signin.conftest import SignIn
from tests.support.browser import Browser

pytestmark = pytest.mark.browser


def test_sign_in_with_the_right_password_shows_the_dashboard(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    browser.wait_for_url(f"{site.url}/dashboard")
    browser.wait_until_ready()
    cookies = browser.cookies()
    for name in ("__Host-session", "__Host-refresh"):
        cookie = cookies[name]
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")
    assert not [name for name in cookies if name.startswith("__Host-tx")]
    browser.assert_console_empty()
