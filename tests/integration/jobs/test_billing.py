"""Billing's periodic tasks, by the worker's own queue."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Engine, text

from gateway.settings import GatewaySettings
from gateway.store import ledger
from gateway.store.low_balance import set_threshold
from tests.integration.store.tenants import add_tenant
from tests.support.jobs import work_off

# Something that should not be there: this account cannot be billed.
_IN_THE_WAY = text("""
    INSERT INTO invoices (tenant_id, number, period_start, period_end, currency, issued_at, issued_on, due_on, total,
                          billed_through, watched)
    VALUES (:id, 'x', '2025-03-01', '2025-03-31', 'AFN', now(), now(), now(), 0, 0, false)""")
TASKS = ("issue_invoices", "tell_overdue_invoices", "tell_low_balances")


def test_worker_bills_every_account_it_can_and_tells_each_thing_once(
    gateway_settings: GatewaySettings, worker_engine: Engine
) -> None:
    broken, owing = add_tenant(worker_engine), add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        for tenant_id in (broken, owing):
            ledger.charge(connection, tenant_id, [(datetime(2025, 3, 5, tzinfo=UTC), Decimal("7.25"))])
        set_threshold(connection, owing, Decimal(1))
        connection.execute(_IN_THE_WAY, {"id": broken})
    for _ in range(2):
        for name in TASKS:
            work_off(gateway_settings, worker_engine, name)
    with worker_engine.begin() as connection:
        found = connection.execute(text("SELECT tenant_id, total FROM invoices")).all()
        told = connection.execute(text("SELECT event_type FROM platform_events ORDER BY event_type")).scalars().all()
    assert [row for row in found if row.tenant_id == owing] == [(owing, Decimal("7.25"))]
    assert told == ["balance.low", "invoice.issued"]
