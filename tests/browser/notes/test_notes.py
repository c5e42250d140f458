"""Notes, the audit log and assignments in a browser: looked at in both directions and themes, and used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.ui import Select

from portal.domain.actor import Actor
from tests.browser.whole.conftest import resize
from tests.browser.whole.test_walk import assert_accessible_and_fits
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_notes import FakeAssignments, FakeNotes, person
from tests.support.fakes_portfolio import tenant_id
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser
HERE = "#react-entry-point "
TENANT, ADMIN = f"/tenant?tenantId={tenant_id()}", actor(None, roles=("platform_admin",))
ATTACK = "**bold** <img src=x onerror=window.hurt=1> [x](javascript:window.hurt=1)"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@contextmanager
def pages(data_dir: Path, asker: Actor = ADMIN, tag: str = "en", **ports: Any) -> Iterator[str]:
    server, _app = portal_on_fakes.build(data_dir, tag=tag, services=fake_services(**ports), asker=asker)
    port = free_port()
    with served(server, port):
        yield f"http://{HOST}:{port}"


@pytest.mark.parametrize(("tag", "looks"), [("en", (("light", 1280),)), ("fa-AF", (("dark", 320),))])
def test_pages_are_accessible_and_fit(data_dir: Path, browser: Browser, tag: str, looks: Any) -> None:
    for path, asker in ((TENANT, ADMIN), ("/audit-log", actor()), ("/assignments", ADMIN)):
        with pages(data_dir, asker, tag) as url:
            for theme, width in looks:
                resize(browser, width)
                browser.open(f"{url}{path}")
                browser.wait_until_ready()
                browser.run("document.documentElement.dataset.bsTheme = arguments[0]", theme)
                assert_accessible_and_fits(browser, (path, theme, width))
            browser.assert_console_empty()
            browser.open("about:blank")
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_note_is_seen_before_it_is_kept_changed_and_deleted_and_runs_nothing(data_dir: Path, browser: Browser) -> None:
    port = FakeNotes([])
    with pages(data_dir, notes=port) as url:
        browser.open(f"{url}{TENANT}")
        browser.wait_until_ready()
        browser.click(f"{HERE}#notes-new")
        browser.wait(lambda: browser.all(".modal textarea"), "the form")
        browser.find(".modal textarea").send_keys(ATTACK)
        browser.click("#notes-write-form-show")
        browser.wait(lambda: browser.all("#notes-write-form-preview strong"), "the preview")
        assert browser.all("#notes-write-form-preview img, #notes-write-form-preview a") == []
        browser.click("#notes-write-form-submit")
        browser.wait(lambda: browser.all(f"{HERE}.note strong"), "the note")
        browser.wait(lambda: not browser.all(".modal"), "the form to close")
        assert "<img src=x" in browser.text(f"{HERE}.note")
        browser.click(f"{HERE}.note-acts button[title^='Change']")
        browser.wait(lambda: browser.all(".modal textarea"), "the form")
        assert browser.find(".modal textarea").get_attribute("value") == ATTACK
        browser.find(".modal textarea").send_keys("\n\n# more")
        browser.click("#notes-edit-form-submit")
        browser.wait(lambda: browser.all(f"{HERE}.note .markdown-heading"), "the change")
        browser.wait(lambda: not browser.all(".modal"), "the form to close")
        browser.click(f"{HERE}.note-acts button[title^='Delete']")
        browser.wait(lambda: browser.all(".modal .note-quoted"), "the question")
        browser.click("#notes-delete-form-submit")
        browser.wait(lambda: "No notes yet" in browser.text(f"{HERE}#notes-list"), "the note to go")
        assert browser.run("return window.hurt") is None
        browser.assert_console_empty()
        browser.open("about:blank")


def test_ticked_accounts_are_assigned_and_it_is_undone(data_dir: Path, browser: Browser) -> None:
    port = FakeAssignments()
    before = {tenant: set(people) for tenant, people in port.held.items()}
    with pages(data_dir, assignments=port) as url:
        browser.open(f"{url}/assignments?unassigned=true")
        browser.wait_until_ready()
        boxes = browser.all(f"{HERE}#assignments-list input[type=checkbox]")
        assert len(boxes) == 3
        for box in boxes[:2]:
            box.click()
        Select(browser.find(f"{HERE}.assign-person")).select_by_value(person(0).user_id)
        browser.click(f"{HERE}#assignments-add")
        browser.wait(lambda: "2 accounts assigned" in browser.text(f"{HERE}#assignments-result"), "the change")
        browser.wait(
            lambda: len(browser.all(f"{HERE}#assignments-list input[type=checkbox]")) == 1, "the list to follow"
        )
        browser.click(f"{HERE}#assignments-undo")
        browser.wait(
            lambda: "2 accounts taken away" in browser.text(f"{HERE}#assignments-result"), "the change taken back"
        )
        assert port.held == before
        browser.assert_console_empty()
        browser.open("about:blank")
