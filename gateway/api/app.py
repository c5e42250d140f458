"""The application: all resources, the identity service, and the rules that hold for every route."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway import texts
from gateway.api import access, headers, key_usage, late_reads, limits, logs, metrics, openapi, problems, request_ids
from gateway.api.access import Principal
from gateway.api.call_leases import Leases
from gateway.api.context import EXTENSION, Dependencies, utc_now
from gateway.api.key_usage import KeyUsage
from gateway.api.models.problem import ProblemDetails
from gateway.api.resources import (
    account,
    analytics,
    api_keys,
    assignments,
    audit,
    billing,
    error_codes,
    export_files,
    exports,
    health,
    health_weights,
    inbound,
    ingestion,
    invoice_pdfs,
    invoices,
    kannel,
    messages,
    notes,
    nps,
    operations,
    portfolio,
    qbr,
    qbr_reports,
    report_certificates,
    report_checks,
    report_files,
    revisions,
    security,
    sending,
    tenants,
    tickets,
    views,
    webhook_deliveries,
    webhooks,
)
from gateway.api.revision_streams import RevisionStreams
from gateway.identity.blueprint import create_blueprint
from gateway.identity.policy import IdentityPolicy
from gateway.identity.tokens import InvalidToken, verify_access_token
from gateway.settings import GatewaySettings
from gateway.signing import known_certificates
from gateway.storage import open_storage
from gateway.storage.marks import warn
from gateway.store.api_key_usage import record_calls
from gateway.store.call_limits import take_calls
from gateway.store.connections import Engine
from gateway.store.engine import create_engine
from gateway.tickets.desk import Desk
from gateway.tickets.sources import open_source

Application = TypeVar("Application")

LARGEST_BODY = 4 * 1024 * 1024
SWITCH_SECONDS = 0.001
"""How long a request that computes keeps others from going on: a page's question comes back from the database several
times, and each time it would wait five milliseconds for a batch of messages that is being read."""

RESOURCES = (
    analytics,
    messages,
    export_files,
    exports,
    sending,
    views,
    inbound,
    error_codes,
    billing,
    invoices,
    invoice_pdfs,
    api_keys,
    webhooks,
    webhook_deliveries,
    account,
    audit,
    security,
    nps,
    portfolio,
    tenants,
    tickets,
    health,
    health_weights,
    notes,
    qbr,
    qbr_reports,
    assignments,
    report_certificates,
    report_checks,
    report_files,
    ingestion,
    kannel,
    revisions,
    operations,
)


def create_app(
    settings: GatewaySettings,
    engine: Engine | None = None,
    *,
    identity_engine: Engine | None = None,
    policy: IdentityPolicy | None = None,
    now: Callable[[], datetime] = utc_now,
) -> OpenAPI:
    """The API with the identity service mounted.

    `engine` must have the role gateway_api and `identity_engine` gateway_identity; without them they are made from
    `settings` (connections open when first needed), and so is the identity service's `policy`. `now` is the clock.
    """
    app = bare_app()
    if settings.trusted_proxies:
        # Whose address counts when attempts are throttled; without proxies anybody could write the header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    texts.offer_pseudo(settings.pseudo_locales)
    known_certificates(settings)  # what cannot be used stops the start, and no request
    policy = policy or IdentityPolicy.from_settings(settings)
    own_engine = engine or create_engine(settings, "api")
    app.extensions[EXTENSION] = Dependencies(
        settings,
        own_engine,
        _verify,
        policy.sealer,
        KeyUsage(partial(record_calls, own_engine)),
        Leases(partial(take_calls, own_engine)),
        open_storage(settings),
        now,
        tickets=Desk(open_source(settings)),
        replica=late_reads.open_replica(settings),
    )
    app.extensions[RevisionStreams.EXTENSION] = RevisionStreams(own_engine)
    app.register_blueprint(create_blueprint(settings, identity_engine, policy=policy))
    request_ids.register(app)
    metrics.register(app)
    access.register(app)
    limits.register(app)
    key_usage.register(app)
    late_reads.register(app)
    problems.register(app)
    # After-request functions run last registered first: the log line is written when the answer is complete.
    logs.register(app)
    headers.register(app, https=(settings.public_url or "").startswith("https://"))
    return app


def describe_only() -> dict[str, Any]:
    """The OpenAPI document, without settings or database."""
    document: dict[str, Any] = bare_app().extensions["gateway-openapi"]
    return document


def from_env() -> OpenAPI:
    """For application servers: `gunicorn "gateway.api.app:from_env()"`. Raises SettingsError."""
    logs.configure()
    return settled(served(GatewaySettings.from_env(os.environ)))


def served(settings: GatewaySettings) -> OpenAPI:
    """The application of a process that serves it: what is wrong between machines is said in the log."""
    app = create_app(settings)
    warn(settings, app.extensions[EXTENSION].engine.connect)
    return app


def settled(application: Application) -> Application:
    """The application of a process that does nothing but serve it: kept out of Python's search for garbage, and shared
    among its requests in shorter turns.

    A full search looked through the hundred thousand objects that the program itself consists of: one request in ninety
    waited for that, several times as long as for its answer.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    return application


def bare_app() -> OpenAPI:
    """All resources with their document, and nothing behind them yet."""
    app = OpenAPI(
        "gateway.api",
        info=Info(title=openapi.TITLE, version=openapi.VERSION, description=openapi.DESCRIPTION),
        security_schemes=openapi.SECURITY_SCHEMES,
        validation_error_model=ProblemDetails,
        validation_error_callback=problems.from_validation,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = True
    for api in dict.fromkeys(resource.api for resource in RESOURCES):
        app.register_api(api)
    app.extensions["gateway-openapi"] = openapi.describe(app)
    return app


def _verify(token: str) -> Principal | None:
    try:
        claims = verify_access_token(token)
    except InvalidToken:
        return None
    return Principal(claims.user_id, claims.tenant_id, claims.user_type, claims.roles, claims.session_id)
