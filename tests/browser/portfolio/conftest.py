"""The pages of internal people on a fake platform, in a Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_health import FakeHealth
from tests.support.fakes_portfolio import FakePortfolio
from tests.support.served import HOST, free_port, served

HERE = "#react-entry-point "


@dataclass(frozen=True)
class Accounts:
    """The served pages; ``platform`` is what they show, which can be made to fail."""

    url: str
    platform: FakePortfolio
    browser: Browser
    health: FakeHealth

    def open(self, path: str = "/portfolio") -> None:
        self.browser.open(f"{self.url}{path}")
        self.browser.wait_until_ready()

    def rows(self) -> int:
        return len(self.browser.all(f"{HERE}#portfolio-rows tbody tr"))


OpenAccounts = Callable[..., Accounts]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portfolio")


@pytest.fixture
def open_accounts(browser: Browser, data_dir: Path) -> Iterator[OpenAccounts]:
    """``open_accounts(tag="fa-AF")`` serves the pages in a language to a TAM."""
    with ExitStack() as stack:

        def opened(tag: str = "en", roles: tuple[str, ...] = ("tam",)) -> Accounts:
            fake, health = FakePortfolio(), FakeHealth()
            services = fake_services(portfolio=fake, health=health)
            tam = actor(None, roles=roles)
            server, _app = portal_on_fakes.build(data_dir, tag=tag, services=services, asker=tam)
            port = free_port()
            stack.enter_context(served(server, port))
            return Accounts(f"http://{HOST}:{port}", fake, browser, health)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def accounts(open_accounts: OpenAccounts) -> Accounts:
    return open_accounts()
