"""Billing's periodic tasks: invoices of months that are over, invoices past their day, balances that have become low.

Each account has a transaction of its own: one that cannot be billed does not keep the others waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog
from procrastinate import JobContext
from sqlalchemy import Engine

from gateway.jobs.resources import resources_of
from gateway.store import invoicing
from gateway.store.accounts import Account, get_account, list_slugs
from gateway.store.connections import ABSENCE, Connection
from gateway.store.invoices import Invoice
from gateway.store.low_balance import tell_low

log = structlog.get_logger("gateway.jobs")


def issue_invoices(context: JobContext, timestamp: int) -> None:
    """Issue what is due, for every account."""
    engine, now = resources_of(context).engine, datetime.now(UTC)
    with engine.begin() as connection:
        tenants = list_slugs(connection)
    for tenant_id, slug in tenants:
        try:
            made = issue_for(engine, tenant_id, now)
        except ABSENCE:
            raise
        except Exception:
            log.exception("account not billed", tenant=slug)
            continue
        if made:
            log.info("invoices issued", tenant=slug, numbers=[invoice.number for invoice in made])


def issue_for(engine: Engine, tenant_id: UUID, now: datetime) -> list[Invoice]:
    """Issue the invoices one account is due at `now`."""
    with engine.begin() as connection:
        return invoicing.issue_due(connection, _account(connection, tenant_id), now)


def tell_overdue_invoices(context: JobContext, timestamp: int) -> None:
    """Tell, once each, which invoices were not paid by their day."""
    engine, now = resources_of(context).engine, datetime.now(UTC)
    with engine.begin() as connection:
        found = invoicing.past_due(connection, now)
    for tenant_id, invoice_id in found:
        with engine.begin() as connection:
            invoicing.tell_overdue(connection, _account(connection, tenant_id), invoice_id, now)


def tell_low_balances(context: JobContext, timestamp: int) -> None:
    """Tell accounts whose balance fell below their threshold."""
    with resources_of(context).engine.begin() as connection:
        tell_low(connection, datetime.now(UTC))


def _account(connection: Connection, tenant_id: UUID) -> Account:
    account = get_account(connection, tenant_id)
    if account is None:
        raise LookupError(f"there is no account {tenant_id}")
    return account
