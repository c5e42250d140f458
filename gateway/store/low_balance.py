"""The threshold below which an account is told that its balance is low: once, until it was above it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.events import emit


@dataclass(frozen=True, slots=True)
class Watched:
    """An account on the other side of its threshold than it was when last looked at."""

    tenant_id: UUID
    available: Decimal
    threshold: Decimal
    currency: str

    @property
    def low(self) -> bool:
        return self.available < self.threshold


_SET = text("""
    INSERT INTO billing_settings (tenant_id, low_balance) VALUES (:tenant_id, :threshold)
    ON CONFLICT (tenant_id) DO UPDATE SET low_balance = excluded.low_balance""")
_CROSSED = text("""
    SELECT s.tenant_id, coalesce(b.available, 0), s.low_balance, t.currency
    FROM billing_settings s JOIN tenants t USING (tenant_id) LEFT JOIN ledger_balances b USING (tenant_id)
    WHERE s.low_balance IS NOT NULL AND (coalesce(b.available, 0) < s.low_balance) <> (s.low_since IS NOT NULL)
    ORDER BY s.tenant_id FOR UPDATE OF s SKIP LOCKED""")
_NOTE = text("UPDATE billing_settings SET low_since = :since WHERE tenant_id = :tenant_id")


def set_threshold(connection: Connection, tenant_id: UUID, threshold: Decimal | None) -> None:
    """Tell when the balance falls below `threshold`; None: never."""
    connection.execute(_SET, {"tenant_id": tenant_id, "threshold": threshold})


def tell_low(connection: Connection, now: datetime) -> int:
    """Tell every account whose balance fell below its threshold since the last look (worker's connection); how many."""
    crossed = [Watched(*row) for row in connection.execute(_CROSSED)]
    for account in crossed:
        connection.execute(_NOTE, {"tenant_id": account.tenant_id, "since": now if account.low else None})
        if account.low:
            data = {
                name: {"amount": f"{amount:.4f}", "currency": account.currency}
                for name, amount in (("balance", account.available), ("threshold", account.threshold))
            }
            emit(connection, account.tenant_id, "balance.low", data)
    return sum(account.low for account in crossed)
