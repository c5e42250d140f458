"""Another language on the spot: the same page with the same filters, and what was entered and not sent is still there."""

from __future__ import annotations

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
    server, _app = portal_on_fakes.build(data_dir, asker=lambda: actor(user=made.user))
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
