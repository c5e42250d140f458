"""One's own profile in the running product: what is changed holds at once, here and in every other browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.profile.conftest import PASSWORD
from tests.browser.whole.conftest import SignIn, prefer, resize
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.stack import Stack

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
NEW = "a sentence only I know"
Elsewhere = Callable[..., Browser]


def field(form: str, name: str) -> str:
    return f'{HERE}[data-form="profile-{form}-form"] [id*=\'"field":"{name}"\'].form-control'


def open_profile(browser: Browser, stack: Stack) -> None:
    browser.open(f"{stack.portal_url}/profile")
    browser.wait_until_ready()


def toast(browser: Browser, words: str) -> None:
    browser.wait(lambda: words in browser.text(f"{HERE}.toasts"), f"the note {words!r}")


def rows(browser: Browser) -> list[str]:
    return [str(row.text) for row in browser.all(f"{HERE}.sessions tbody tr")]


def is_sent_to_sign_in(browser: Browser, stack: Stack) -> bool:
    browser.open(f"{stack.portal_url}/messages")
    return browser.url.startswith(f"{stack.portal_url}/login")


def test_account_menu_leads_to_the_profile(browser: Browser, stack: Stack, sign_in: SignIn, person: str) -> None:
    sign_in(person, PASSWORD)
    browser.click(f"{HERE}.portal-top details:has(a[href='/profile']) > summary")
    browser.click(f"{HERE}a[href='/profile']")
    browser.wait_for_url(f"{stack.portal_url}/profile")
    browser.wait_until_ready()
    assert person in browser.text(f"{HERE}.profile-facts")
    assert "Viewer" in browser.text(f"{HERE}.profile-facts")
    browser.assert_console_empty()


def test_password_change_signs_out_the_other_browser_and_the_old_one_is_refused(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, elsewhere: Elsewhere
) -> None:
    other = elsewhere(person)
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    browser.fill(field("password", "currentPassword"), "not it")
    browser.fill(field("password", "newPassword"), "short")
    browser.click(f"{HERE}#profile-password-form-submit")
    browser.wait(lambda: "not your current" in browser.text(f"{HERE}#password"), "what is wrong")
    assert "at least 10" in browser.text(f"{HERE}#password").lower()
    browser.fill(field("password", "currentPassword"), PASSWORD)
    browser.fill(field("password", "newPassword"), NEW)
    browser.click(f"{HERE}#profile-password-form-submit")
    toast(browser, "password was changed")
    assert browser.find(field("password", "newPassword")).get_attribute("value") == ""
    browser.wait(lambda: len(rows(browser)) == 1, "the list of sessions to have this one only")
    browser.assert_console_empty()

    other.wait(lambda: is_sent_to_sign_in(other, stack), "the other browser to be signed out")
    browser.open(f"{stack.portal_url}/messages")
    assert browser.url == f"{stack.portal_url}/messages", "this one stays signed in"
    other.begin_anew()
    other.open(f"{stack.portal_url}/login")
    other.click("a[href*='/auth/start']")
    other.fill("input[autocomplete=username], input[type=email]", person)
    other.fill("input[type=password]", PASSWORD)
    other.find("input[type=password]").submit()
    other.wait(lambda: other.all("[role=alert]"), "the refusal of the old password")
    assert not other.url.startswith(stack.portal_url)
    other.begin_anew()
    elsewhere(person, NEW)


def test_session_that_is_revoked_lands_on_sign_in_and_this_one_stays(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, elsewhere: Elsewhere
) -> None:
    other = elsewhere(person)
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    assert len(rows(browser)) == 2
    assert "This device" in rows(browser)[0]
    browser.click(f"{HERE}[id*='session-end'][id*='session\":']")
    browser.find("#profile-end-session-form-submit")
    assert "signed out at once" in browser.text(".modal")
    assert axe_violations(browser) == []
    browser.click("#profile-end-session-form-submit")
    toast(browser, "device was signed out")
    browser.wait(lambda: len(rows(browser)) == 1, "the list to be shorter")
    assert "signed in here only" in browser.text(f"{HERE}#sessions")
    other.wait(lambda: is_sent_to_sign_in(other, stack), "the other browser to be signed out")
    assert not is_sent_to_sign_in(browser, stack)
    browser.assert_console_empty()


def test_all_other_sessions_end_after_a_question_that_says_how_many(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, elsewhere: Elsewhere
) -> None:
    other = elsewhere(person)
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    browser.click(f"{HERE}[id*='session-end-others']")
    browser.find("#profile-end-others-form-submit")
    assert "1 other session ends" in browser.text(".modal")
    browser.click(".modal [data-dialog-close].btn-outline-secondary")
    browser.wait(lambda: not browser.all(".modal"), "the question to be gone")
    assert not is_sent_to_sign_in(other, stack), "nothing happened"
    browser.click(f"{HERE}[id*='session-end-others']")
    browser.click("#profile-end-others-form-submit")
    toast(browser, "everywhere else")
    other.wait(lambda: is_sent_to_sign_in(other, stack), "the other browser to be signed out")
    assert not is_sent_to_sign_in(browser, stack)
    browser.assert_console_empty()


def test_address_is_changed_with_the_password_and_shown_at_once(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, elsewhere: Elsewhere
) -> None:
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    browser.fill(field("email", "email"), "owner@demo.example")
    browser.fill(field("email", "currentPassword"), PASSWORD)
    browser.click(f"{HERE}#profile-email-form-submit")
    browser.wait(lambda: "cannot be used" in browser.text(f"{HERE}#email"), "the refusal of somebody else's address")
    browser.fill(field("email", "email"), f"New-{person}")
    browser.click(f"{HERE}#profile-email-form-submit")
    toast(browser, "e-mail address was changed")
    assert browser.text(f"{HERE}#profile-email") == f"new-{person}"
    browser.assert_console_empty()
    elsewhere(f"new-{person}")


def test_language_digits_and_calendar_hold_at_once_without_losing_the_page(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, elsewhere: Elsewhere
) -> None:
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    for control, value in (("language", "fa-AF"), ("calendar", "gregorian"), ("digits", "latin")):
        browser.find(f"{HERE}#profile-{control} option[value='{value}']").click()
    browser.fill(f"{HERE}#profile-zone", "Europe/Berlin")
    browser.click(f"{HERE}#preferences button[type=submit]")
    browser.wait(lambda: browser.run("return document.documentElement.lang") == "fa-AF", "the page in Dari")
    browser.wait_until_ready()
    assert browser.url == f"{stack.portal_url}/profile?kept=1#preferences"
    assert browser.run("return document.documentElement.dir") == "rtl"
    shown = rows(browser)[0]
    assert not any(digit in shown for digit in "۰۱۲۳۴۵۶۷۸۹")
    assert browser.cookies()["__locale"]["value"] == "fa-AF", "the cookie agrees with the profile"
    assert browser.find(f"{HERE}#profile-zone").get_attribute("value") == "Europe/Berlin"
    browser.assert_console_empty()

    browser.find(f"{HERE}#profile-digits option[value='native']").click()
    browser.click(f"{HERE}#preferences button[type=submit]")
    browser.wait(lambda: any(digit in "".join(rows(browser)) for digit in "۰۱۲۳۴۵۶۷۸۹"), "digits of the language")
    alone = rows(browser)[0].count("(")
    browser.find(f"{HERE}#profile-calendar option[value='both']").click()
    browser.click(f"{HERE}#preferences button[type=submit]")
    browser.wait(
        lambda: [row.count("(") > alone for row in rows(browser)[:1]] == [True], "the other calendar beside the own"
    )
    other = elsewhere(person)
    open_profile(other, stack)
    assert other.run("return document.documentElement.lang") == "fa-AF", "the choice goes along to every browser"


def test_unknown_time_zone_is_refused_in_words_and_nothing_is_kept(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str
) -> None:
    signed_in(person, PASSWORD)
    open_profile(browser, stack)
    browser.fill(f"{HERE}#profile-zone", "Mars/Olympus")
    browser.find(f"{HERE}#profile-language option[value='ps']").click()
    browser.click(f"{HERE}#preferences button[type=submit]")
    browser.wait(lambda: browser.all(f"{HERE}#preferences [role=alert]"), "the refusal")
    assert "no such time zone" in browser.text(f"{HERE}#preferences")
    assert browser.run("return document.documentElement.lang") == "en"


@pytest.mark.parametrize(
    ("locale", "theme", "width"), [("en", "light", 1280), ("fa-AF", "dark", 320), ("ps", "light", 768)]
)
def test_profile_is_accessible_and_fits(
    browser: Browser, stack: Stack, signed_in: SignIn, person: str, locale: str, theme: str, width: int
) -> None:
    signed_in(person, PASSWORD)
    prefer(browser, stack, locale=locale, theme=theme)
    resize(browser, width)
    try:
        open_profile(browser, stack)
        assert axe_violations(browser) == []
        assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
        browser.assert_console_empty()
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
