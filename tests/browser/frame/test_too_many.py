"""Who clicks too often reads so, and goes on where they were when the time has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.web.csrf import COOKIE
from portal.web.session import REFRESH_COOKIE, SESSION_COOKIE
from tests.integration.portal.conftest import lonely_portal
from tests.integration.portal.test_platform_refuses import signed_in
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.portal import stop_the_minute
from tests.support.served import free_port, served

pytestmark = pytest.mark.browser


def test_callback_beyond_the_limit_shows_words_and_can_be_tried_again(
    browser: Browser, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, port = stop_the_minute(monkeypatch), free_port()
    url = f"http://localhost:{port}"
    app = lonely_portal(data_dir, fake_services(), public_url=url, limit_user=100, session_check_seconds=300)
    same_person = signed_in(app)
    with served(app, port):
        for name in (SESSION_COOKIE, REFRESH_COOKIE, COOKIE):
            cookie = same_person.get_cookie(name, domain="localhost")
            assert cookie is not None
            browser.set_cookie(name, cookie.value, url, httpOnly=name != COOKIE)
        browser.open(f"{url}/dashboard")
        browser.wait_until_ready()
        browser.assert_console_empty()
        while same_person.get("/").status_code != 429:
            pass
        browser.click(".portal-nav .nav-entry[href='/messages']")
        assert "Please wait 30 seconds and try again." in browser.text(".portal-note")
        # The browser itself notes that it was answered with 429, and nothing else is said.
        assert {line.partition(" - ")[2][:40] for line in browser.console()} == {
            "Failed to load resource: the server resp"
        }
        now[0] += 120
        browser.click(".portal-note .btn-primary")
        browser.find("#main .log")
        assert browser.all(".portal-note") == []
        browser.assert_console_empty()


@pytest.mark.parametrize(("tag", "said"), [("en", "Please wait 30 seconds"), ("fa-AF", "لطفاً ۳۰ ثانیه")])
def test_page_beyond_the_limit_leads_on(
    browser: Browser, data_dir: Path, monkeypatch: pytest.MonkeyPatch, tag: str, said: str
) -> None:
    now, port = stop_the_minute(monkeypatch), free_port()
    url = f"http://localhost:{port}"
    with served(lonely_portal(data_dir, public_url=url, limit_sign_in=2), port):
        browser.set_cookie("__locale", tag, url, sameSite="Lax")
        for _ in range(3):
            browser.open(f"{url}/login")
        assert said in browser.text("main")
        assert len(browser.console()) == 1
        now[0] += 120
        browser.click("a.button")
        browser.find("#signin-start")
        browser.assert_console_empty()
