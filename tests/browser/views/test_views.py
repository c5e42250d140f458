"""The log's menu of views in a real browser: saved, opened, renamed, updated and deleted by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import request
from selenium.webdriver import ActionChains, Keys

from portal.domain.errors import UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from tests.support import portal_on_fakes
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_views import FakeViews, view
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
MENU = f"{HERE}#views-menu"
LINKS = f"{MENU} .view-link"


class Log:
    """The log's page, used by keyboard; ``asked``: the callbacks that it called."""

    def __init__(self, browser: Browser, url: str, asked: list[str]) -> None:
        self.browser, self.url, self.asked = browser, url, asked

    def open(self, search: str) -> None:
        self.browser.open(f"{self.url}/messages{search}")
        self.browser.wait_until_ready()

    def press(self, *keys: str) -> None:
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def open_menu(self) -> None:
        self.browser.run(f"document.querySelector('{MENU} > summary').focus()")
        self.press(Keys.ENTER)
        self.browser.wait(lambda: self.browser.all(f"{MENU}[open]"), "the menu")
        self.wait_for_list()

    def wait_for_list(self) -> None:
        self.browser.wait(lambda: self.browser.all(f"{MENU} #views-list:not([hidden])"), "the list")

    def focused(self, selector: str) -> bool:
        return bool(self.browser.run("return document.activeElement.matches(arguments[0])", selector))

    def wait_for_focus(self, selector: str) -> None:
        self.browser.wait(lambda: self.focused(selector), f"the focus on {selector}")

    def wait_for_no_dialog(self) -> None:
        self.browser.wait(lambda: not self.browser.all(".modal, .modal-backdrop"), "the dialog to be gone")


