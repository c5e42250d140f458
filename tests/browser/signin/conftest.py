"""Every test here runs twice: with the bundled gateway as the issuer, and with a certified provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.browser import Browser
from tests.support.portal import PortalSite, running_portal
from tests.support.postgres import NewDatabase
from tests.support.provider import NAMES, OWNER, PASSWORD, Provider, running_provider
from tests.support.served import free_port


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
            lambda: (
                browser.url.startswith(self.url)
                and not browser.url.startswith((f"{self.url}/auth/", f"{self.url}/login"))
            ),
            "to be back in the portal",
        )

    def confirm_sign_out(self, browser: Browser) -> None:
        """Some issuers ask whether to end their own session."""
        if self.provider.asks:
            browser.wait_for_url(self.provider.issuer)
            browser.click(self.provider.confirm)


@pytest.fixture(scope="module", params=NAMES)
def running_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase
) -> Iterator[SignIn]:
    port = free_port()
    folder = tmp_path_factory.mktemp("site")
    with (
        running_provider(
            request.param, f"http://localhost:{port}", new_database=new_database, data_dir=folder / "gateway"
        ) as provider,
        running_portal(port, provider, folder / "portal") as portal,
    ):
        yield SignIn(portal, provider)


@pytest.fixture
def site(running_site: SignIn) -> SignIn:
    """The portal and its issuer, counting from the start of this test."""
    running_site.provider.forget()
    return running_site
