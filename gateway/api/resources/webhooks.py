"""Webhook endpoints: made, changed, tested, and their secrets rotated."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.models import webhooks as models
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.api.webhook_views import example, presented
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.positions import Position
from gateway.store.webhooks import endpoints as store
from gateway.store.webhooks.endpoints import Endpoint, NewEndpoint
from gateway.webhooks import secrets
from gateway.webhooks.addresses import UrlRefused, check_resolves
from gateway.webhooks.event_types import EVENT_TYPES
from gateway.webhooks.signing import new_secret

api = blueprint("webhooks", __name__, "Webhooks")

MOST_ENDPOINTS = 50


@api.get("/webhooks", responses=answers(models.WebhookEndpoints))
def list_webhooks(query: models.EndpointsQuery) -> Response:
    """Endpoints with how their last day went, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}?webhooks"
        after = cursors.to_position(query.cursor, described) if query.cursor else None
        found = store.list_endpoints(connection, account.tenant_id, limit=query.limit + 1, after=after)
        shown = found[: query.limit]
        items = presented(connection, account.tenant_id, shown, dependencies().now())
    last = Position(shown[-1].created_at, shown[-1].endpoint_id) if len(found) > query.limit else None
    return reply(
        models.WebhookEndpoints(items=items, next_cursor=cursors.from_position(last, described) if last else None)
    )


@api.post("/webhooks", responses=answers(models.CreatedEndpoint, 413, 415, created=True))
def create_webhook(query: NoParameters, body: models.EndpointCreate) -> Response:
    """Add an endpoint; the answer alone holds its signing secret"""
    _refuse_private(body.url)
    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: _create(connection, account, body))


def _create(connection: Connection, account: Account, body: models.EndpointCreate) -> Response:
    if store.count_endpoints(connection, account.tenant_id) >= MOST_ENDPOINTS:
        raise invalid("url", "too_many", f"An account has {MOST_ENDPOINTS} endpoints at most.")
    endpoint_id, secret, now = uuid4(), new_secret(), dependencies().now()
    sealed = secrets.seal(dependencies().sealer, endpoint_id, secret)
    new = NewEndpoint(endpoint_id, body.url, body.description, body.events, body.enabled, sealed)
    store.create_endpoint(connection, account.tenant_id, new, now)
    audit(connection, account, "webhook.created", endpoint_id, host=_host(body.url), events=list(body.events))
    row = _require(connection, account, endpoint_id)
    shown = presented(connection, account.tenant_id, [row], now)[0]
    return reply(models.CreatedEndpoint(**dict(shown), signing_secret=secret), 201)


@api.get("/webhooks/<endpointId>", responses=answers(models.WebhookEndpoint, etag=True))
def get_webhook(path: models.EndpointPath, query: TenantQuery) -> Response:
    """One endpoint"""
    with open_account(query.tenant_id) as (connection, account):
        row = _require(connection, account, path.endpoint_id)
        shown = presented(connection, account.tenant_id, [row], dependencies().now())[0]
    tag = revision_tag(hashlib.sha256(shown.model_dump_json().encode()).hexdigest())
    return not_modified(tag) or reply(shown, etag=tag)


@api.patch("/webhooks/<endpointId>", responses=answers(models.WebhookEndpoint, 413, 415))
def change_webhook(path: models.EndpointPath, query: NoParameters, body: models.EndpointChange) -> Response:
    """Change an endpoint; enabling one that was disabled starts its failure budget anew"""
    if body.url is not None:
        _refuse_private(body.url)
    now = dependencies().now()
    with open_account(None) as (connection, account):
        _require(connection, account, path.endpoint_id)
        changes = body.model_dump(exclude_unset=True, by_alias=False)
        store.change_endpoint(connection, account.tenant_id, path.endpoint_id, changes, now)
        row = _require(connection, account, path.endpoint_id)
        if changes:
            audit(connection, account, "webhook.changed", row.endpoint_id, host=_host(row.url), changed=sorted(changes))
        return reply(presented(connection, account.tenant_id, [row], now)[0])


@api.delete("/webhooks/<endpointId>", responses=answers(None))
def delete_webhook(path: models.EndpointPath, query: NoParameters) -> Response:
    """Remove an endpoint; what it is owed is not delivered any more"""
    with open_account(None) as (connection, account):
        row = _require(connection, account, path.endpoint_id)
        if store.delete_endpoint(connection, account.tenant_id, row.endpoint_id):
            audit(connection, account, "webhook.deleted", row.endpoint_id, host=_host(row.url))
    return Response(status=204)


@api.post("/webhooks/<endpointId>/rotate-secret", responses=answers(models.RotatedSecret, 413, 415))
def rotate_webhook_secret(path: models.EndpointPath, query: NoParameters, body: models.SecretRotation) -> Response:
    """Make a new signing secret; during the overlap both sign"""

    def rotate() -> Response:
        row = _require(connection, account, path.endpoint_id)
        secret, now = new_secret(), dependencies().now()
        until = now + timedelta(seconds=body.overlap_seconds)
        sealed = secrets.seal(dependencies().sealer, path.endpoint_id, secret)
        store.rotate_secret(connection, account.tenant_id, path.endpoint_id, sealed, now, until)
        told = {"host": _host(row.url), "overlapSeconds": body.overlap_seconds}
        audit(connection, account, "webhook.secret_rotated", row.endpoint_id, **told)
        return reply(
            models.RotatedSecret(
                endpoint_id=str(path.endpoint_id),
                signing_secret=secret,
                previous_secret_until=until if body.overlap_seconds else None,
            )
        )

    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, rotate)


@api.get("/event-types", responses=answers(models.EventTypes))
def list_event_types(query: NoParameters) -> Response:
    """What an endpoint can be told, with an example of each"""
    now = dependencies().now()
    items = [
        {"name": each.name, "description": each.description, "example": example(each.name, now)}
        for each in EVENT_TYPES.values()
    ]
    return reply(models.EventTypes.model_validate({"items": items}))


def _require(connection: Connection, account: Account, endpoint_id: UUID) -> Endpoint:
    found = store.get_endpoint(connection, account.tenant_id, endpoint_id)
    if found is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return found


def _refuse_private(url: str) -> None:
    """Ask where the name leads, before any transaction is open: a resolver may take its time."""
    own = dependencies()
    try:
        check_resolves(url, own.resolve, allow_private=own.settings.webhook_allow_private)
    except UrlRefused as error:
        raise invalid("url", error.code, str(error)) from None


def _host(url: str) -> str:
    """What the audit log names an endpoint by: a path or a query may hold what opens it."""
    return urlsplit(url).netloc
