"""The product's pages with nothing moving behind them: on fakes, with a clock that stands, read by whoever is looking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request

from gateway import texts
from gateway.identity.pages import Pages, register_assets
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import Sealer
from portal.domain.actor import Actor
from portal.i18n.locales import PSEUDO, offer_pseudo
from portal.web import failures
from portal.web.reader import LOCALE_COOKIE
from tests.integration.portal.conftest import lonely_portal
from tests.support import portal_on_fakes
from tests.support.browser import Browser
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import AS_OF, actor
from tests.support.fakes_portfolio import FakePortfolio
from tests.support.served import HOST, free_port, served
from tools.visual.looks import Page

#: Five minutes after everything that the fakes tell of.
NOW = AS_OF + dt.timedelta(minutes=5)
#: Below each other in a narrow window they are no higher than a WebP can be (16,383 pixels).
ACCOUNTS = 40


@dataclass
class Site:
    """``url_of(page)`` after ``turn_to(page, locale)``: one reader at a time."""

    inside: str
    door: str
    issuer: str
    page: Page | None = None
    locale: str = "en"

    def turn_to(self, page: Page, locale: str, browser: Browser) -> str:
        """Serve what this page's reader sees from now on; the page's address."""
        self.page, self.locale = page, locale
        offer_pseudo(locale in PSEUDO)
        if page.where == "door":
            browser.set_cookie(LOCALE_COOKIE, locale, self.door, secure=False, httpOnly=True, sameSite="Lax")
        at = {"door": self.door, "issuer": self.issuer}.get(page.where, self.inside)
        return at + page.path

    def asker(self) -> Actor:
        if self.page is not None and self.page.where == "internal":
            return actor(None, roles=("tam", "platform_admin"))
        return actor()


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The three sites, each on a port of its own."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(3)]
        site = Site(*(f"http://{HOST}:{port}" for port in ports))
        services = fake_services(portfolio=FakePortfolio(count=ACCOUNTS))
        inside, _app = portal_on_fakes.build(
            folder / "inside",
            tag=lambda: site.locale,
            services=services,
            asker=site.asker,
            now=NOW,
            ask_opinion_at=NOW,
        )

        @inside.get("/failure")
        def failure() -> Response:
            return failures.answer(503, "unavailable", data=False, retry_after=5)

        issuer = _issuer(site)
        door = lonely_portal(folder / "door", public_url=site.door)
        stack.callback(door.extensions["portal"].oidc.close)
        for application, port in zip((inside, door, issuer), ports, strict=True):
            stack.enter_context(served(application, port))
        yield site


def _issuer(site: Site) -> Flask:
    """The issuer's pages without an issuer: they are drawn of what they are given."""
    server = Flask("issuer", template_folder=str(Path(texts.__file__).parent / "identity/templates"))
    register_assets(server)  # type: ignore[arg-type]
    pages = Pages(IdentityPolicy(issuer=site.issuer, sealer=Sealer(b"of pictures " * 4)))

    @server.get("/sign-in")
    def sign_in() -> Response:
        found = _language(site)
        return pages.sign_in(
            found, transaction="t", form_token="t", email="owner@bank.example", goes_to=request.host_url,  # noqa: S106
            error=found.text("identity.error.credentials"), wrong=True,
        )  # fmt: skip

    @server.get("/sign-out")
    def sign_out() -> Response:
        return pages.confirm_sign_out(_language(site), action="/", form_token="t")  # noqa: S106

    return server


def _language(site: Site) -> texts.Language:
    return texts.find(site.locale) or texts.DEFAULT
