"""A browser that takes pictures of whole pages, when nothing on them moves any more."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from tests.support.browser import Browser
from tools.visual.compare import Pixels

HEIGHT = 900
ARGUMENTS = ("--hide-scrollbars", "--force-device-scale-factor=1", "--font-render-hinting=none", "--disable-lcd-text")
#: Fonts are there, React has taken over if it is to, each chart is as wide as its place, and nothing is asked or moves.
_AT_REST = """
const entry = document.getElementById('react-entry-point');
if (document.readyState !== 'complete' || document.fonts.status !== 'loaded') return 'loading';
if (entry && !entry.querySelector(':scope > :not([class^=_dash-loading])')) return 'not interactive';
if (document.querySelector('.portal-chart-cover, #react-entry-point .dash-graph--pending, [data-dash-is-loading="true"], ._dash-loading-callback')) return 'busy';
for (const graph of document.querySelectorAll('#react-entry-point .dash-graph')) {
  if (!graph.checkVisibility() || graph.matches('.dash-graph--blank')) continue;
  const drawn = graph.querySelector('svg');
  if (!drawn || Math.abs(drawn.getBoundingClientRect().width - graph.clientWidth) > 1) return 'chart ' + graph.id;
}
if (document.getAnimations().some(one => one.playState === 'running')) return 'moving';
return '';
"""
_TWO_FRAMES = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"


class Camera:
    """What it shows is as wide and as bright as it was last told."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._cdp("Emulation.setFocusEmulationEnabled", enabled=False)

    @property
    def version(self) -> str:
        found: str = self._cdp("Browser.getVersion")["product"]
        return found.partition("/")[2]

    def _cdp(self, command: str, **values: Any) -> Any:
        return self.browser.driver.execute_cdp_cmd(command, values)

    def open(self, url: str, width: int, theme: str) -> None:
        self._size(width)
        self._light(theme)
        self.browser.open(url)
        self.settle()

    def turn(self, width: int, theme: str) -> None:
        """The page that is open, at another width or in other colours."""
        self._light(theme)
        self.browser.run(
            "const root = document.documentElement;"
            "if (root.hasAttribute('data-bs-theme')) root.setAttribute('data-bs-theme', arguments[0])",
            theme,
        )
        self._size(width)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is at rest."""
        self.browser.wait(lambda: self.browser.run(_AT_REST) == "", "the page to be at rest")
        self.browser.run_async(_TWO_FRAMES)
        self.browser.wait(lambda: self.browser.run(_AT_REST) == "", "the page to be at rest still")
        self.browser.run("if (document.activeElement) document.activeElement.blur(); scrollTo(0, 0)")

    def shoot(self) -> Pixels:
        """The whole page from top to bottom."""
        size = self._cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": self._width, "height": size["height"], "scale": 1}
        # Beyond the viewport only where there is something: a short page from right to left would be shot shifted.
        beyond = size["height"] > HEIGHT
        taken = self._cdp(
            "Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=beyond, optimizeForSpeed=True
        )
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB"))

    def _size(self, width: int) -> None:
        self._width = width
        self._cdp("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False)

    def _light(self, theme: str) -> None:
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self._cdp("Emulation.setEmulatedMedia", features=features)
