"""The pages of traffic on a fake platform, in a Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from selenium.webdriver import ActionChains

from portal.i18n import Locale
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import FakeAnalytics
from tests.support.served import HOST, free_port, served

PERIOD = "from=2026-11-01&to=2026-11-20"


class TrafficPage:
    """A page with charts. ``platform`` is what it asks, and can be made to fail."""

    def __init__(self, browser: Browser, url: str, platform: FakeAnalytics) -> None:
        self.browser, self.url, self.platform = browser, url, platform

    def arrive(self, path: str = "/dashboard") -> None:
        """A page as it is before its reader comes near a chart."""
        self.browser.open(f"{self.url}{path}?{PERIOD}")
        self.browser.wait_until_ready()

    def open(self, path: str = "/dashboard") -> None:
        """A page with every chart drawn by Plotly."""
        self.arrive(path)
        self.browser.draw_charts()

    def tick(self) -> None:
        """What the clock does every few seconds."""
        self.browser.run("dash_clientside.set_props('dashboard-live', {n_intervals: Date.now() % 1e6})")

    def point_at(self, chart: str, across: float, down: float) -> None:
        """The pointer at fractions of a chart's plot, until Plotly says what is there."""
        box = self.browser.run(
            "const plot = document.querySelector(`#dashboard-${arguments[0]}-graph .nsewdrag`);"
            "plot.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = plot.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]",
            chart,
        )
        x, y = round(box[0] + across * box[2]), round(box[1] + down * box[3])
        actions = ActionChains(self.browser.driver)
        actions.w3c_actions.pointer_action.move_to_location(x - 3, y)
        actions.w3c_actions.pointer_action.move_to_location(x, y)
        actions.perform()
        hovered = f"document.querySelector('#dashboard-{chart}-graph .hoverlayer').childElementCount"
        self.browser.wait(lambda: self.browser.run(f"return {hovered}"), "the point under the pointer to be found")

    def click_in(self, chart: str, across: float, down: float) -> dict[str, list[str]]:
        """Click at fractions of a chart's plot; the log's query that it leads to."""
        self.point_at(chart, across, down)
        ActionChains(self.browser.driver).click().perform()
        self.browser.wait(lambda: urlsplit(self.browser.url).path == "/messages", "the log")
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(self.browser.url).query):
            query.setdefault(name, []).append(value)
        return query


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compressed scripts, kept from test to test."""
    return tmp_path_factory.mktemp("charts")


@pytest.fixture
def open_pages(browser: Browser, data_dir: Path) -> Iterator[Callable[..., TrafficPage]]:
    """``open_pages(tag="fa-AF")`` serves the product's own pages in a language, or as a reader wants them."""
    with ExitStack() as stack:

        def opened(tag: str = "en", reader: Locale | None = None) -> TrafficPage:
            platform = FakeAnalytics()
            services = fake_services(analytics=platform)
            server, _app = portal_on_fakes.build(data_dir, tag=tag, services=services, reader=reader)
            port = free_port()
            stack.enter_context(served(server, port))
            return TrafficPage(browser, f"http://{HOST}:{port}", platform)

        yield opened
        browser.open("about:blank")


@pytest.fixture
def pages(open_pages: Callable[..., TrafficPage]) -> TrafficPage:
    return open_pages()
