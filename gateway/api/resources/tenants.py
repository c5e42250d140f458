"""One tenant at a glance, for whoever looks after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Response

from gateway.api.access import open_account, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.local_time import start_of_day
from gateway.api.models import tenants as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.health import TenantPath
from gateway.api.models.problem import ProblemCode
from gateway.api.models.shape import Money
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.api.resources.invoices import today_of
from gateway.api.resources.portfolio import item
from gateway.store import incidents as store
from gateway.store.accounts import Account, list_incidents
from gateway.store.connections import Connection
from gateway.store.invoices import Invoice, list_invoices
from gateway.store.portfolio import get_tenant

api = blueprint("tenants", __name__, "Customer success")

RECENT = timedelta(days=30)
MOST_OF_A_KIND = 10
MOST_INVOICES = 200


@api.post("/internal/tenants/<tenantId>/preview", responses=answers(models.RolePreview, 413, 415, created=True))
def start_preview(path: TenantPath, query: NoParameters, body: models.RolePreviewRequest) -> Response:
    """Say that one is about to look at what a customer of a role sees: the tenant's audit log has it

    Calls then name the role in `X-Preview-Role`, and read what that role may read. Nothing can be changed with it.
    """
    with open_account(path.tenant_id) as (connection, account):
        audit(connection, account, "preview.started", account.tenant_id, role=body.role)
        started = models.RolePreview(
            tenant_id=str(account.tenant_id), name=account.name, role=body.role, started_at=dependencies().now()
        )
    return reply(started, 201)


@api.get("/internal/tenants/<tenantId>", responses=answers(models.Tenant))
def get_internal_tenant(path: TenantPath, query: NoParameters) -> Response:
    """A tenant as the list has it, with what is held, what is overdue, and what went wrong lately"""
    with open_account(path.tenant_id) as (connection, account):
        listed = get_tenant(connection, account.tenant_id, assigned_to=principal().assignments_of)
        if listed is None:
            raise Problem(ProblemCode.NOT_FOUND)
        overdue = list_invoices(
            connection, account.tenant_id, today=today_of(account), limit=MOST_INVOICES, statuses=["overdue"]
        )
        found = list(_incidents(connection, account, overdue, dependencies().now()))
        held = store.count_held(connection, account.tenant_id)
    return reply(
        models.Tenant(
            **dict(item(listed)),
            time_zone=account.time_zone,
            currency=account.currency,
            held_now=held,
            arrears=_arrears(overdue, account.currency),
            incidents=sorted(found, key=lambda each: each.starts_at, reverse=True),
        )
    )


def _arrears(overdue: Sequence[Invoice], currency: str) -> models.Arrears | None:
    if not overdue:
        return None
    due = sum((each.amount_due for each in overdue), Decimal(0))
    return models.Arrears(invoices=len(overdue), due=Money.of(due, currency))


def _incidents(
    connection: Connection, account: Account, overdue: Sequence[Invoice], now: datetime
) -> Iterator[models.TenantIncident]:
    since = now - RECENT
    for incident in list_incidents(connection, account.tenant_id, since, now)[-MOST_OF_A_KIND:]:
        yield _incident(
            "platform", incident.starts_at, incident.operator, reason=incident.title_key, until=incident.ends_at
        )
    for endpoint in store.list_disabled_endpoints(connection, account.tenant_id, limit=MOST_OF_A_KIND):
        yield _incident(
            "webhook_disabled", endpoint.at, endpoint.url, about_id=str(endpoint.endpoint_id), reason=endpoint.reason
        )
    for key in store.list_revoked_keys(connection, account.tenant_id, since, limit=MOST_OF_A_KIND):
        yield _incident("key_revoked", key.at, key.name, about_id=str(key.key_id))
    low = store.low_since(connection, account.tenant_id)
    if low is not None:
        yield _incident("balance_low", low)
    if overdue:
        oldest = min(each.due_on for each in overdue)
        yield _incident("invoices_overdue", start_of_day(oldest + timedelta(days=1), ZoneInfo(account.time_zone)))


def _incident(
    kind: models.IncidentKind,
    at: datetime,
    about: str | None = None,
    *,
    about_id: str | None = None,
    reason: str | None = None,
    until: datetime | None = None,
) -> models.TenantIncident:
    return models.TenantIncident(
        kind=kind, starts_at=at, ends_at=until, about=about, about_id=about_id, reason=reason or None
    )
