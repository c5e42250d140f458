"""The frame, the filters and the log on a fake platform, in a Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.i18n import Locale
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import FakeMessages, fake_services
from tests.support.served import HOST, free_port, served


@dataclass(frozen=True)
class Pages:
    """The served product; ``log`` is its message log, which can be made to fail."""

    url: str
    log: FakeMessages
    browser: Browser

    def open(self, path: str) -> None:
        self.browser.open(f"{self.url}{path}")
        self.browser.wait_until_ready()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compressed scripts, kept from test to test."""
    return tmp_path_factory.mktemp("frame")


@pytest.fixture
def open_pages(browser: Browser, data_dir: Path) -> Iterator[Callable[..., Pages]]:
    """``open_pages(tag="fa-AF")`` serves the product's own pages in a language, or as a reader wants them."""
    with ExitStack() as stack:

        def opened(tag: str = "en", reader: Locale | None = None) -> Pages:
            log = FakeMessages()
            server, _app = portal_on_fakes.build(data_dir, tag=tag, services=fake_services(log), reader=reader)
            port = free_port()
            stack.enter_context(served(server, port))
            return Pages(f"http://{HOST}:{port}", log, browser)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def pages(open_pages: Callable[..., Pages]) -> Pages:
    return open_pages()
