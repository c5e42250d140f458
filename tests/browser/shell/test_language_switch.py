"""Another language on the spot: the same page with the same filters, and what was entered and not sent is still there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portal.web import reader
from tests.browser.shell.conftest import ShellBrowser
from tests.support import portal_on_fakes
from tests.support.fakes_analytics import actor
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser


@dataclass
class Portal:
    """The portal's pages; ``saved`` are the languages that went into the profile, ``user`` is who asks."""

    url: str = ""
    user: str = "user-1"
    saved: list[str] = field(default_factory=list)


@pytest.fixture
def portal(data_dir: Path) -> Iterator[Portal]:
    made = Portal()
    asked = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    server, _app = portal_on_fakes.build(data_dir, asker=lambda: actor(user=made.user), ask_opinion_at=asked)
    server.before_request(lambda: reader.prepare())
    reader.register(server, save_locale=made.saved.append)
    port = free_port()
    made.url = f"http://{HOST}:{port}"
    with served(server, port):
        yield made


@pytest.fixture
def switch(browser: ShellBrowser, portal: Portal) -> Callable[[str], None]:
    """``switch("ps")`` as a reader does it, by the menu of languages."""

    def go(tag: str) -> None:
        browser.run(
            "document.querySelector(`#react-entry-point [action$='/preferences/locale'] [value='${arguments[0]}']`)"
            ".closest('details').open = true",
            tag,
        )
        browser.find(f"#react-entry-point [action$='/preferences/locale'] [value='{tag}']").click()
        browser.wait_for(f"document.documentElement.lang === '{tag}'")
        browser.browser.wait_until_ready()

    return go


def opened(browser: ShellBrowser, address: str) -> None:
    browser.open(address)
    browser.browser.wait_until_ready()


def value(browser: ShellBrowser, selector: str) -> object:
    return browser.run("const e = document.querySelector(arguments[0]); return e && e.value", selector)


BODY = "#react-entry-point textarea"
#: What the portal says of a text once it has looked at it.
LOOKED_AT = "#react-entry-point .send-preview"


def test_what_was_typed_is_still_there_and_counts(
    browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]
) -> None:
    opened(browser, f"{portal.url}/send-test")
    browser.find(BODY).send_keys("“Ten” off — today")
    browser.find(LOOKED_AT)
    switch("fa-AF")
    browser.wait(lambda: value(browser, BODY) == "“Ten” off — today", "the text to be back")
    browser.find(LOOKED_AT)  # it is a text like one that was typed
    browser.find(BODY).send_keys("!")
    switch("en")
    browser.wait(lambda: value(browser, BODY) == "“Ten” off — today!", "the text to be back again")
    assert portal.saved == ["fa-AF", "en"]
    assert browser.browser.cookies()[reader.LOCALE_COOKIE]["value"] == portal.saved[-1]
    browser.assert_console_empty()


def test_page_and_filters_stay(browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]) -> None:
    address = f"{portal.url}/messages?status=failed&operator=Roshan"
    opened(browser, address)
    switch("ps")
    assert browser.driver.current_url == address
    assert browser.run("return document.documentElement.dir") == "rtl"


def test_choices_and_boxes_come_along(browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]) -> None:
    opened(browser, f"{portal.url}/profile")
    select = "#react-entry-point #profile-calendar"
    browser.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", select)
    browser.find(select).send_keys("G")
    assert value(browser, select) == "gregorian"
    switch("ar")
    browser.wait(lambda: value(browser, select) == "gregorian", "the choice to be back")
    browser.assert_console_empty()


def test_answers_to_choose_from_come_along(
    browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]
) -> None:
    opened(browser, f"{portal.url}/dashboard")
    scores = "#react-entry-point .nps-scores input"
    chosen = f"return [...document.querySelectorAll('{scores}')].findIndex(each => each.checked)"
    browser.find(".nps-scores")
    browser.run(f"document.querySelectorAll('{scores}')[7].scrollIntoView({{block: 'center'}})")
    browser.run(f"document.querySelectorAll('{scores}')[7].click()")
    assert browser.run(chosen) == 7
    switch("fa-AF")
    browser.wait(lambda: browser.run(chosen) == 7, "the answer to be back")
    browser.assert_console_empty()


