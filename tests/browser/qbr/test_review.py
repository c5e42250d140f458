"""A business review on a fake platform: read, written into, presented, exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

from portal.domain.errors import UpstreamUnavailable
from portal.domain.qbr_reports import ReportStatus
from tests.browser.whole.conftest import resize, wait_for_charts
from tests.browser.whole.test_walk import assert_accessible_and_fits
from tests.support import portal_on_fakes
from tests.support.accessibility import axe_violations
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_portfolio import tenant_id
from tests.support.fakes_qbr import QUARTER, FakeQbr, comments
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
PLACE = f"{HERE}[data-qbr-place]"
PATH = f"/qbr?tenantId={tenant_id()}&period={QUARTER.name}"
OpenReview = Callable[..., "Shown"]


@dataclass(frozen=True)
class Shown:
    """The page, and what it shows, which can be made to fail."""

    platform: FakeQbr
    browser: Browser

    def field(self, section: str) -> str:
        return f"{HERE}#qbr-{section} textarea"

    def write(self, section: str, text: str) -> None:
        self.browser.find(self.field(section)).send_keys(text)

    def keys(self, *keys: str) -> None:
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def press_until(self, key: str, said: str) -> None:
        """A section longer than the screen takes more than one."""
        self.browser.wait(lambda: self.browser.text(PLACE) == said or self.keys(key), f"section {said}")

    def wait_for_place(self, said: str) -> None:
        self.browser.wait(lambda: self.browser.text(PLACE) == said, f"section {said}")


@pytest.fixture
def open_review(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenReview]:
    """``open_review("fa-AF")`` serves the page to a TAM in a language and opens it."""
    with ExitStack() as stack:

        def opened(tag: str = "en", *, width: int = 1280) -> Shown:
            fake = FakeQbr()
            folder: Path = tmp_path_factory.mktemp("review")
            services = fake_services(qbr=fake)
            server, _app = portal_on_fakes.build(folder, tag=tag, services=services, asker=actor(None, roles=("tam",)))
            port = free_port()
            stack.enter_context(served(server, port))
            resize(browser, width)
            browser.open(f"http://{HOST}:{port}{PATH}")
            browser.wait_until_ready()
            wait_for_charts(browser)
            return Shown(fake, browser)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_review_is_written_into_by_two_people_and_exported(open_review: OpenReview) -> None:
    shown = open_review()
    browser, platform = shown.browser, shown.platform
    # An error takes nothing away.
    platform.failing["save"] = UpstreamUnavailable(request_id="up-3")
    shown.write("summary", "A hard quarter.")
    browser.click(f"{HERE}#qbr-comments-submit")
    browser.wait(lambda: "up-3" in browser.text(f"{HERE}#qbr-comments-summary"), "why it was not saved")
    assert browser.find(shown.field("summary")).get_attribute("value") == "A hard quarter."
    # Somebody else writes the same section, and another one.
    del platform.failing["save"]
    platform.latest = comments(7, summary="It was Roshan.", plan="Call Roshan.")
    browser.click(f"{HERE}#qbr-comments-submit")
    browser.wait(lambda: browser.all(f"{HERE}#qbr-summary .qbr-theirs"), "the other text")
    assert browser.text(f"{HERE}#qbr-summary .qbr-theirs") == "It was Roshan."
    assert browser.find(shown.field("plan")).get_attribute("value") == "Call Roshan."
    browser.click(f"{HERE}#qbr-summary [data-qbr-take=both]")
    browser.click(f"{HERE}#qbr-comments-submit")
    browser.wait(lambda: browser.all(f"{HERE}.qbr-saved"), "both to be saved")
    assert platform.latest.texts["summary"] == "A hard quarter.\n\nIt was Roshan."
    assert not browser.all(f"{HERE}form[data-unsaved]")
    # A report in the account's language, however often the button is pressed; it is told when it is ready.
    browser.click(f"{HERE}#qbr-export")
    browser.find(".modal.show #qbr-ask-form-submit")
    browser.run("const button = document.querySelector('#qbr-ask-form-submit'); button.click(); button.click();")
    browser.wait(lambda: len(browser.all(f"{HERE}#qbr-reports tbody tr")) == 3, "the report in the list")
    assert [each.language for each in platform.reports][:1] == ["fa-AF"]
    platform.change(0, status=ReportStatus.RUNNING, progress=40)
    browser.wait(lambda: browser.all(f"{HERE}#qbr-reports progress[value='40']"), "how far it is")
    platform.change(0, status=ReportStatus.READY, size_bytes=248_113, address="https://platform.example/r")
    browser.wait(lambda: browser.all("#toasts-list a[href*='/pdf']"), "the note that it is ready")
    browser.wait(lambda: len(browser.all(f"{HERE}#qbr-reports a[target=_blank]")) == 2, "its file")
    browser.assert_console_empty()


@pytest.mark.parametrize(("tag", "theme", "forward"), [("en", "light", Keys.RIGHT), ("fa-AF", "dark", Keys.LEFT)])
def test_review_is_presented_section_by_section_and_fits_everywhere(
    open_review: OpenReview, tag: str, theme: str, forward: str
) -> None:
    shown = open_review(tag)
    browser = shown.browser
    browser.run("document.documentElement.dataset.bsTheme = arguments[0]", theme)
    digits = (
        (lambda text: text) if tag == "en" else lambda text: text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    )
    places = [f"{at} of 8" if tag == "en" else digits(f"{at} از 8") for at in range(1, 9)]
    shown.write("traffic", "Eid")
    browser.click(f"{HERE}[data-qbr-present]")
    shown.wait_for_place(places[0])
    assert browser.run("return document.querySelector('#react-entry-point .portal-nav').getClientRects().length") == 0
    assert axe_violations(browser) == []
    shown.keys(Keys.END)
    shown.wait_for_place(places[7])  # what comes next is nothing, and has no place
    shown.keys(Keys.HOME)
    shown.wait_for_place(places[0])
    shown.press_until(forward, places[1])
    said = browser.find(f"{HERE}#qbr-traffic .qbr-said")
    assert said.is_displayed()
    assert said.text == "Eid"
    shown.press_until(Keys.SPACE, places[2])
    shown.keys(Keys.ESCAPE)
    browser.wait(lambda: browser.find(shown.field("traffic")).is_displayed(), "the page to be whole again")
    for width in (1280, 320):
        resize(browser, width)
        assert_accessible_and_fits(browser, (tag, theme, width))
    browser.run(
        "document.querySelector('form[data-unsaved]').removeAttribute('data-unsaved')"
    )  # leaving asks otherwise
    browser.assert_console_empty()
