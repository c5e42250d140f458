"""The demo application, and the real pages on fakes, to look at in a Chromium that watches what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.shell import PortalDash
from tests.support.browser import Browser, open_browser
from tests.support.served import HOST, free_port, served
from tests.support.shell_demo import build, pages_set_aside

_WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifts.push(entry.value); })
  .observe({type: 'layout-shift', buffered: true});
"""


class ShellBrowser:
    """A Chromium with questions that concern the shell."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.driver = browser.driver
        self.find, self.run, self.open = browser.find, browser.run, browser.open
        self.assert_console_empty = browser.assert_console_empty
        self._added: list[str] = []

    def before_every_page(self, script: str) -> None:
        answer = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self._added.append(answer["identifier"])

    def watch_shifts(self) -> None:
        self.before_every_page(_WATCH_SHIFTS)

    def shifted(self) -> float:
        """The sum of all layout shifts of this page so far, once something has been painted."""
        self.wait_for("performance.getEntriesByName('first-contentful-paint').length > 0")
        return float(self.run("return window.shifts.reduce((sum, one) => sum + one, 0)"))

    def forget(self) -> None:
        """As if newly started: no page, no cookies, no scripts of a test, nothing said."""
        for identifier in self._added:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier})
        self._added.clear()
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.open("about:blank")
        self.browser.console()
        self.browser.responses()

    def wait(self, condition: Callable[[], Any], what: str = "a condition") -> Any:
        return self.browser.wait(condition, what)

    def wait_for(self, expression: str) -> Any:
        return self.browser.wait(lambda: self.run(f"return {expression}"), expression)

    def wait_until_interactive(self) -> None:
        """React has taken over, and each chart is the server's picture or drawn by Plotly."""
        self.browser.wait_until_ready()
        self.wait_for(
            "[...document.querySelectorAll('.dash-graph')]"
            ".every(graph => graph.matches('.dash-graph--blank') || graph.querySelector('svg'))"
            " && !document.querySelector('.portal-chart-cover')"
        )

    def console(self) -> list[str]:
        return self.browser.console()

    def asked(self) -> list[str]:
        """'METHOD path' of everything answered over the network since the last look."""
        return [f"{method} /{url.split('/', 3)[3]}" for method, url, _status in self.browser.responses()]


@pytest.fixture(scope="module")
def _chromium() -> Iterator[ShellBrowser]:
    with open_browser("--window-size=1200,1300") as opened:
        yield ShellBrowser(opened)


@pytest.fixture
def browser(_chromium: ShellBrowser) -> Iterator[ShellBrowser]:
    yield _chromium
    _chromium.forget()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compressed scripts, kept from test to test as they are from start to start."""
    return tmp_path_factory.mktemp("shell")


@dataclass(frozen=True)
class Site:
    """An application being served."""

    server: Flask
    app: PortalDash
    url: str


@pytest.fixture
def open_site(data_dir: Path) -> Iterator[Callable[..., Site]]:
    """``open_site(**options)`` serves the demo as :func:`tests.support.shell_demo.build` makes it."""
    with ExitStack() as stack:
        stack.enter_context(pages_set_aside())

        def opened(prepare: Callable[[Flask, PortalDash], None] | None = None, **options: Any) -> Site:
            server, app = build(data_dir, **options)
            if prepare is not None:
                prepare(server, app)
            port = free_port()
            stack.enter_context(served(server, port))
            return Site(server, app, f"http://{HOST}:{port}")

        yield opened
