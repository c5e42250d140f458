"""The product's own pages on the shell: whole, still, quiet, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.shell.conftest import ShellBrowser
from tests.support import portal_on_fakes
from tests.support.browser import open_browser
from tests.support.served import HOST, free_port, served

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["1280,900", "400,800"])
@pytest.mark.parametrize("tag", ["en", "fa-AF"])
def test_page_arrives_whole_and_nothing_moves(data_dir: Path, tag: str, size: str) -> None:
    server, _app = portal_on_fakes.build(data_dir, tag=tag)
    port = free_port()
    with served(server, port), open_browser(f"--window-size={size}") as opened:
        browser = ShellBrowser(opened)
        browser.watch_shifts()
        for path in portal_on_fakes.PAGES:
            browser.open(f"http://{HOST}:{port}{path}")
            browser.wait_until_interactive()
            asked = browser.asked()
            assert len(asked) <= 6, (path, asked)
            assert not [request for request in asked if "_dash" in request], path
            assert browser.shifted() <= 0.02, path
            assert browser.console() == [], path


def test_pages_follow_each_other_with_one_request_each(data_dir: Path, browser: ShellBrowser) -> None:
    server, _app = portal_on_fakes.build(data_dir)
    port = free_port()
    with served(server, port):
        browser.open(f"http://{HOST}:{port}/dashboard")
        browser.wait_until_interactive()
        for path in ("/messages", "/analytics", "/dashboard"):
            browser.asked()
            before = browser.run("return document.title")
            browser.run(f"document.querySelector('nav a[href^=\"{path}\"]').click()")
            browser.wait(lambda before=before: browser.run("return document.title") != before)
            browser.wait_until_interactive()
            asked = [request for request in browser.asked() if request.startswith("POST")]
            assert len(asked) == 1, (path, asked)
        browser.assert_console_empty()
