"""Signing in, from every door."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.browser.signin.conftest import SignIn
from tests.support.browser import Browser
from tests.support.provider import NOBODY, OWNER, TAM
from tests.support.served import free_port, served

pytestmark = pytest.mark.browser
DEEP = "/messages?status=failed&to=%2B9370%2A"


def attempts(browser: Browser) -> list[str]:
    return [name for name in browser.cookies() if name.startswith("__Host-tx")]


def test_sign_in_with_the_right_password_shows_the_dashboard(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    browser.wait_for_url(f"{site.url}/dashboard")
    browser.wait_until_ready()
    cookies = browser.cookies()
    for name in ("__Host-session", "__Host-refresh"):
        cookie = cookies[name]
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")
    assert attempts(browser) == []
    browser.assert_console_empty()


def test_sign_in_from_a_deep_link_returns_to_it(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser, DEEP)
    browser.wait_for_url(site.url + "/messages")
    assert browser.url == site.url + DEEP
    browser.assert_console_empty()


def test_deep_link_from_another_site_opens_with_the_running_session(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    mail = Flask("mail")
    mail.add_url_rule(
        "/", view_func=lambda: f'<!doctype html><link rel=icon href="data:,"><a href="{site.url}{DEEP}">see</a>'
    )
    port = free_port()
    with served(mail, port):
        browser.open(f"http://127.0.0.1:{port}/")
        browser.responses()
        browser.click("a")
        browser.wait_for_url(site.url + "/messages")
        browser.find("#main")
    assert browser.url == site.url + DEEP
    assert not [url for _, url, _ in browser.responses() if "/login" in url]


def test_sign_in_with_a_wrong_password_says_so_and_lets_try_again(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    site.enter(browser, OWNER, "not the password")
    assert browser.text(site.provider.error)
    assert "__Host-session" not in browser.cookies()
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/dashboard")


def test_sign_in_without_a_role_explains_and_offers_to_sign_out(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    site.enter(browser, NOBODY)
    browser.find("#sign-out")
    assert "no access to this portal" in browser.text("h1")
    browser.open(f"{site.url}/messages")
    assert "no access to this portal" in browser.text("h1")
    browser.click("#sign-out")
    site.confirm_sign_out(browser)
    browser.wait_for_url(f"{site.url}/login")
    assert "__Host-session" not in browser.cookies()


def test_internal_user_lands_on_the_portfolio_and_customer_may_not(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser, email=TAM)
    browser.wait_for_url(f"{site.url}/portfolio")
    browser.open(f"{site.url}/dashboard")
    browser.wait_for_url(f"{site.url}/portfolio")


def test_customer_opening_an_internal_page_is_refused(site: SignIn, browser: Browser) -> None:
    site.sign_in(browser)
    browser.open(f"{site.url}/portfolio")
    assert "for other people" in browser.text("h1")


def test_sign_in_that_took_too_long_says_so(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    for name in attempts(browser):
        browser.delete_cookie(name, site.url)
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/login?reason=state_mismatch")
    assert "took too long" in browser.text("#signin-message")
    assert "__Host-session" not in browser.cookies()


def test_callback_with_a_foreign_state_is_refused(site: SignIn, browser: Browser) -> None:
    browser.open(f"{site.url}/auth/callback?state=foreign&code=stolen&iss={site.provider.issuer}")
    browser.wait_for_url(f"{site.url}/login?reason=state_mismatch")
    assert site.provider.grants() == []


def test_replayed_code_is_refused_by_the_issuer_and_explained(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    (name,) = attempts(browser)
    kept = browser.cookies()[name]["value"]
    browser.responses()
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/dashboard")
    callback = next(url for _, url, _ in browser.responses() if "/auth/callback" in url)
    for cookie in ("__Host-session", "__Host-refresh"):
        browser.delete_cookie(cookie, site.url)
    browser.set_cookie(name, kept, site.url, sameSite="Lax")
    browser.open(callback)
    browser.wait_for_url(f"{site.url}/login?reason=code_refused")
    assert "already used" in browser.text("#signin-message")
    assert [grant["status"] for grant in site.provider.grants()] == [200, 400]


def test_callback_opened_again_while_signed_in_just_goes_on(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    browser.responses()
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/dashboard")
    callback = next(url for _, url, _ in browser.responses() if "/auth/callback" in url)
    browser.run("location.href = arguments[0]", callback)
    browser.wait_for_url(f"{site.url}/dashboard")
    assert [grant["status"] for grant in site.provider.grants()] == [200]


def test_two_tabs_signing_in_at_once_both_arrive(site: SignIn, browser: Browser) -> None:
    tabs = [browser.driver.current_window_handle]
    browser.driver.switch_to.new_window("tab")
    tabs.append(browser.driver.current_window_handle)
    for tab, path in zip(tabs, ("/messages", "/dashboard"), strict=True):
        browser.driver.switch_to.window(tab)
        browser.open(site.url + path)
        site.begin(browser)
    assert len(attempts(browser)) == 2
    for tab, path in zip(tabs, ("/messages", "/dashboard"), strict=True):
        browser.driver.switch_to.window(tab)
        site.enter(browser)
        browser.wait_for_url(site.url + path)


def test_too_many_attempts_show_the_seconds_the_issuer_asks_for(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    site.provider.fail_next(429, 47)
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/login?reason=rate_limited")
    said = browser.text("#signin-message")
    assert said.startswith("Too many attempts. Try again in ")
    assert 1 <= int("".join(filter(str.isdigit, said))) <= 47
    assert browser.find("#signin-start").get_attribute("href") is None


def test_issuer_out_of_order_is_explained(site: SignIn, browser: Browser) -> None:
    browser.open(site.url)
    site.begin(browser)
    site.provider.fail_next(503, 5)
    site.enter(browser)
    browser.wait_for_url(f"{site.url}/login?reason=issuer_unavailable")
    assert "does not answer" in browser.text("#signin-message")


@pytest.mark.parametrize("running_site", ["bundled"], indirect=True)  # no issuer is asked before the page is left
@pytest.mark.parametrize("tag", ["fa-AF", "ps", "ar"])
def test_sign_in_page_in_a_right_to_left_language_stays_so(site: SignIn, browser: Browser, tag: str) -> None:
    browser.open(f"{site.url}/login?reason=session_expired&next=%2Fmessages")
    browser.click(f"button[value='{tag}']")
    browser.wait(lambda: browser.run("return document.documentElement.lang") == tag, "the other language")
    assert browser.run("return document.documentElement.dir") == "rtl"
    assert "reason=session_expired" in browser.url
    assert "next=%2Fmessages" in browser.url
    browser.click("button[value='dark']")
    browser.wait(lambda: browser.run("return document.documentElement.dataset.bsTheme") == "dark", "dark colours")
    browser.assert_console_empty()
