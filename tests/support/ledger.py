"""Setting a price aside, for tests that need nothing else of an acceptance."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection


def reserve(
    connection: Connection, tenant_id: UUID, message_id: UUID, price: Decimal, at: datetime | None = None
) -> bool:
    """Set the price of a message aside; False when the balance does not hold it."""
    if price == 0:
        return True
    statement = "SELECT reserve_prices(%s, %s, %s, %s)"
    given = (tenant_id, at or datetime.now(UTC), [message_id], [price])
    return bool(connection.exec_driver_sql(statement, given).scalar_one())
