"""A session's life after sign-in: refreshed, ended, and not to be brought back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from portal.shell import dash_internals
from tests.browser.signin.conftest import SignIn
from tests.support.browser import Browser
from tests.support.portal import changed_refresh, changed_session

pytestmark = pytest.mark.browser
SESSION, REFRESH, CSRF = "__Host-session", "__Host-refresh", "__Host-csrf"
ASK_FOR_A_PAGE = {
    "output": f"..{dash_internals.CONTENT_ID}.children...{dash_internals.STORE_ID}.data..",
    "outputs": [
        {"id": dash_internals.CONTENT_ID, "property": "children"},
        {"id": dash_internals.STORE_ID, "property": "data"},
    ],
    "inputs": [{"id": dash_internals.LOCATION_ID, "property": "pathname", "value": "/messages"}],
    "state": [{"id": dash_internals.LOCATION_ID, "property": "search", "value": ""}],
    "changedPropIds": [f"{dash_internals.LOCATION_ID}.pathname"],
}
ASK_AT_ONCE = """
const [times, body, done] = arguments;
const one = () => fetch('/_dash-update-component', {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: body, credentials: 'same-origin',
}).then(r => r.text().then(text => [r.status, text.includes('messages')]));
Promise.all(Array.from({length: times}, one)).then(done, error => done(String(error)));
"""


def expire(browser: Browser, site: SignIn) -> None:
    """Make the access token in the browser an expired one."""
    value = browser.cookies()[SESSION]["value"]
    browser.set_cookie(SESSION, changed_session(value, exp=1_700_000_000), site.url)


def ask_at_once(browser: Browser, times: int) -> Any:
    return browser.run_async(ASK_AT_ONCE, times, json.dumps(ASK_FOR_A_PAGE))


def sign_out(browser: Browser, site: SignIn) -> None:
    browser.run("document.querySelector(\"form[action='/auth/logout']\").requestSubmit()")
    site.confirm_sign_out(browser)
    browser.wait_for_url(f"{site.url}/login")


def test_expired_token_under_twenty_parallel_requests_is_refreshed_once(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    browser.wait_until_ready()
    before = browser.cookies()[REFRESH]["value"]
    expire(browser, site)
    assert ask_at_once(browser, 20) == [[200, True]] * 20
    assert site.provider.refreshes() == 1
    assert browser.cookies()[REFRESH]["value"] != before
    assert ask_at_once(browser, 3) == [[200, True]] * 3
    assert site.provider.refreshes() == 1
    browser.assert_console_empty()


def test_page_from_before_a_second_sign_in_still_works(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser, "/messages")
    browser.wait_until_ready()
    before, first = browser.cookies()[CSRF]["value"], browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    try:
        for name in (SESSION, REFRESH):
            browser.delete_cookie(name, site.url)
        browser.open(f"{site.url}/auth/start")
        if "/auth/" in browser.url or not browser.url.startswith(site.url):
            site.enter(browser)
        browser.wait(lambda: SESSION in browser.cookies(), "a new session")
        browser.wait_until_ready()
        assert browser.cookies()[CSRF]["value"] != before
    finally:
        browser.driver.close()
        browser.driver.switch_to.window(first)
    assert ask_at_once(browser, 1) == [[200, True]]
    browser.run("document.querySelector('#react-entry-point button[name=locale][value=ps]').click()")
    browser.wait(lambda: browser.all("html[lang=ps] #main"), "the form to have been taken")
    browser.assert_console_empty()


def test_expired_token_on_a_page_is_refreshed_unseen(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    expire(browser, site)
    browser.open(f"{site.url}/messages")
    assert browser.url == f"{site.url}/messages"
    browser.find("#main")
    assert site.provider.refreshes() == 1


def test_refused_refresh_leads_a_page_to_sign_in(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    expire(browser, site)
    browser.set_cookie(REFRESH, changed_refresh(browser.cookies()[REFRESH]["value"], rt="no such token"), site.url)
    browser.open(f"{site.url}/messages?status=failed")
    browser.wait_for_url(f"{site.url}/login?reason=session_expired")
    assert "session has ended" in browser.text("#signin-message")
    assert "next=%2Fmessages%3Fstatus%3Dfailed" in browser.url
    assert SESSION not in browser.cookies()


def test_refused_refresh_leads_an_open_page_to_sign_in(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser, "/messages?status=failed")
    browser.wait_until_ready()
    expire(browser, site)
    browser.set_cookie(REFRESH, changed_refresh(browser.cookies()[REFRESH]["value"], rt="no such token"), site.url)
    browser.run("fetch('/_dash-update-component', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: arguments[0]})",
                json.dumps(ASK_FOR_A_PAGE))  # fmt: skip
    browser.wait_for_url(f"{site.url}/login?reason=session_expired")
    assert "next=%2Fmessages%3Fstatus%3Dfailed" in browser.url


def test_issuer_away_during_refresh_keeps_the_session(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    expire(browser, site)
    site.provider.fail_next(503, 2)
    browser.open(f"{site.url}/messages")
    assert "does not answer right now" in browser.text("h1")
    assert {SESSION, REFRESH} <= set(browser.cookies())
    browser.open(f"{site.url}/messages")
    browser.find("#main")
    assert site.provider.refreshes() == 1


def test_sign_out_then_back_shows_nothing_of_the_session(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser, "/messages")
    browser.wait_until_ready()
    sign_out(browser, site)
    assert "signed out" in browser.text("#signin-message")
    assert not {SESSION, REFRESH} & set(browser.cookies())
    for _ in range(4):
        browser.driver.back()
        assert browser.all("#main") == []
    browser.open(f"{site.url}/messages")
    browser.wait_for_url(f"{site.url}/login")


def test_sign_out_ends_the_issuers_own_session(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    sign_out(browser, site)
    browser.open(site.url)
    site.begin(browser)


@pytest.mark.parametrize("path", ["/dashboard", "/messages"])
def test_stolen_cookie_after_sign_out_is_refused(site: SignIn, browser: Browser, path: str) -> None:
    site.sign_in(browser)
    stolen = {name: browser.cookies()[name]["value"] for name in (SESSION, REFRESH)}
    sign_out(browser, site)
    for name, value in stolen.items():
        browser.set_cookie(name, value, site.url)
    browser.open(site.url + path)
    browser.wait_for_url(f"{site.url}/login?reason=session_expired")
    assert browser.all("#main") == []
    for name, value in stolen.items():
        browser.set_cookie(name, value, site.url)
    answer = ask_at_once(browser, 1)
    assert answer == [[401, False]]


def test_signing_out_at_the_issuer_signs_out_of_the_portal(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    with requests.Session() as session:
        session.trust_env = False
        found = session.get(f"{site.provider.issuer}/.well-known/openid-configuration", timeout=10).json()
    browser.open(found["end_session_endpoint"])
    browser.click(site.provider.confirm)
    browser.wait(lambda: browser.all(site.provider.confirm) == [], "the issuer to have signed out")
    assert {SESSION, REFRESH} <= set(browser.cookies())
    browser.open(f"{site.url}/dashboard")
    browser.wait_for_url(f"{site.url}/login?reason=session_expired")
