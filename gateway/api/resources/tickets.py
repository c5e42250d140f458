"""A tenant's support tickets, and which organisation of the support system it is.

The other system is asked without a transaction open, at most once a minute for each tenant by all processes together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Response

from gateway.api.access import open_account, principal
from gateway.api.audit import audit
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models import tickets as models
from gateway.api.models.filters import NoParameters
from gateway.api.models.health import TenantPath
from gateway.api.replies import reply
from gateway.demo.tickets import DemoTickets
from gateway.store import tickets as store
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.tenancy import tenant_transaction
from gateway.store.tickets import TicketAccount, TicketDay
from gateway.tickets.port import Ticket, TicketSource, TicketsUnavailable

api = blueprint("tickets", __name__, "Customer success")

FRESH = timedelta(seconds=60)
AFTER_FAILURE = timedelta(seconds=15)
MOST_WAIT = timedelta(hours=1)
_DEMO_DAYS = timedelta(days=120)


@api.get("/internal/tenants/<tenantId>/tickets", responses=answers(models.Tickets))
def list_tenant_tickets(path: TenantPath, query: NoParameters) -> Response:
    """A tenant's latest support tickets, as the support system tells them or told them last"""
    desk, now = dependencies().tickets, dependencies().now()
    with open_account(path.tenant_id) as (connection, account):
        known = store.get_account(connection, account.tenant_id)
        days = (
            store.list_days(connection, account.tenant_id, (now - _DEMO_DAYS).date())
            if desk.source is None and account.is_demo
            else []
        )
    if desk.source is None:
        return reply(_without_a_system(account, days, now))
    if known is None or known.organisation is None:
        return reply(_nothing("not_linked", desk.source))
    if not _may_ask(known, now):
        return reply(_told(known, desk.source))
    return reply(_told(_ask(account, known, known.organisation, now), desk.source))


@api.put("/internal/tenants/<tenantId>/ticket-organisation", responses=answers(models.TicketLink, 413, 415))
def link_tenant_tickets(path: TenantPath, query: NoParameters, body: models.TicketLinkBody) -> Response:
    """Say which organisation of the support system the tenant is"""
    with open_account(path.tenant_id) as (connection, account):
        if store.link(connection, account.tenant_id, body.organisation):
            audit(connection, account, "tickets.linked", account.tenant_id, organisation=body.organisation)
    return reply(models.TicketLink(tenant_id=str(account.tenant_id), organisation=body.organisation))


def _may_ask(known: TicketAccount, now: datetime) -> bool:
    if known.retry_at is not None and now < known.retry_at:
        return False
    return known.problem is not None or known.fetched_at is None or now - known.fetched_at >= FRESH


def _ask(account: Account, known: TicketAccount, organisation: str, now: datetime) -> TicketAccount:
    """What is known after asking, which is written down for everybody."""
    desk = dependencies().tickets
    source = cast(TicketSource, desk.source)
    try:
        told = [_kept(ticket) for ticket in desk.ask(source, organisation)]
    except TicketsUnavailable as error:
        waits = min(MOST_WAIT, max(AFTER_FAILURE, timedelta(seconds=error.retry_after or 0)))
        with _writing(account) as connection:
            store.keep_failure(connection, account.tenant_id, organisation, error.problem, now, now + waits)
        return TicketAccount(organisation, known.tickets, known.fetched_at, error.problem, now, now + waits)
    with _writing(account) as connection:
        store.keep_answer(connection, account.tenant_id, organisation, told, now)
    return TicketAccount(organisation, told, now, None, None, None)


def _writing(account: Account) -> AbstractContextManager[Connection]:
    """A second transaction on what the caller has been let see; the read is in the audit log by the first."""
    return tenant_transaction(dependencies().engine, account.tenant_id, actor=str(principal().user_id))


def _kept(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticketId": ticket.ticket_id,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "openedAt": ticket.opened_at.isoformat(),
        "url": ticket.url or None,
    }


def _told(known: TicketAccount, source: TicketSource) -> models.Tickets:
    return models.Tickets(
        state="known" if known.problem is None else "unavailable",
        source=cast(models.SourceName, source.name),
        problem=cast("models.ProblemName | None", known.problem),
        as_of=known.fetched_at,
        organisation=known.organisation,
        items=_items(known.tickets or []),
    )


def _items(tickets: Sequence[Mapping[str, Any]]) -> list[models.TicketItem]:
    return [models.TicketItem.model_validate(dict(ticket)) for ticket in tickets]


def _nothing(state: Any, source: TicketSource | None = None) -> models.Tickets:
    name = cast("models.SourceName | None", source.name if source is not None else None)
    return models.Tickets(state=state, source=name, problem=None, as_of=None, organisation=None, items=[])


def _without_a_system(account: Account, days: Sequence[TicketDay], now: datetime) -> models.Tickets:
    """The demo has tickets all the same, by the same port; nobody else has."""
    if not days:
        return _nothing("not_configured")
    source = DemoTickets(days, account.time_zone)
    found = source.latest(str(account.tenant_id), 10)
    items = _items([_kept(ticket) for ticket in found])
    return models.Tickets(
        state="known", source="demo", problem=None, as_of=now, organisation=str(account.tenant_id), items=items
    )
