"""A portal that tells of news, as in production, and a Chromium that is signed in to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.browser.whole.conftest import give_session
from tests.integration.live.conftest import House, running_house
from tests.support.browser import Browser
from tests.support.postgres import NewDatabase
from tests.support.provider import OWNER, PASSWORD
from tests.support.stack import Stack


@dataclass
class Dashboard:
    """The dashboard in one browser; the methods are about the tab that is in front."""

    browser: Browser
    house: House

    def sign_in(self, email: str = OWNER) -> None:
        stack = Stack(self.house.portal.url, self.house.gateway_url, "", self.house.portal.settings.data_dir, None)  # type: ignore[arg-type]
        give_session(self.browser, stack, email, PASSWORD)

    def open(self, query: str = "") -> None:
        self.browser.open(f"{self.house.portal.url}/dashboard{query}")
        self.browser.wait_until_ready()

    def _property(self, element: str, name: str) -> object:
        return self.browser.run(
            "const found = window.dash_component_api && dash_component_api.getLayout(arguments[0]);"
            " return found ? found.props[arguments[1]] : null",
            f"dashboard-{element}",
            name,
        )

    def shows(self, revision: int) -> bool:
        """Whether the page's numbers are of this revision."""
        return self._property("revision", "data") == revision

    def polls(self) -> bool:
        """Whether the page's interval asks."""
        return not self._property("live", "disabled")

    def wait_until_live(self) -> None:
        self.browser.wait(lambda: not self.polls(), "the interval to rest")

    def asked(self) -> list[str]:
        """What the page asked of the portal since this was last looked at, by path."""
        start = self.house.portal.url
        return [
            url.removeprefix(start).partition("?")[0]
            for _, url, _ in self.browser.responses()
            if url.startswith(start) and "/assets/" not in url
        ]


@pytest.fixture(scope="module")
def house(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(new_database, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def dashboard(browser: Browser, house: House) -> Dashboard:
    found = Dashboard(browser, house)
    found.sign_in()
    return found
