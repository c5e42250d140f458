"""What the shell's own scripts do: notes about failures, the way to sign in again, the theme, a chart as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.shell.conftest import ShellBrowser, Site

pytestmark = pytest.mark.browser


def test_failed_callback_shows_a_note_and_can_be_tried_again(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.find("#fail").click()
    note = browser.find(".portal-note")
    assert "request-1" in note.text
    assert "secret detail" not in note.text
    browser.find(".portal-note .btn-primary").click()
    browser.wait(lambda: browser.find("#failed").text == "recovered")
    assert browser.run("return document.querySelectorAll('.portal-note').length") == 0
    browser.assert_console_empty()


def test_callback_after_the_session_ended_leads_to_sign_in(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.find("#expire").click()
    browser.wait_for("location.pathname === '/signed-out'")


def test_page_whose_data_failed_says_so_with_the_request_id(
    browser: ShellBrowser, open_site: Callable[..., Site]
) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.find("#to-broken").click()
    alert = browser.find("main [role=alert]")
    assert "request-1" in alert.text
    assert "secret detail" not in alert.text
    browser.assert_console_empty()


def test_theme_toggle_changes_the_page_and_is_remembered(browser: ShellBrowser, open_site: Callable[..., Site]) -> None:
    site = open_site()
    browser.open(site.url)
    browser.wait_until_interactive()
    assert browser.run("return document.documentElement.dataset.bsTheme") == "light"
    browser.find("#theme").click()
    browser.wait_for("document.documentElement.dataset.bsTheme === 'dark'")
    browser.driver.refresh()
    assert 'data-bs-theme="dark"' in browser.run(
        "const r = new XMLHttpRequest(); r.open('GET', '/', false); r.send(); return r.responseText"
    )


def test_chart_is_saved_as_png(browser: ShellBrowser, open_site: Callable[..., Site], tmp_path: Path) -> None:
    site = open_site()
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "saved")}
    )
    browser.open(site.url)
    browser.wait_until_interactive()
    browser.find("#save-png").click()
    saved = tmp_path / "saved/volume.png"
    browser.wait(lambda: saved.exists() and saved.stat().st_size > 0)
    assert saved.read_bytes().startswith(b"\x89PNG")
    browser.assert_console_empty()