def test_days_chosen_in_the_months_come_along(
    browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]
) -> None:
    opened(browser, f"{portal.url}/dashboard?from=2026-10-24&to=2026-11-05")
    menu = "#react-entry-point details:has([data-date-range])"
    days = f"return [...document.querySelectorAll('{menu} .date-field')].map(field => field.value)"
    browser.find(f"{menu} > summary").click()
    for day in (dt.date(2026, 10, 20), dt.date(2026, 11, 3)):
        browser.find(f"{menu} [data-day='{(day - dt.date(1970, 1, 1)).days}']").click()
    browser.wait(lambda: browser.run(days) == ["2026-10-20", "2026-11-03"], "the days in their fields")
    switch("ps")
    browser.wait(lambda: browser.run(days) == ["2026-10-20", "2026-11-03"], "the days to be back")
    browser.find(f"{menu} > summary").click()
    browser.find("#react-entry-point #filters-apply").click()
    browser.wait_for("location.search === '?from=2026-10-20&to=2026-11-03'")
    browser.assert_console_empty()


def test_chosen_file_is_asked_for_again_and_that_is_said_before(
    browser: ShellBrowser, portal: Portal, switch: Callable[[str], None], tmp_path: Path
) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.7 what nobody else is to read")
    opened(browser, f"{portal.url}/verify")
    warned, again = "#react-entry-point .language-file", "#react-entry-point .file-again"
    seen = "const e = document.querySelector(arguments[0]); return e.checkVisibility() && e.textContent"
    languages = f"document.querySelector('{warned}').closest('details')"
    browser.run(f"{languages}.open = true")
    browser.wait_for(f"{languages}.open")
    assert browser.run(seen, warned) is False
    browser.run(f"{languages}.open = false")
    browser.run("return document.querySelector('#react-entry-point input[type=file]')").send_keys(str(report))
    assert browser.run(seen, again) is False
    browser.run(f"{languages}.open = true")
    browser.wait(lambda: "chosen again" in str(browser.run(seen, warned)), "the warning")
    browser.before_every_page("window.carried = sessionStorage.getItem('portal-carried');")
    switch("fa-AF")
    browser.wait(lambda: "دوباره" in str(browser.run(seen, again)), "the file to be asked for")
    assert browser.find("#react-entry-point .file-name").text == "report.pdf"
    assert "nobody" not in browser.run("return window.carried")
    browser.run("return document.querySelector('#react-entry-point input[type=file]')").send_keys(str(report))
    browser.wait(lambda: browser.run(seen, again) is False, "the request to be gone")
    browser.assert_console_empty()


def test_passwords_are_never_kept(browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]) -> None:
    opened(browser, f"{portal.url}/profile")
    browser.before_every_page("window.carried = sessionStorage.getItem('portal-carried');")
    first = "#react-entry-point main input[type=password]"
    mail = "#react-entry-point main input[type=email]"
    for selector, typed in ((first, "a secret of mine"), (mail, "new@example.org")):
        browser.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        browser.find(selector).send_keys(typed)
    switch("fa-AF")
    browser.wait(lambda: value(browser, mail) == "new@example.org", "the address to be back")
    assert value(browser, first) == ""
    assert "new@example.org" in browser.run("return window.carried")
    assert "secret" not in browser.run("return window.carried")
    assert browser.run("return sessionStorage.length") == 0


def test_another_reader_of_the_same_tab_finds_nothing(
    browser: ShellBrowser, portal: Portal, switch: Callable[[str], None]
) -> None:
    opened(browser, f"{portal.url}/send-test")
    browser.find(BODY).send_keys("For my eyes only")
    portal.user = "user-2"
    switch("fa-AF")
    browser.wait_for("document.querySelector('#react-entry-point [data-reader=user-2]')")
    assert browser.run("return sessionStorage.length") == 0
    # What is restored is restored when the page is there, in the same turn: nothing is to come.
    assert value(browser, BODY) == ""
