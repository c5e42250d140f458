"""Every test here runs twice: with the bundled gateway as the issuer, and with a certified provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import Browser
from tests.support.portal import PortalSite, running_portal
from tests.support.provider import NAMES, OWNER, PASSWORD, Provider, running_provider
from tests.support.served import free_port

pytest_plugins: list[str] = []


@dataclass
class SignIn:
    """A portal, its issuer, and what people do with both."""

    portal: PortalSite
    provider: Provider

    @property
    def url(self) -> str:
        return self.portal.url

    def begin(self, browser: Browser) -> None:
        """From the sign-in page to the issuer's form."""
        browser.click("#signin-start")
        browser.wait_for_url(self.provider.issuer)
        browser.find(self.provider.password)

    def enter(self, browser: Browser, email: str = OWNER, password: str = PASSWORD) -> None:
        browser.fill(self.provider.email, email)
        browser.fill(self.provider.password, password)
        browser.click(self.provider.submit)

    def sign_in(self, browser: Browser, path: str = "/", email: str = OWNER) -> None:
        """All the way, from a page of the portal back to it."""
        browser.open(self.url + path)
        browser.wait_for_url(f"{self.url}/login")
        self.begin(browser)
        self.enter(browser, email)
        browser.wait(
            lambda: browser.url.startswith(self.url) and not browser.url.startswith((f"{self.url}/auth/", f"{self.url}/login")),
            "to be back in the portal",
        )

    def confirm_sign_out(self, browser: Browser) -> None:
        """Some issuers ask whether to end their own session."""
        if self.provider.confirm:
            browser.wait_for_url(self.provider.issuer)
            browser.click(self.provider.confirm)


@pytest.fixture(params=NAMES)
def site(request: pytest.FixtureRequest, tmp_path: Path, bundled_gateway: Callable[..., Any]) -> Iterator[SignIn]:
    port = free_port()
    with (
        running_provider(request.param, f"http://localhost:{port}", gateway=bundled_gateway) as provider,
        running_portal(port, provider, tmp_path / "portal") as portal,
    ):
        yield SignIn(portal, provider)
