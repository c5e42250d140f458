"""A report is checked by a form that the browser sends: seen in every state, in both directions and themes, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys

from portal.domain.errors import UpstreamUnavailable
from portal.web import report_checks
from tests.browser.whole.conftest import resize
from tests.browser.whole.test_walk import assert_accessible_and_fits
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_report_checks import FakeReportChecks
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
FILE, TITLE = "#report-check-file", "#report-check-verdict"
VERDICTS = {
    "genuine": "Genuine and unchanged", "changed": "Changed", "extended": "Something was added after signing",
    "foreign": "Signed by somebody else", "development": "Unchanged, but signed with a development key",
    "not_signed": "Not signed", "not_pdf": "Not a PDF",
}  # fmt: skip


@pytest.fixture
def checks() -> FakeReportChecks:
    return FakeReportChecks()


@pytest.fixture
def serve(checks: FakeReportChecks, tmp_path: Path) -> Iterator[object]:
    with ExitStack() as running:

        def start(tag: str) -> str:
            port, services = free_port(), fake_services(report_checks=checks)
            server, _ = portal_on_fakes.build(tmp_path / tag, tag=tag, services=services)
            report_checks.allow_uploads(server)
            report_checks.register(server, services=services)
            running.enter_context(served(server, port))
            return f"http://{HOST}:{port}"

        yield start


def send(browser: Browser, folder: Path, content: bytes, name: str = "qbr-2026-Q1.pdf") -> None:
    """Choose a file and press Enter on the button, without a mouse."""
    path = folder / name
    path.write_bytes(content)
    browser.find(FILE).send_keys(str(path))
    before = browser.run("return performance.timeOrigin")
    ActionChains(browser.driver).send_keys(Keys.TAB).perform()
    browser.run("document.querySelector('#report-check-form button').focus()")
    ActionChains(browser.driver).send_keys(Keys.ENTER).perform()
    browser.wait(lambda: browser.run("return performance.timeOrigin") != before, "the page with the answer")
    browser.wait_until_ready()


def test_every_answer_is_shown_in_the_page_and_the_form_is_there_again(
    browser: Browser, serve: object, checks: FakeReportChecks, tmp_path: Path
) -> None:
    browser.driver.get(f"{serve('en')}/verify")  # type: ignore[operator]
    browser.wait_until_ready()
    for word, title in VERDICTS.items():
        send(browser, tmp_path, word.encode() + b" and more")
        assert browser.text(TITLE) == title
        assert "qbr-2026-Q1.pdf" in browser.text("#report-check-result")
        assert browser.url.endswith("/verify")
    assert checks.asked[0] == b"genuine and more"
    send(browser, tmp_path, bytes(11 * 1024 * 1024))
    assert browser.text(TITLE) == "Too large"
    checks.error = UpstreamUnavailable(request_id="up-1")
    send(browser, tmp_path, b"genuine")
    assert browser.text(TITLE) == "Could not be checked just now"
    assert "up-1" in browser.text("#report-check-result")
    assert len(checks.asked) == len(VERDICTS) + 1
    browser.assert_console_empty()


@pytest.mark.parametrize(
    ("tag", "theme", "width"), [("en", "light", 1280), ("fa-AF", "dark", 320), ("ar", "light", 320)]
)
def test_page_is_accessible_and_fits(
    browser: Browser, serve: object, tmp_path: Path, tag: str, theme: str, width: int
) -> None:
    resize(browser, width)
    browser.driver.get(f"{serve(tag)}/verify")  # type: ignore[operator]
    browser.wait_until_ready()
    send(browser, tmp_path, b"changed", name=f"{'a-very-long-name-' * 6}.pdf")
    browser.run("document.documentElement.dataset.bsTheme = arguments[0]", theme)
    assert_accessible_and_fits(browser, (tag, theme, width))
    browser.assert_console_empty()
