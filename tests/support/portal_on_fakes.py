"""The portal's real pages, callbacks and frame on fake services: no platform, no sign-in, one fixed reader."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

from flask import Flask

from portal import context
from portal.domain import clock
from portal.domain.actor import Actor
from portal.factory import _build_dash
from portal.i18n import Locale, for_tag, use
from portal.services import Services
from portal.settings import PortalSettings
from portal.shell import PortalDash
from portal.web import TEMPLATES_FOLDER, failures, html_pages, live, policy
from tests.support.compressed import share_compressed
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.served import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGES = (
    "/dashboard",
    "/analytics",
    "/messages",
    "/messages/msg_00000000000000000000000000",
    "/profile",
    "/billing",
    "/billing/invoices/00000000-0000-7000-8000-000000000000",
)


@dataclasses.dataclass(frozen=True)
class _Settings:
    """The part of the settings that building the pages needs."""

    data_dir: Path


def build(
    data_dir: Path,
    *,
    tag: str | Callable[[], str] = "en",
    services: Services | None = None,
    asker: Actor | Callable[[], Actor] | None = None,
    origin: str = f"http://{HOST}:*",
    ask_opinion_at: dt.datetime | None = None,
    reader: Locale | None = None,
    now: dt.datetime | None = None,
) -> tuple[Flask, PortalDash]:
    """A server whose every request is the same person's (an owner's, if not said), read in the language ``tag``, or as
    ``reader`` wants it; with ``now`` its clock stands."""
    server = Flask("portal_on_fakes", static_folder=None, template_folder=str(TEMPLATES_FOLDER))
    policy.register(server, https=origin.startswith("https:"), candidate_for=origin)
    failures.register(server)
    html_pages.register(server, data_dir / "compressed")
    services = services or fake_services()
    app = _build_dash(server, cast(PortalSettings, _Settings(share_compressed(data_dir))), services)
    unspoken = server.wsgi_app

    def spoken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        who = asker() if callable(asker) else asker or actor()
        with ExitStack() as stack:
            stack.enter_context(use(reader or for_tag(tag() if callable(tag) else tag)))
            stack.enter_context(context.use(actor=who, services=services, ask_opinion_at=ask_opinion_at))
            if now is not None:
                stack.enter_context(clock.standing_at(now))
            return unspoken(environ, start_response)

    server.wsgi_app = spoken  # type: ignore[method-assign]

    @server.post("/csp-report")
    def report() -> tuple[str, int]:
        return "", 204

    @server.get(live.PATH)
    def no_stream() -> tuple[str, int]:
        """As a portal answers that tells of nothing: pages ask for themselves."""
        return "", 204

    return server, app
