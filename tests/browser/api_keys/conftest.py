"""The page of API keys on a fake platform, in a Chromium."""

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
from tests.support.fakes_api_keys import FakeApiKeys
from tests.support.served import HOST, free_port, served

HERE = "#react-entry-point "
SUBMITS = {name: f"#api-keys-{name}-form-submit" for name in ("create", "rotate", "revoke")}


@dataclass(frozen=True)
class KeysPage:
    """The served page; ``platform`` is what it shows, which can be made to fail."""

    url: str
    platform: FakeApiKeys
    browser: Browser

    def open(self, query: str = "") -> None:
        self.browser.open(f"{self.url}/api-keys{query}")
        self.browser.wait_until_ready()

    def names(self) -> list[str]:
        return [str(cell.text) for cell in self.browser.all(f"{HERE}.key-name")]

    def field(self, name: str) -> str:
        """The selector of a control in the dialog that is open."""
        return f'.modal.show [id*=\'"field":"{name}"\']'

    def ask(self, act: str, number: int) -> None:
        """Press the button ``act`` of a key, and wait for what it opens."""
        self.browser.click(f"{HERE}[id*='api-key-{act}'][id*='{number:012d}']")
        self.browser.find(SUBMITS[act])

    def settled(self) -> None:
        """No dialog is there any more, nor its backdrop."""
        self.browser.wait(lambda: not self.browser.all(".modal, .modal-backdrop"), "the dialog to be gone")


OpenKeys = Callable[..., KeysPage]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api_keys")


@pytest.fixture
def open_keys(browser: Browser, data_dir: Path) -> Iterator[OpenKeys]:
    """``open_keys(tag="fa-AF", asker=…)`` serves the page in a language to a person."""
    with ExitStack() as stack:

        def opened(tag: str = "en", asker: Actor | None = None, platform: FakeApiKeys | None = None) -> KeysPage:
            fake = platform or FakeApiKeys()
            services = fake_services(api_keys=fake)
            server, _app = portal_on_fakes.build(data_dir, tag=tag, services=services, asker=asker or actor())
            port = free_port()
            stack.enter_context(served(server, port))
            return KeysPage(f"http://{HOST}:{port}", fake, browser)

        yield opened
        browser.open("about:blank")
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def keys(open_keys: OpenKeys) -> KeysPage:
    return open_keys()
