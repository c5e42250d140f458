"""A headless Chromium that keeps what its console and network said, and the demo application to look at."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from portal.shell import PortalDash
from tests.support.shell_demo import build, pages_set_aside

WAIT_SECONDS = 20


class Browser:
    """One Chromium. Reading the console or the network empties what was kept until then."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

        self._added: list[str] = []

    def before_every_page(self, script: str) -> None:
        answer = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self._added.append(answer["identifier"])

    def forget(self) -> None:
        """As if newly started: no page, no cookies, no scripts of a test, nothing said."""
        for identifier in self._added:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier})
        self._added.clear()
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.get("about:blank")
        self.console()
        self.requests()

    def run(self, script: str, *args: Any) -> Any:
        return self.driver.execute_script(script, *args)

    def find(self, selector: str) -> Any:
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector))

    def wait(self, condition: Callable[[], Any]) -> Any:
        return WebDriverWait(self.driver, WAIT_SECONDS, poll_frequency=0.05).until(lambda _driver: condition())

    def wait_for(self, expression: str) -> Any:
        return self.wait(lambda: self.run(f"return {expression}"))

    def wait_until_interactive(self) -> None:
        """React has taken over and Plotly has drawn every graph."""
        self.wait_for(
            "document.querySelector('#react-entry-point > :not(._dash-loading)')"
            " && [...document.querySelectorAll('.dash-graph')].every(g => g.querySelector('.main-svg'))"
            " && !document.querySelector('.portal-chart-cover')"
        )

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def assert_console_empty(self) -> None:
        assert self.console() == []

    def requests(self) -> list[str]:
        """'METHOD path' of everything asked over the network since the last look."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                request = message["params"]["request"]
                if request["url"].startswith("http"):
                    asked.append(f"{request['method']} /{request['url'].split('/', 3)[3]}")
        return asked


@contextmanager
def open_browser(*arguments: str, patient: bool = True) -> Iterator[Browser]:
    """``patient`` waits for a page's load event; without it, a page can be looked at while files are still coming."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--window-size=1200,1300",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.page_load_strategy = "normal" if patient else "none"
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver") or ""), options=options)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def browser(_chromium: Browser) -> Iterator[Browser]:
    yield _chromium
    _chromium.forget()


class Site:
    """A demo application being served."""

    def __init__(self, server: Flask, app: PortalDash, url: str) -> None:
        self.server = server
        self.app = app
        self.url = url


@contextmanager
def serve(server: Flask) -> Iterator[str]:
    running = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compressed scripts, kept from test to test as they are from start to start."""
    return tmp_path_factory.mktemp("shell")


@pytest.fixture
def open_site(data_dir: Path) -> Iterator[Callable[..., Site]]:
    """``open_site(**options)`` serves the demo as :func:`tests.support.shell_demo.build` makes it."""
    with ExitStack() as stack:
        stack.enter_context(pages_set_aside())

        def opened(prepare: Callable[[Flask, PortalDash], None] | None = None, **options: Any) -> Site:
            server, app = build(data_dir, **options)
            if prepare is not None:
                prepare(server, app)
            return Site(server, app, stack.enter_context(serve(server)))

        yield opened
