"""A valid call of every route that is opened by a person's token, so that only the caller decides how it is answered.

A new route gets its line here; a read without anything in its path needs none. ``make`` is called before each call that
is expected to succeed, and names (or adds) what the path is about: something of ``world.tenant``, or of the caller where
the call is about themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from gateway.domain import ids
from gateway.store.assignments import version_of
from gateway.store.identity.sessions import insert_session
from gateway.store.notes import Writer, create_note
from gateway.store.tenancy import tenant_transaction
from gateway.store.views import Views
from tests.support.api_world import FIRST_DAY, LAST_DAY, NOW, PASSWORD, World, add_export, add_key
from tests.support.webhook_rows import add_delivery, add_endpoint

Named = dict[str, str]
WEIGHTS = {"delivery": 35, "holds": 15, "payments": 20, "tickets": 15, "nps": 15}
QUARTER = {"period": "2026-Q4"}
COMMENTS = {"basedOn": 0, "texts": {"summary": "A good quarter."}}
NOBODY = "01890000-0000-7000-8000-000000000000"
PERIOD = {"from": FIRST_DAY, "to": LAST_DAY}


def _nothing(_world: World, _who: str) -> Named:
    return {}


@dataclass(frozen=True)
class Call:
    """``status`` is what whoever is permitted is answered with."""

    status: int = 200
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    file: tuple[bytes, str] | None = None
    """Content and type of a body that is not JSON."""
    make: Callable[[World, str], Named] = _nothing


class Unregistered(LookupError):
    """A route without a valid call in this table."""


def call_of(method: str, route: str) -> Call:
    """The valid call of a route. Raises Unregistered."""
    found = CALLS.get((method, route))
    if found is None and method == "GET" and "<" not in route:
        return Call()
    if found is None:
        raise Unregistered(f"{method} {route} has no valid call in tests/support/api_calls.py: add one")
    return found


def perform(
    world: World, who: str | None, method: str, route: str, named: Named, *, tenant: UUID | None = None, **headers: str
) -> Any:
    """The answer to the valid call of a route by ``who``; ``tenant`` is what an internal user names."""
    call = call_of(method, route)
    path = route
    for name, value in named.items():
        path = path.replace(f"<{name}>", value)
    query = {**call.query, **({"tenantId": str(tenant)} if tenant else {})}
    body: dict[str, Any] = {"json": dict(call.body or {})} if method in {"POST", "PUT", "PATCH"} else {}
    if call.file is not None:
        body = {"data": call.file[0], "content_type": call.file[1]}
    return world.client(who).open(path, method=method, query_string=query, headers=headers, **body)


# -- what paths are about --------------------------------------------------------------------------------------------


def message(world: World, _who: str) -> Named:
    found = world.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1", tenant=world.tenant)
    return {"messageId": ids.encode(found[0][0])}


def known_delivery(world: World, _who: str) -> Named:
    statement = "SELECT endpoint_id, delivery_id FROM webhook_deliveries WHERE tenant_id = :tenant LIMIT 1"
    endpoint_id, delivery_id = world.sql(statement, tenant=world.tenant)[0]
    return {"endpointId": str(endpoint_id), "deliveryId": str(delivery_id)}


def key(world: World, _who: str) -> Named:
    with world.worker_engine.begin() as connection:
        return {"keyId": str(add_key(connection, world.tenant, "To be changed"))}


def known_key(world: World, _who: str) -> Named:
    found = world.sql("SELECT key_id FROM api_keys WHERE tenant_id = :tenant LIMIT 1", tenant=world.tenant)
    return {"keyId": str(found[0][0])}


def endpoint(world: World, _who: str) -> Named:
    with world.worker_engine.begin() as connection:
        return {"endpointId": str(add_endpoint(connection, world.tenant, NOW, sealer=world.sealer))}


def delivery(world: World, who: str) -> Named:
    made = endpoint(world, who)
    with world.worker_engine.begin() as connection:
        delivery_id = add_delivery(
            connection, world.tenant, UUID(made["endpointId"]), NOW, status="failed", http_status=500, attempts=1
        )
    return {**made, "deliveryId": str(delivery_id)}


def export(world: World, who: str) -> Named:
    person = world.people["owner"].user_id
    return {"exportId": str(add_export(world.api_engine, world.worker_engine, world.tenant, person))}


def known_export(world: World, _who: str) -> Named:
    found = world.sql("SELECT export_id FROM message_exports WHERE tenant_id = :tenant LIMIT 1", tenant=world.tenant)
    return {"exportId": str(found[0][0])}


def known_invoice(world: World, _who: str) -> Named:
    found = world.sql("SELECT invoice_id FROM invoices WHERE tenant_id = :tenant LIMIT 1", tenant=world.tenant)
    return {"invoiceId": str(found[0][0])}


def own_session(world: World, who: str) -> Named:
    with world.identity_engine.begin() as connection:
        row = insert_session(
            connection,
            user_id=world.people[who].user_id,
            cookie_hash=os.urandom(32),
            amr=["pwd"],
            ip=None,
            user_agent=None,
            lifetime_seconds=3600,
        )
    return {"sessionId": str(row.session_id)}


def tenant(world: World, _who: str) -> Named:
    return {"tenantId": str(world.tenant)}


def tenant_of_nobody(world: World, _who: str) -> Named:
    """One that no TAM looks after."""
    return {"tenantId": str(world.empty)}


def note(world: World, who: str) -> Named:
    """One that the caller may change, where they may change any."""
    author = world.people["admin" if who == "admin" else "tam"]
    with tenant_transaction(world.api_engine, world.tenant, actor=str(author.user_id)) as connection:
        made = create_note(connection, world.tenant, "To be changed", Writer(author.user_id, "tam", NOW))
    return {"tenantId": str(world.tenant), "noteId": str(made.note_id)}


def health_run(world: World, _who: str) -> Named:
    statement = text(
        "INSERT INTO health_runs (tenant_id, days, asked_at) VALUES (:tenant, 1, :now) RETURNING run_id::text"
    )
    with world.worker_engine.begin() as connection:
        return {"runId": connection.execute(statement, {"tenant": world.tenant, "now": NOW}).scalar_one()}


def review_report(world: World, _who: str) -> Named:
    statement = text(
        "INSERT INTO qbr_reports (tenant_id, period, language, comments_version, created_by, created_by_name, created_at,"
        " status) VALUES (:tenant, '2026-Q4', 'en', 0, gen_random_uuid(), 'Somebody', :now, 'failed')"
        " RETURNING report_id::text"
    )
    with world.worker_engine.begin() as connection:
        return {"jobId": connection.execute(statement, {"tenant": world.tenant, "now": NOW}).scalar_one()}


def view(world: World, who: str) -> Named:
    """One of the caller's own: a view is nobody else's. Who is of another account is given an owner's."""
    person = world.people["owner" if who == "stranger" else who]
    with tenant_transaction(world.api_engine, world.tenant, actor=str(person.user_id)) as connection:
        views = Views(connection, world.tenant, person.user_id)
        return {"viewId": str(views.create(f"View {uuid4().hex}", {}, NOW).view_id)}


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/v1/analytics/summary"): Call(query=PERIOD),
    ("GET", "/v1/analytics/timeseries"): Call(query=PERIOD),
    ("GET", "/v1/analytics/breakdown"): Call(query=PERIOD),
    ("GET", "/v1/analytics/heatmap"): Call(query=PERIOD),
    ("GET", "/v1/analytics/top"): Call(query={**PERIOD, "dimension": "senderId"}),
    ("GET", "/v1/messages/<messageId>"): Call(make=message),
    ("POST", "/v1/messages"): Call(202, body={"to": "0701234567", "from": "BANK", "body": "Hello"}),
    ("POST", "/v1/messages/batch"): Call(
        202, body={"messages": [{"to": "0701234567", "from": "BANK", "body": "Hello", "reference": "order-1"}]}
    ),
    ("POST", "/v1/messages/preview"): Call(body={"to": "0701234567", "body": "Hello"}),
    ("POST", "/v1/messages/exports"): Call(202, body={"format": "csv"}),
    ("GET", "/v1/messages/exports/<exportId>"): Call(make=known_export),
    ("DELETE", "/v1/messages/exports/<exportId>"): Call(204, make=export),
    ("POST", "/v1/views"): Call(201, body={"name": "Failures", "filter": {"status": ["failed"]}}),
    ("PATCH", "/v1/views/<viewId>"): Call(body={"filter": {"operator": ["Roshan"]}}, make=view),
    ("DELETE", "/v1/views/<viewId>"): Call(204, make=view),
    ("GET", "/v1/billing/invoices/<invoiceId>"): Call(make=known_invoice),
    ("GET", "/v1/billing/invoices/<invoiceId>/pdf-url"): Call(query={"locale": "ps"}, make=known_invoice),
    ("PUT", "/v1/billing/low-balance"): Call(body={"threshold": "500"}),
    ("POST", "/v1/api-keys"): Call(201, body={"name": "New", "scopes": ["sms:send"]}),
    ("GET", "/v1/api-keys/<keyId>"): Call(make=known_key),
    ("PATCH", "/v1/api-keys/<keyId>"): Call(body={"name": "Other"}, make=key),
    ("DELETE", "/v1/api-keys/<keyId>"): Call(make=key),
    ("POST", "/v1/api-keys/<keyId>/rotate"): Call(201, body={"graceSeconds": 0}, make=key),
    ("GET", "/v1/api-keys/<keyId>/usage"): Call(make=known_key),
    ("POST", "/v1/webhooks"): Call(201, body={"url": "https://hooks.example.com/s", "events": ["message.sent"]}),
    ("GET", "/v1/webhooks/<endpointId>"): Call(make=known_delivery),
    ("PATCH", "/v1/webhooks/<endpointId>"): Call(body={"description": "other"}, make=endpoint),
    ("DELETE", "/v1/webhooks/<endpointId>"): Call(204, make=endpoint),
    ("POST", "/v1/webhooks/<endpointId>/rotate-secret"): Call(make=endpoint),
    ("POST", "/v1/webhooks/<endpointId>/test"): Call(201, body={"eventType": "message.sent"}, make=endpoint),
    ("GET", "/v1/webhooks/<endpointId>/deliveries"): Call(make=known_delivery),
    ("GET", "/v1/webhooks/<endpointId>/deliveries/<deliveryId>"): Call(make=known_delivery),
    ("POST", "/v1/webhooks/<endpointId>/deliveries/<deliveryId>/resend"): Call(200, make=delivery),
    ("POST", "/v1/webhooks/<endpointId>/recover"): Call(200, body={"since": "2026-11-01T00:00:00Z"}, make=delivery),
    ("POST", "/v1/reports/verify"): Call(file=(b"no report", "application/pdf")),
    ("POST", "/v1/nps"): Call(201, body={"score": 9}),
    ("GET", "/v1/internal/tenants/<tenantId>"): Call(make=tenant),
    ("GET", "/v1/internal/tenants/<tenantId>/health"): Call(make=tenant),
    ("GET", "/v1/internal/tenants/<tenantId>/tickets"): Call(make=tenant),
    ("PUT", "/v1/internal/tenants/<tenantId>/ticket-organisation"): Call(body={"organisation": "acme"}, make=tenant),
    ("POST", "/v1/internal/tenants/<tenantId>/health/recompute"): Call(202, make=tenant),
    ("POST", "/v1/internal/tenants/<tenantId>/preview"): Call(201, body={"role": "viewer"}, make=tenant),
    ("GET", "/v1/internal/tenants/<tenantId>/notes"): Call(make=tenant),
    ("POST", "/v1/internal/tenants/<tenantId>/notes"): Call(201, body={"body": "Called **them**."}, make=tenant),
    ("PATCH", "/v1/internal/tenants/<tenantId>/notes/<noteId>"): Call(body={"body": "Other", "basedOn": 1}, make=note),
    ("DELETE", "/v1/internal/tenants/<tenantId>/notes/<noteId>"): Call(204, query={"basedOn": "1"}, make=note),
    ("GET", "/v1/internal/tenants/<tenantId>/notes/<noteId>/history"): Call(make=note),
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-preview"): Call(query=QUARTER, make=tenant),
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-comments"): Call(query=QUARTER, make=tenant),
    ("PUT", "/v1/internal/tenants/<tenantId>/qbr-comments"): Call(query=QUARTER, body=COMMENTS, make=tenant),
    ("GET", "/v1/internal/tenants/<tenantId>/assignments"): Call(make=tenant),
    ("PUT", "/v1/internal/tenants/<tenantId>/assignments"): Call(
        body={"tamIds": [], "basedOn": version_of([])}, make=tenant_of_nobody
    ),
    ("POST", "/v1/internal/assignments"): Call(body={"tenantIds": [NOBODY], "remove": [NOBODY]}),
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-reports"): Call(make=tenant),
    ("POST", "/v1/internal/qbr/<tenantId>"): Call(202, query=QUARTER, body={}, make=tenant),
    ("GET", "/v1/internal/qbr/jobs/<jobId>"): Call(make=review_report),
    ("PUT", "/v1/internal/health/weights"): Call(body={**WEIGHTS, "basedOn": 1}),
    ("POST", "/v1/internal/health/weights/preview"): Call(body=WEIGHTS),
    ("POST", "/v1/internal/health/recompute"): Call(202),
    ("GET", "/v1/internal/health/runs"): Call(),
    ("GET", "/v1/internal/health/runs/<runId>"): Call(make=health_run),
    ("PATCH", "/v1/me"): Call(body={"locale": "en"}),
    ("POST", "/v1/me/password"): Call(204, body={"currentPassword": PASSWORD, "newPassword": "a sentence only I know"}),
    ("DELETE", "/v1/auth/sessions"): Call(204),
    ("DELETE", "/v1/auth/sessions/<sessionId>"): Call(204, make=own_session),
}
