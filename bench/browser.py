"""One page load in a real Chromium: bytes, requests, and when people see and can use the charts.

Network and processor are slowed by the browser's own debugger, so every page of a run is slowed alike.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from bench.sign_in import PASSWORD

LONGEST_QUIET_SECONDS = 3.0
READY_SECONDS = 150

# A state is looked for once a frame, before the browser draws it, and its time taken when it has: a task that is posted
# while a frame is being made runs when its style, layout and paint are done, and one of this priority before all others.
WATCH = """
window.__marks = {}; window.__cls = 0;
new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) window.__cls += e.value; }).observe({type: 'layout-shift', buffered: true});
window.__tbt = 0;
new PerformanceObserver(l => { for (const e of l.getEntries()) window.__tbt += Math.max(0, e.duration - 50); }).observe({type: 'longtask', buffered: true});
(function watch() {
  const states = {painted: %(painted)s, interactive: %(interactive)s}, seen = new Set();
  (function look() {
    for (const [name, test] of Object.entries(states)) {
      let ok = false;
      try { ok = !seen.has(name) && !!document.body && test(); } catch (e) {}
      if (!ok) continue;
      seen.add(name);
      scheduler.postTask(() => { window.__marks[name] = performance.now(); }, {priority: 'user-blocking'});
    }
    if (seen.size < 2) requestAnimationFrame(look);
  })();
})();
"""


@dataclass(frozen=True)
class Profile:
    """A line and a machine: bits per second down, round trip in ms, how many times slower the processor is."""

    name: str
    down_bits: float | None = None
    latency_ms: float = 0
    cpu_factor: float = 1


PROFILES = (
    Profile("loopback"),
    Profile("cable", 5_000_000, 28, 1),
    Profile("mobile", 1_600_000, 150, 4),
)


@dataclass(frozen=True)
class Page:
    """A page to load: its address, what "painted" and "interactive" mean as JavaScript functions."""

    name: str
    url: str
    painted: str
    interactive: str


@dataclass(frozen=True)
class Load:
    """What one load cost. Times in ms since navigation start. `fetched` are the requests besides the page itself that
    no cache of the browser answered; a stream that stays open (live numbers) is no request of a load."""

    kilobytes: float
    requests: int
    startup_posts: int
    fetched: int
    first_paint: float
    painted: float
    interactive: float
    shift: float
    blocking: float


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A fresh headless browser with an empty profile."""
    profile = tempfile.mkdtemp(prefix="bench-profile-")
    options = Options()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-quic", "--window-size=1280,900",
             "--disable-dev-shm-usage", f"--user-data-dir={profile}"]  # fmt: skip
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    for flag in flags:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(service=Service(shutil.which("chromedriver") or "chromedriver"), options=options)
    driver.set_page_load_timeout(180)
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def sign_in(driver: webdriver.Chrome, portal_url: str, email: str) -> None:
    """Through the real sign-in pages, as a person would."""
    driver.get(f"{portal_url}/login")
    driver.find_element(By.CSS_SELECTOR, "a[href*='/auth/start']").click()
    wait = WebDriverWait(driver, 30)
    password = wait.until(lambda d: d.find_element(By.CSS_SELECTOR, "input[type=password]"))
    driver.find_element(By.CSS_SELECTOR, "input[autocomplete=username], input[type=email]").send_keys(email)
    password.send_keys(PASSWORD)
    password.submit()
    wait.until(lambda d: d.current_url.startswith(portal_url) and "/auth/" not in d.current_url)


def _events(driver: webdriver.Chrome) -> list[dict[str, Any]]:
    return [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]


def load(
    driver: webdriver.Chrome, page: Page, profile: Profile, *, keep_cache: bool = False, quiet_seconds: float = 0.3
) -> Load:
    """Load ``page`` once under ``profile``; with ``keep_cache`` it is a repeat visit. RuntimeError when it is not ready in
    READY_SECONDS."""
    driver.execute_cdp_cmd("Network.enable", {})
    if not keep_cache:
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get("about:blank")
    with _watched(driver, page), _slowed(driver, profile):
        _events(driver)
        driver.get(page.url)
        end = time.monotonic() + READY_SECONDS
        while not driver.execute_script("return 'interactive' in window.__marks && 'painted' in window.__marks"):
            if time.monotonic() > end:
                raise RuntimeError(f"{page.name} was not ready on {profile.name} in {READY_SECONDS} s")
            time.sleep(0.05)
        marks = driver.execute_script(
            "return {...window.__marks, cls: window.__cls, tbt: window.__tbt,"
            " fcp: (performance.getEntriesByName('first-contentful-paint')[0] || {startTime: 0}).startTime}"
        )
        traffic = _traffic(driver, quiet_seconds)
    return Load(
        traffic.size / 1000, len(traffic.asked), traffic.posts, traffic.fetched,
        marks["fcp"], marks["painted"], marks["interactive"], marks["cls"], marks["tbt"],
    )  # fmt: skip


@contextmanager
def _watched(driver: webdriver.Chrome, page: Page) -> Iterator[None]:
    source = WATCH % {"painted": page.painted, "interactive": page.interactive}
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    try:
        yield
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


@contextmanager
def _slowed(driver: webdriver.Chrome, profile: Profile) -> Iterator[None]:
    throughput = profile.down_bits / 8 if profile.down_bits else -1
    try:
        _set_speed(driver, profile.latency_ms, throughput, profile.cpu_factor)
        yield
    finally:
        _set_speed(driver, 0, -1, 1)


def _set_speed(driver: webdriver.Chrome, latency: float, throughput: float, cpu_factor: float) -> None:
    line = {"offline": False, "latency": latency, "downloadThroughput": throughput, "uploadThroughput": throughput}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", line)
    driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": cpu_factor})


@dataclass
class _Traffic:
    """Requests of a load by their id, which of them a cache answered, and bytes over the line."""

    size: float = 0
    posts: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    cached: set[str] = field(default_factory=set)

    @property
    def fetched(self) -> int:
        return sum(kind != "Document" and number not in self.cached for number, kind in self.asked.items())

    def note(self, method: str, params: dict[str, Any]) -> None:
        number = str(params.get("requestId", ""))
        if method == "Network.requestWillBeSent":
            kind = params.get("type", "")
            if str(params["request"]["url"]).startswith("http") and kind != "EventSource":
                self.asked[number] = kind
                self.posts += params["request"]["method"] == "POST"
        elif number not in self.asked:
            return
        elif method == "Network.requestServedFromCache" or (
            method == "Network.responseReceived" and params["response"].get("fromDiskCache")
        ):
            self.cached.add(number)
        elif method == "Network.loadingFinished":
            self.size += float(params["encodedDataLength"])


def _traffic(driver: webdriver.Chrome, quiet_seconds: float) -> _Traffic:
    """All that was asked until nothing was for a moment: some files are fetched when the page is idle."""
    traffic, end = _Traffic(), time.monotonic() + LONGEST_QUIET_SECONDS
    while True:
        before = len(traffic.asked)
        for event in _events(driver):
            traffic.note(event["method"], event["params"])
        if time.monotonic() > end or (quiet_seconds == 0 or (before and len(traffic.asked) == before)):
            return traffic
        time.sleep(quiet_seconds)
