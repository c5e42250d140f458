"""What the platform's own people look at is written into the customer's audit log: here, for every call there is.

`gateway.api.access.open_account` is the one door to a tenant's data, and it asks here what a call reads. A route that
nobody has thought of yet has the name of what it is about, so nothing is read unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import g, request

from gateway.api.context import dependencies
from gateway.store.connections import Connection
from gateway.store.internal_reads import record_read

NAMED: Mapping[str, str] = {
    "/v1/messages/<messageId>": "message",
    "/v1/messages/inbound": "inbound_messages",
    "/v1/messages/exports": "exports",
    "/v1/messages/exports/<exportId>": "exports",
    "/v1/account/audit-events": "audit_log",
    "/v1/internal/tenants/<tenantId>": "tenant",
    "/v1/internal/tenants/<tenantId>/qbr-preview": "qbr",
    "/v1/internal/tenants/<tenantId>/qbr-comments": "qbr",
}
"""What a call reads, where its path says too little."""

QUIET = frozenset({"/v1/analytics/revision"})
"""Asked by an open page every few seconds; says whether anything has changed, and nothing of what."""

UNSEEN = frozenset({"notes", "assignments"})
"""About the customer and not theirs: such lines are for the platform's own people."""


def kind_of(route: str) -> str | None:
    """What a read of the route template is called in the log (a noun); None for what is not told."""
    if route in QUIET:
        return None
    _, _, within = route.partition("<tenantId>/")
    path = within or route.removeprefix("/v1/").removeprefix("internal/")
    return NAMED.get(route) or path.partition("/")[0].replace("-", "_")


def about(**details: object) -> None:
    """What else the line about the current request says, when it is the first of its kind; never a secret."""
    g.read_details = details


def write_down(connection: Connection, tenant_id: UUID, person: UUID) -> None:
    """Have the current request, by one of the platform's own people, in the tenant's log if it reads."""
    if request.method not in {"GET", "HEAD"} or request.url_rule is None:
        return  # what changes something says so itself
    kind = kind_of(request.url_rule.rule)
    if kind is not None:
        details = g.get("read_details", {})
        now, internal = dependencies().now(), kind in UNSEEN
        record_read(connection, tenant_id, person, kind, details, now=now, internal=internal)
