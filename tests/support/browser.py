"""A headless Chromium for tests: what its console and network said is kept, and everything waits on conditions."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.served import HOST, free_port, served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WAIT_SECONDS = 30

#: What was said to a tab and leaves nothing in it, or nothing that another page would not end.
PASSING = {
    "Browser.getVersion",
    "Network.clearBrowserCache",
    "Network.clearBrowserCookies",
    "Network.deleteCookies",
    "Network.enable",
    "Network.getAllCookies",
    "Network.setCookie",
    "Page.captureScreenshot",
    "Page.getLayoutMetrics",
}
#: What sets a tab's measures, and what takes them back.
TAKEN_BACK = {"Emulation.setDeviceMetricsOverride": "Emulation.clearDeviceMetricsOverride"}


class Driver(webdriver.Chrome):
    """Remembers what its tab was told through the devtools' protocol, which outlives pages."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.told: set[str] = set()
        super().__init__(*arguments, **options)

    def execute_cdp_cmd(self, cmd: str, cmd_args: dict[str, Any]) -> Any:
        self.told.add(cmd)
        return super().execute_cdp_cmd(cmd, cmd_args)


class Browser:
    """One Chromium with a profile of its own. Looking at the console or the network empties what was kept until then."""

    def __init__(self, driver: Driver, nowhere: int) -> None:
        self.driver = driver
        self._nowhere = nowhere
        self._console: list[str] = []

    def begin_anew(self) -> None:
        """Forget cookies, storage, cache, history, and all tabs but one.

        That one is kept if nothing outlives its pages: with a new tab a page costs Chromium a fifth more.
        """
        told, self.driver.told = self.driver.told, set()
        old = self.driver.window_handles
        if told - PASSING - TAKEN_BACK.keys() - set(TAKEN_BACK.values()):
            self.driver.switch_to.new_window("tab")
            kept = self.driver.current_window_handle
        else:
            kept = old[0]
        for handle in old:
            if handle != kept:
                self.driver.switch_to.window(handle)
                self.driver.close()
        self.driver.switch_to.window(kept)
        if kept in old:
            self._leave_the_page()
            for command in {TAKEN_BACK[each] for each in told & TAKEN_BACK.keys()}:
                self.driver.execute_cdp_cmd(command, {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.get_log("browser")
        self.driver.get_log("performance")

    def _leave_the_page(self) -> None:
        """What the page kept for its tab goes before it, while it can still be reached."""
        here = urlsplit(self.url)
        if here.scheme == "http":
            # A page that did not come has none.
            self.run("try { sessionStorage.clear(); localStorage.clear(); } catch (none) {}")
        # To an empty page of the same site: any other would have Chromium start a process for the next one.
        host = here.hostname if here.scheme == "http" else HOST
        self.driver.get(f"http://{host}:{self._nowhere}/")
        self.driver.execute_cdp_cmd("Page.resetNavigationHistory", {})
        self.driver.told.clear()

    # -- going about -------------------------------------------------------------------------------------------

    def open(self, url: str) -> None:
        self.driver.get(url)

    @property
    def url(self) -> str:
        return str(self.driver.current_url)

    def find(self, selector: str) -> WebElement:
        """The element, as soon as it is there and seen."""
        found: WebElement = self.wait(lambda: self._seen(selector), f"{selector} to be seen")
        return found

    def _seen(self, selector: str) -> WebElement | None:
        found = self.driver.find_elements(By.CSS_SELECTOR, selector)
        try:
            return next((element for element in found if element.is_displayed()), None)
        except StaleElementReferenceException:
            return None

    def all(self, selector: str) -> list[WebElement]:
        return list(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector: str) -> str:
        return str(self.find(selector).text)

    def click(self, selector: str) -> None:
        """Click the element where nothing fixed to an edge of the window can lie over it."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def fill(self, selector: str, value: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(value)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script: str, *arguments: Any) -> Any:
        """A script that calls its last argument with the result."""
        self.driver.set_script_timeout(WAIT_SECONDS)
        return self.driver.execute_async_script(script, *arguments)

    def wait(self, condition: Callable[[], Any], what: str = "a condition") -> Any:
        """The condition's first true value. On time-out says where the browser is and what it shows."""
        try:
            return WebDriverWait(
                self.driver, WAIT_SECONDS, poll_frequency=0.05, ignored_exceptions=(StaleElementReferenceException,)
            ).until(lambda _driver: condition())
        except WebDriverException as error:
            shown = self.run("return document.body ? document.body.innerText.slice(0, 600) : ''")
            raise AssertionError(f"waited in vain for {what}\nat {self.url}\nshowing: {shown}") from error

    def wait_for_url(self, start: str) -> None:
        """Until the address begins with ``start``."""
        self.wait(lambda: self.url.startswith(start), f"an address that begins with {start}")

    def wait_until_ready(self) -> None:
        """Dash has taken over the page and nothing is being asked."""
        self.wait(
            lambda: self.run(
                "return document.readyState === 'complete'"
                " && !!document.querySelector('#react-entry-point > :not([class^=_dash-loading])')"
            ),
            "the page to be interactive",
        )

    def draw_charts(self) -> None:
        """Every chart drawn by Plotly, as if the reader had come near each."""
        self.wait_until_ready()
        # Asked again, for a page that a link leads to may still be on its way.
        self.wait(
            lambda: self.run(
                "const all = [...document.querySelectorAll('#react-entry-point .dash-graph[id]')];"
                "const left = all.filter(graph => !graph.querySelector('.main-svg'));"
                "left.forEach(graph => window.portalCharts.draw(graph.id).catch(() => {}));"
                "return !left.length && [...document.querySelectorAll('.dash-graph')].every(graph => graph.querySelector('.main-svg'))"
                " && !document.querySelector('.portal-chart-cover')"
            ),
            "every chart to be drawn by Plotly",
        )

    # -- cookies, also HttpOnly ones ---------------------------------------------------------------------------

    def cookies(self) -> dict[str, dict[str, Any]]:
        """All cookies by name."""
        found = self.driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
        return {cookie["name"]: cookie for cookie in found}

    def set_cookie(self, name: str, value: str, url: str, **attributes: Any) -> None:
        given = {"path": "/", "secure": True, "httpOnly": True, "sameSite": "Strict", **attributes}
        answer = self.driver.execute_cdp_cmd("Network.setCookie", {"name": name, "value": value, "url": url, **given})
        assert answer["success"], name

    def delete_cookie(self, name: str, url: str) -> None:
        self.driver.execute_cdp_cmd("Network.deleteCookies", {"name": name, "url": url})

    # -- what it said ------------------------------------------------------------------------------------------

    def console(self) -> list[str]:
        """Everything logged since the last look, policy violations and failed requests among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def assert_console_empty(self) -> None:
        assert self.console() == []

    def responses(self) -> list[tuple[str, str, int]]:
        """(method, URL, status) of everything answered since the last look, redirects included."""
        methods: dict[str, str] = {}
        found: list[tuple[str, str, int]] = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            parameters = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                methods[parameters["requestId"]] = parameters["request"]["method"]
                answered = parameters.get("redirectResponse")
                if answered:
                    found.append((methods[parameters["requestId"]], answered["url"], answered["status"]))
            elif message["method"] == "Network.responseReceived":
                answered = parameters["response"]
                if answered["url"].startswith("http"):
                    found.append((methods.get(parameters["requestId"], "?"), answered["url"], answered["status"]))
        return found


def _nowhere(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """An empty page with nothing to fetch."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Cache-Control", "no-store")])
    return [b"<!doctype html><link rel=icon href=data:,><title></title>"]


@contextmanager
def open_browser(*arguments: str, languages: str = "en", patient: bool = True) -> Iterator[Browser]:
    """A Chromium, closed at the end with its profile removed.

    ``languages`` is what it tells servers; ``patient`` waits for a page's load event before going on.
    """
    binary, driver_binary = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver_binary:
        pytest.fail("Chromium and its driver are needed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    profile = tempfile.mkdtemp(prefix="portal-browser-")
    given = ["--headless=new", "--disable-dev-shm-usage", "--window-size=1280,900", f"--user-data-dir={profile}"]
    # Nothing of its own on the network, and no proxy between it and this machine.
    given += ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--no-proxy-server"]
    if os.geteuid() == 0:
        given.append("--no-sandbox")
    for argument in (*given, *arguments):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"intl.accept_languages": languages})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.page_load_strategy = "normal" if patient else "none"
    driver = Driver(service=Service(driver_binary), options=options)
    try:
        driver.set_page_load_timeout(60)
        with served(_nowhere, port := free_port()):
            yield Browser(driver, port)
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of a worker: starting one takes longer than most tests."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    """A Chromium that reads English, as good as new: no cookies, no history, nothing logged."""
    chromium.begin_anew()
    return chromium