@pytest.fixture
def log_on(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Log]]:
    with ExitStack() as stack:

        def opened(platform: FakeViews, tag: str = "en") -> Log:
            server, _app = portal_on_fakes.build(tmp_path, tag=tag, services=fake_services(views=platform))
            asked: list[str] = []

            @server.before_request
            def note() -> None:
                if request.path == "/_dash-update-component":
                    asked.append(request.get_json()["output"])

            port = free_port()
            stack.enter_context(served(server, port))
            return Log(browser, f"http://{HOST}:{port}", asked)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_view_is_saved_opened_updated_renamed_and_deleted_by_keyboard(
    browser: Browser, log_on: Callable[..., Log]
) -> None:
    platform = FakeViews(views=[view(1)])
    log = log_on(platform)
    log.open("?status=failed")
    assert platform.calls == []
    log.open_menu()
    assert axe_violations(browser) == []
    # The log asked for nothing, the menu once, and drawing its buttons for nothing more.
    assert log.asked == ["views-list.children"]
    log.press(Keys.ARROW_DOWN)
    log.wait_for_focus("[data-view-act=views-to-save]")
    log.press(Keys.ENTER)
    log.wait_for_focus(".modal.show input[type=text]")
    # A taken name is told beside the field, with what was typed still there.
    log.press(view(1).name.upper(), Keys.ENTER)
    browser.wait(lambda: "already" in browser.text(".modal.show .form-field-error"), "what is wrong")
    assert axe_violations(browser) == []
    log.wait_for_focus(".modal.show input[aria-invalid=true]")
    log.press("!", Keys.ENTER)
    log.wait_for_no_dialog()
    log.wait_for_focus("#views-menu > summary")
    taken_and_more = f"{view(1).name.upper()}!"
    assert [each.name for each in platform.views] == [view(1).name, taken_and_more]
    assert platform.views[1].wanted == MessageFilter.from_search("status=failed")
    # It is the one that is open; the other is a plain link, whose filter the bar and the rows then follow.
    log.open_menu()
    assert [link.text for link in browser.all(f"{LINKS}.active")] == [f"{taken_and_more}\n(open now)"]
    other = f"{LINKS}[href='/messages?{view(1).wanted.to_query_string()}']"
    log.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    log.wait_for_focus(other)
    log.press(Keys.ENTER)
    browser.wait_for_url(f"{log.url}/messages?startDate=2026-11-01")
    browser.wait(lambda: "Held" in browser.text(f"{HERE}#messages-shown"), "the view's filter")
    # A change of the filter since can be kept under the view's name.
    browser.run(f"document.querySelector('{HERE}#messages-search').focus()")
    log.press("070", Keys.ENTER)
    browser.wait(lambda: "q=070" in browser.url, "the changed filter")
    log.open_menu()
    log.press(Keys.ARROW_DOWN)
    log.wait_for_focus("[data-view-act=views-to-update]")
    log.press(Keys.ENTER)
    browser.wait(lambda: platform.views[0].wanted.text == "070", "the updated view")
    browser.wait(lambda: browser.all("#toasts-list *"), "what is said of it")
    # Renamed and deleted by the buttons beside its link.
    log.open_menu()
    log.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    log.wait_for_focus("[data-view-act=views-to-rename]")
    log.press(Keys.ENTER)
    log.wait_for_focus(".modal.show input[type=text]")
    log.press(Keys.END, ", kept", Keys.ENTER)
    log.wait_for_no_dialog()
    renamed = f"{view(1).name}, kept"
    assert platform.views[0].name == renamed
    # Notes go by themselves after a while: until then they lie over the buttons below them, some of them half.
    browser.wait(lambda: browser.all("#toasts-list .btn-close"), "what is said of it")
    browser.run("document.querySelectorAll('#toasts-list .btn-close').forEach(button => button.click())")
    log.open_menu()
    log.press(Keys.END, Keys.ESCAPE)
    log.wait_for_focus("#views-menu:not([open]) > summary")
    log.open_menu()
    log.press(Keys.ARROW_DOWN, Keys.END, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    log.wait_for_focus("[data-view-act=views-to-delete]")
    log.press(Keys.ENTER)
    browser.wait(lambda: renamed in browser.text(".modal.show .dialog-text"), "the question")
    assert axe_violations(browser) == []
    browser.click(".modal.show button[type=submit]")
    log.wait_for_no_dialog()
    assert [each.name for each in platform.views] == [taken_and_more]
    browser.assert_console_empty()


def test_many_long_names_fit_a_narrow_screen_and_a_failure_is_asked_again(
    browser: Browser, log_on: Callable[..., Log]
) -> None:
    metrics = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    platform = FakeViews(views=[view(number) for number in range(50)], error=UpstreamUnavailable(request_id="up-7"))
    log = log_on(platform, "fa-AF")
    log.open(f"?{view(0).wanted.to_query_string()}")
    browser.run(f"document.querySelector('{MENU} > summary').focus()")
    log.press(Keys.ARROW_DOWN)
    browser.wait(lambda: "up-7" in browser.text(f"{MENU} .state-error"), "the failure")
    platform.error = None
    browser.click(f"{MENU} [data-views-retry]")
    browser.wait(lambda: len(browser.all(LINKS)) == 50, "all views")
    assert browser.all(f"{MENU}[open]")
    log.wait_for_focus("#views-menu > summary")
    assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe_violations(browser) == []
    # From right to left the buttons are to the left of the link.
    browser.run(f"document.querySelector('{MENU} > summary').focus()")
    log.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    log.wait_for_focus("[data-view-act=views-to-rename]")
    log.press(Keys.ARROW_RIGHT)
    log.wait_for_focus(".view-link")
    # What the menu showed before is out of date when it opens again: it waits, and shows the new list only.
    log.press(Keys.ESCAPE)
    log.wait_for_focus("#views-menu:not([open]) > summary")
    with platform.slow:
        log.press(Keys.ENTER)
        browser.wait(lambda: len(platform.calls) == 3, "the question")
        browser.wait(lambda: browser.all(f"{MENU}[open] #views-list[hidden]"), "the old list to be hidden")
        assert [one.is_displayed() for one in browser.all(f"{MENU} #views-waiting")] == [True]
        platform.views = [view(3)]
    log.wait_for_list()
    assert len(browser.all(LINKS)) == 1
    assert [one.is_displayed() for one in browser.all(f"{MENU} #views-waiting")] == [False]
    browser.assert_console_empty()
