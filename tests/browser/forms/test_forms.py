"""Forms, dialogs and notes in a real browser: nothing is sent twice, nothing is lost, no secret stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.support import forms_demo
from tests.support.browser import Browser
from tests.support.forms_demo import THE_SECRET
from tests.support.served import HOST, free_port, served
from tests.support.shell_demo import pages_set_aside

NAME = '.modal [id*=\'"field":"name"\'].form-control'
NOTE = ".modal textarea"
SUBMIT = "#thing-submit"
STORES = """
  const seen = new Set(), out = [];
  (function walk(value, path) {
    if (typeof value === 'string') out.push([path, value]);
    else if (value && typeof value === 'object' && !seen.has(value)) {
      seen.add(value);
      Object.keys(value).forEach(name => walk(value[name], path + '/' + name));
    }
  })(window.dash_stores[0].getState(), '');
  return out.filter(([, value]) => value.includes(arguments[0])).map(([path]) => path);
"""


@dataclass
class Things:
    """The page, what it created as (idempotency key, name), and what lets a slow answer go."""

    browser: Browser
    created: list[tuple[str, str]]
    go_on: threading.Event

    def open_form(self) -> None:
        self.browser.click("#new")
        self.browser.find(SUBMIT)

    def key(self) -> str:
        return str(self.browser.find(SUBMIT).get_attribute("value"))

    def focused(self) -> str:
        return str(self.browser.run("return document.activeElement.id"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms")


@pytest.fixture
def open_things(browser: Browser, data_dir: Path) -> Iterator[Callable[..., Things]]:
    with ExitStack() as stack:
        stack.enter_context(pages_set_aside())

        def opened(tag: str = "en") -> Things:
            server, created, go_on = forms_demo.build(data_dir, tag=tag)
            port = free_port()
            stack.enter_context(served(server, port))
            browser.open(f"http://{HOST}:{port}/")
            browser.wait_until_ready()
            stack.callback(go_on.set)
            return Things(browser, created, go_on)

        yield opened
        browser.open("about:blank")


@pytest.fixture
def things(open_things: Callable[..., Things]) -> Things:
    return open_things()


def test_form_opens_with_the_first_field_focused_and_escape_gives_the_focus_back(things: Things) -> None:
    things.open_form()
    things.browser.wait(lambda: '"name"' in things.focused(), "the first field to have the focus")
    things.browser.find(NAME).send_keys(Keys.ESCAPE)
    things.browser.wait(lambda: not things.browser.all(".modal"), "the dialog to close")
    things.browser.wait(lambda: things.focused() == "new", "the focus to be back")
    things.browser.assert_console_empty()


def test_wrong_fields_are_told_beside_them_and_nothing_is_lost(things: Things) -> None:
    things.open_form()
    things.browser.find(NOTE).send_keys("a note")
    things.browser.click(SUBMIT)
    things.browser.wait(lambda: "This is needed." in things.browser.text(".modal"), "the field's problem")
    name = things.browser.find(NAME)
    assert things.browser.text(".form-summary").splitlines() == [
        "Check the 2 marked fields.",
        "This is already in use.",
    ]
    assert name.get_attribute("aria-invalid") == "true"
    described = str(name.get_attribute("aria-describedby")).split()
    texts = [things.browser.run("return document.getElementById(arguments[0]).textContent", one) for one in described]
    assert texts == ["Of your own", "This is needed."]
    things.browser.wait(lambda: '"name"' in things.focused(), "the first wrong field to have the focus")
    assert things.browser.find(NOTE).get_attribute("value") == "a note"
    assert things.created == []
    things.browser.assert_console_empty()


def test_a_refusal_that_concerns_no_field_is_told_in_words_with_its_seconds(things: Things) -> None:
    things.open_form()
    things.browser.find(NAME).send_keys("limited")
    things.browser.click(SUBMIT)
    things.browser.wait(lambda: "7" in things.browser.text(".form-summary"), "the summary")
    assert "request-7" in things.browser.text(".form-summary")


def test_enter_submits_once_and_the_secret_is_gone_when_its_dialog_closes(things: Things) -> None:
    things.open_form()
    key = things.key()
    things.browser.find(NAME).send_keys("one", Keys.ENTER)
    things.browser.wait(lambda: THE_SECRET in things.browser.text("#thing-secret-dialog-secret"), "the secret")
    assert things.created == [(key, "one")]
    # A stray click and Escape leave it open.
    things.browser.run("document.querySelector('.modal.show').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    things.browser.find(".secret-text").send_keys(Keys.ESCAPE)
    assert THE_SECRET in things.browser.text("#thing-secret-dialog-secret")
    things.browser.click(".secret [data-copy]")
    things.browser.wait(lambda: things.browser.text(".secret [data-copy]") == "Copied", "the copy")
    assert things.browser.run(STORES, THE_SECRET), "the search below must be able to find it"
    things.browser.click(".modal .form-buttons [data-dialog-close]")
    things.browser.wait(lambda: not things.browser.all(".modal"), "the dialog to close")
    assert things.browser.run(STORES, THE_SECRET) == []
    assert THE_SECRET not in things.browser.run("return document.documentElement.outerHTML")
    assert "Created" in things.browser.text(".toasts")
    things.browser.assert_console_empty()


def test_button_rests_while_sending_and_each_opening_has_a_key_of_its_own(things: Things) -> None:
    things.open_form()
    first = things.key()
    things.browser.find(NAME).send_keys("slow")
    things.browser.run("const b = document.querySelector('#thing-submit'); b.click(); b.click();")
    things.browser.wait(lambda: not things.browser.find(SUBMIT).is_enabled(), "the button to rest")
    things.go_on.set()
    things.browser.wait(lambda: things.browser.all("#thing-secret-dialog-secret"), "the secret")
    assert {key for key, _ in things.created} == {first}
    things.browser.click(".modal .form-buttons [data-dialog-close]")
    things.browser.wait(lambda: not things.browser.all(".modal"), "the dialog to close")
    things.open_form()
    assert things.key() != first
    assert things.browser.find(NAME).get_attribute("value") == ""


def test_right_to_left_dialog_and_notes_mirror(open_things: Callable[..., Things]) -> None:
    things = open_things("fa-AF")
    things.open_form()
    box = things.browser.find(".modal-content").rect
    close = things.browser.find(".modal .btn-close").rect
    assert close["x"] < box["x"] + box["width"] / 2
    assert things.browser.find(".modal .btn-close").get_attribute("aria-label") == "بستن"
    things.browser.find(NAME).send_keys("one", Keys.ENTER)
    note = things.browser.find(".toast-note").rect
    assert note["x"] < 640
    things.browser.assert_console_empty()
