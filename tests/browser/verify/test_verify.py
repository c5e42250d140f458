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
    browser.find(".file-field")
    browser.all(FILE)[0].send_keys(str(path))
    assert browser.text(".file-name") == name
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


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", ("Choose a file", "No file chosen. You can also drop one here.")),
        ("ps", ("فایل وټاکئ", "فایل نه دی ټاکل شوی. دلته یې هم غورځولی شئ.")),
    ],
)
def test_field_speaks_the_pages_language_and_takes_keys_and_dropped_files(
    browser: Browser, serve: object, tmp_path: Path, tag: str, words: tuple[str, str]
) -> None:
    browser.driver.get(f"{serve(tag)}/verify")  # type: ignore[operator]
    browser.wait_until_ready()
    assert (browser.text(".file-button"), browser.text(".file-told")) == words
    # The browser's own control, with the words of the browser's language, is there for keys and presses, and not seen.
    assert browser.run("return getComputedStyle(document.querySelector(arguments[0])).opacity", FILE) == "0"
    field, control = (browser.all(each)[0].rect for each in (".file-field", FILE))
    assert field["width"] - control["width"] <= 2
    assert field["height"] - control["height"] <= 2
    browser.run("document.querySelector(arguments[0]).focus()", FILE)
    assert browser.run("return getComputedStyle(document.querySelector('.file-field')).outlineStyle") == "solid"

    name = "راپور (1) – qbr.pdf"
    (tmp_path / name).write_bytes(b"genuine and dropped")
    place = {"x": field["x"] + field["width"] / 2, "y": field["y"] + field["height"] / 2}
    data = {"items": [], "files": [str(tmp_path / name)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.driver.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
        over = browser.run("return document.querySelector('.file-field').classList.contains('file-over')")
        assert over is (kind != "drop")
    browser.wait(lambda: browser.text(".file-name") == name, "the name of the dropped file")
    assert browser.find(".file-name").get_attribute("dir") == "ltr"
    assert not browser.all(".file-none")[0].is_displayed()
    browser.assert_console_empty()
