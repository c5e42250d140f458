"""The pages of webhooks on a fake platform, in a Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.domain.actor import Actor
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_webhooks import FakeWebhooks
from tests.support.served import HOST, free_port, served

HERE = "#react-entry-point "


@dataclass(frozen=True)
class HooksPages:
    """The served pages; ``platform`` is what they show, which can be made to fail."""

    url: str
    platform: FakeWebhooks
    browser: Browser

    def open(self, path: str = "/webhooks") -> None:
        self.browser.open(f"{self.url}{path}")
        self.browser.wait_until_ready()

    def field(self, name: str) -> str:
        """The selector of a control in the dialog that is open."""
        return f'.modal.show [id*=\'"field":"{name}"\']'

    def ask(self, act: str) -> None:
        """Press the button ``act`` of the endpoint, and wait for what it opens."""
        self.browser.click(f"{HERE}[id*='webhook-{act}\"']")
        self.browser.find(".modal.show .form-buttons")

    def submit(self) -> None:
        self.browser.click(".modal.show button[type=submit]")

    def settled(self) -> None:
        """No dialog is there any more, nor its backdrop."""
        self.browser.wait(lambda: not self.browser.all(".modal, .modal-backdrop"), "the dialog to be gone")


OpenHooks = Callable[..., HooksPages]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("webhooks")


@pytest.fixture
def open_hooks(browser: Browser, data_dir: Path) -> Iterator[OpenHooks]:
    """``open_hooks(tag="fa-AF", asker=…)`` serves the pages in a language to a person."""
    with ExitStack() as stack:

        def opened(tag: str = "en", asker: Actor | None = None, platform: FakeWebhooks | None = None) -> HooksPages:
            fake = platform or FakeWebhooks()
            services = fake_services(webhooks=fake)
            server, _app = portal_on_fakes.build(data_dir, tag=tag, services=services, asker=asker or actor())
            port = free_port()
            stack.enter_context(served(server, port))
            return HooksPages(f"http://{HOST}:{port}", fake, browser)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def hooks(open_hooks: OpenHooks) -> HooksPages:
    return open_hooks()
