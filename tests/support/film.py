"""A film of a page as it arrives: every frame that the browser shows, and what stood in the document at each of them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.browser import Browser

#: A slow line and every frame as a picture take longer than a page usually may.
PATIENCE_SECONDS = 120
#: Before each frame: what is about to be painted. Only what differs from the one before is kept.
_SAMPLE = """
window.film = [];
let before = '';
const box = element => { const r = element.getBoundingClientRect(); return [r.x, r.y + scrollY, r.width, r.height]; };
function sample() {
  const root = document.documentElement, body = document.body;
  if (body && body.querySelector('main')) {
    const charts = {};
    for (const graph of document.querySelectorAll('.dash-graph[id]'))
      if (graph.parentElement.checkVisibility()) charts[graph.id] = box(graph.parentElement);
    let html = root.outerHTML;
    for (const unseen of document.querySelectorAll('._dash-loading'))
      if (!unseen.checkVisibility()) html = html.replace(unseen.outerHTML, '');
    if (html !== before) {
      before = html;
      window.film.push({at: performance.now(), lang: root.lang, dir: root.dir, html, charts,
        direction: getComputedStyle(body).direction, family: getComputedStyle(body).fontFamily});
    }
  }
  requestAnimationFrame(sample);
}
requestAnimationFrame(sample);
"""


@dataclass(frozen=True)
class Sample:
    """The document before a frame. ``charts`` maps a graph's id to its box (x, y, width, height in CSS pixels)."""

    at: float
    lang: str
    dir: str
    html: str
    charts: dict[str, list[float]]
    direction: str
    family: str


@dataclass
class Film:
    """``frames`` as the browser showed them, from the first with anything on it; ``samples`` from the first with a page."""

    frames: list[NDArray[np.uint8]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


@contextmanager
def slow_line(browser: Browser, *, kilobytes_per_second: int, latency_ms: int = 60) -> Iterator[None]:
    """Inside, everything from the network takes its time, and nothing is in the cache."""
    cdp = browser.driver.execute_cdp_cmd
    rate = kilobytes_per_second * 1024
    cdp("Network.clearBrowserCache", {})
    cdp("Network.emulateNetworkConditions", {"offline": False, "latency": latency_ms, "downloadThroughput": rate,
                                             "uploadThroughput": rate})  # fmt: skip
    try:
        yield
    finally:
        cdp("Network.emulateNetworkConditions", {"offline": False, "latency": 0, "downloadThroughput": -1,
                                                 "uploadThroughput": -1})  # fmt: skip


def film(browser: Browser, url: str, ended: Callable[[], Any]) -> Film:
    """Open ``url`` in a browser that does not wait for pages (``patient=False``) and film until ``ended``."""
    cdp = browser.driver.execute_cdp_cmd
    made = Film()

    def develop() -> None:
        for entry in browser.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Page.screencastFrame":
                continue
            cdp("Page.screencastFrameAck", {"sessionId": message["params"]["sessionId"]})
            frame = np.asarray(Image.open(io.BytesIO(base64.b64decode(message["params"]["data"]))).convert("RGB"))
            if made.frames or frame.min() != frame.max():
                made.frames.append(frame)

    cdp("Page.navigate", {"url": "about:blank"})
    browser.wait(lambda: browser.url == "about:blank", "an empty page")
    browser.run_async("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    sampling = cdp("Page.addScriptToEvaluateOnNewDocument", {"source": _SAMPLE})["identifier"]
    browser.driver.get_log("performance")
    cdp("Page.startScreencast", {"format": "png", "everyNthFrame": 1})
    try:
        browser.open(url)

        def over() -> bool:
            develop()
            return bool(ended())

        WebDriverWait(browser.driver, PATIENCE_SECONDS, poll_frequency=0.05).until(lambda _driver: over())
        browser.run_async("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        develop()
    finally:
        cdp("Page.stopScreencast", {})
        cdp("Page.removeScriptToEvaluateOnNewDocument", {"identifier": sampling})
    made.samples = [Sample(**each) for each in browser.run("return window.film")]
    return made
