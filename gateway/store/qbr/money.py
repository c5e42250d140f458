"""A balance over a quarter, by the ledger: where it stood, what moved it, where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.ledger import CHANGE

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Movement:
    """What a local month did to the balance, by what it was."""

    month: date
    topups: Decimal
    usage: Decimal
    adjustments: Decimal
    sla_credits: Decimal

    @property
    def change(self) -> Decimal:
        return self.topups + self.usage + self.adjustments + self.sla_credits


@dataclass(frozen=True, slots=True)
class Course:
    """`start` and all movements are `end`."""

    start: Decimal
    end: Decimal
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """What was given for a service level that was not held."""

    at: datetime
    amount: Decimal
    note: str


# From the balance backwards: what came after the quarter is usually less than all that was before.
_MOVED = text(f"""
    SELECT CASE WHEN at < :stop THEN date_trunc('month', at AT TIME ZONE :zone)::date END,
           coalesce(sum({CHANGE}) FILTER (WHERE kind = 'topup'), 0),
           coalesce(sum({CHANGE}) FILTER (WHERE kind IN ('reserve', 'charge', 'refund')), 0),
           coalesce(sum({CHANGE}) FILTER (WHERE kind = 'adjustment'), 0),
           coalesce(sum({CHANGE}) FILTER (WHERE kind = 'sla_credit'), 0)
    FROM ledger_entries WHERE tenant_id = :tenant_id AND at >= :start GROUP BY 1 ORDER BY 1""")  # noqa: S608
_NOW = text("SELECT coalesce((SELECT available FROM ledger_balances WHERE tenant_id = :tenant_id), 0)")
_CREDITS = text("""
    SELECT at, amount, note, count(*) OVER (), sum(amount) OVER () FROM ledger_entries
    WHERE tenant_id = :tenant_id AND kind = 'sla_credit' AND at >= :start AND at < :stop
    ORDER BY at DESC, entry_id DESC LIMIT :limit""")


def get_course(connection: Connection, tenant_id: UUID, start: datetime, stop: datetime, time_zone: str) -> Course:
    """The balance from the instant `start` to `stop`, or to now. In one snapshot (the caller's transaction) only."""
    values = {"tenant_id": tenant_id, "start": start, "stop": stop, "zone": time_zone}
    end: Decimal = connection.execute(_NOW, {"tenant_id": tenant_id}).scalar_one()
    movements = []
    for month, *amounts in connection.execute(_MOVED, values):
        if month is None:
            end -= sum(amounts, NOTHING)
        else:
            movements.append(Movement(month, *amounts))
    return Course(end - sum((each.change for each in movements), NOTHING), end, tuple(movements))


def list_credits(
    connection: Connection, tenant_id: UUID, start: datetime, stop: datetime, *, limit: int
) -> tuple[list[Credit], int, Decimal]:
    """The latest, and of all of them how many and how much."""
    rows = connection.execute(_CREDITS, {"tenant_id": tenant_id, "start": start, "stop": stop, "limit": limit}).all()
    if not rows:
        return [], 0, NOTHING
    return [Credit(*row[:3]) for row in rows], rows[0][3], rows[0][4]
