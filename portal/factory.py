"""Builds the portal: one Flask server with the web layer around a Dash application."""

from __future__ import annotations

import importlib
import math
import os
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import requests
import structlog
from dash import html
from dash.development.base_component import Component
from flask import Flask, Response, request
from opentelemetry import propagate

import callbacks
import pages
from components import charts
from components.frame import FrameView, build_frame
from components.roles import build_no_permission, build_not_in_preview
from portal import context, process, web
from portal.clients import budget
from portal.clients.oidc import OidcClient
from portal.clients.oidc_errors import OidcError
from portal.domain.account import Account
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, NotFound, PortalError, RateLimited, Unauthenticated
from portal.domain.permissions import may_open
from portal.i18n import t
from portal.i18n.locales import offer_pseudo
from portal.presets import PRESETS
from portal.services import Services
from portal.settings import PortalSettings
from portal.shell import ChartDrawing, PortalDash
from portal.wiring import build_services

ASSETS_FOLDER = Path(__file__).resolve().parents[1] / "assets"
READY_SECONDS = 2.0
_log = structlog.get_logger("portal.factory")


@dataclass(frozen=True)
class Portal:
    """What the server holds on to: ``server.extensions["portal"]``."""

    settings: PortalSettings
    services: Services
    oidc: OidcClient
    dash: PortalDash


def from_env() -> Flask:
    """For application servers. Raises SettingsError."""
    server = create_app(PortalSettings.from_env(os.environ))
    process.settle()
    return server


def create_app(settings: PortalSettings, services: Services | None = None) -> Flask:
    """The portal as a WSGI application. ``services`` replaces those on the platform's API, for tests."""
    web.configure_logs(settings.log_level)
    offer_pseudo(settings.pseudo_locales)
    server = Flask("portal", static_folder=None, template_folder=str(web.TEMPLATES_FOLDER))
    server.config.update(MAX_CONTENT_LENGTH=1_048_576, PROPAGATE_EXCEPTIONS=False)
    oidc = OidcClient(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        redirect_uri=settings.redirect_uri,
        audience=settings.oidc_audience,
        scopes=settings.oidc_scopes,
        preset=PRESETS[settings.oidc_preset],
    )
    used = services or build_services(settings, passed_on)
    # Before the guard, which asks the platform too: what it spends, the page has no more.
    server.before_request(lambda: budget.start())
    web.register(server, settings, oidc=oidc, services=used, checks=_readiness(settings, oidc))
    server.teardown_request(lambda _error: budget.start(math.inf))  # a thread's context outlives the request
    dash = _build_dash(server, settings, used)
    server.extensions["portal"] = Portal(settings, used, oidc, dash)
    return server


def passed_on() -> Mapping[str, str]:
    """Headers that tie a request upstream to the one being served here."""
    headers = {"X-Request-Id": context.request_id()}
    propagate.inject(headers)
    return headers


def _build_dash(server: Flask, settings: PortalSettings, services: Services) -> PortalDash:
    app = PortalDash(
        server,
        assets_folder=ASSETS_FOLDER,
        data_dir=settings.data_dir,
        title=lambda: t("frame.product"),
        request_id=context.request_id,
        propagate=(Unauthenticated, RateLimited, Forbidden),
        not_found=(NotFound,),
        refusal=_refusal,
        drawing=ChartDrawing(charts.Chart, charts.figure, charts.svg, charts.pictured),
        asks_nothing=lambda: _knows_account(services),
    )
    for module in _modules_of(pages):
        importlib.import_module(module)
    for module in _modules_of(callbacks):
        importlib.import_module(module).register(app)
    app.layout = lambda: _frame(app, services)

    def within_the_frame() -> Response:
        title = t("failure.not_found.title")
        return app.static_page(_not_found(title), title=title, status=404)

    web.show_not_found_with(server, within_the_frame)
    web.show_report_checks_with(server, app.index)
    return app


def _modules_of(package: ModuleType) -> list[str]:
    return [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]


def _frame(app: PortalDash, services: Services) -> Component:
    actor = context.signed_in()
    if actor is None:
        return html.Div()  # Dash looks at the layout once at set-up, when nobody is asking
    return build_frame(
        FrameView(
            actor=actor,
            account=_account(services, actor),
            path=request.path,
            search=request.query_string.decode("utf-8", "replace"),
        ),
        app.kept,
    )


def _refusal(route: str) -> Component | None:
    actor = context.actor()
    if actor.preview_role and route == "/profile":
        return build_not_in_preview()
    return None if may_open(actor, route) else build_no_permission(route)


def _knows_account(services: Services) -> bool:
    """Whether the frame of this request needs nothing of the platform."""
    actor, tenant_id = context.actor(), request.args.get("tenantId")
    return (actor.internal and not tenant_id) or services.account.recalls(tenant_id, actor=actor)


def _account(services: Services, actor: Actor) -> Account | None:
    """Whose traffic is shown. The frame stands without it: each card says for itself what could not be had."""
    tenant_id = request.args.get("tenantId")
    if actor.internal and not tenant_id:
        return None
    try:
        return services.account.recall(tenant_id, actor=actor)
    except Unauthenticated:
        raise
    except PortalError as error:
        _log.info("account_not_shown", error=type(error).__name__)
        return None


def _not_found(title: str) -> Component:
    return html.Div(
        [
            html.H1(title),
            html.P(t("failure.not_found.text")),
            html.A(t("web.home"), href="/", className="btn btn-primary"),
        ],
        className="page",
    )


def _readiness(settings: PortalSettings, oidc: OidcClient) -> dict[str, Callable[[], bool]]:
    def issuer() -> bool:
        try:
            oidc.metadata()
        except OidcError:
            return False
        return True

    def platform() -> bool:
        try:
            with requests.Session() as session:
                session.trust_env = False
                found = session.get(f"{settings.gateway_url}/health", timeout=READY_SECONDS, allow_redirects=False)
        except requests.RequestException:
            return False
        return found.status_code < 500

    return {"issuer": issuer, "platform": platform}
