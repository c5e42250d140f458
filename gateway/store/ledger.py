"""The ledger: double entry, append-only. A balance is the sum of its entries, always.

Accounts of a tenant: `balance` (what can be spent), `reserved` (the price of messages that have not left yet),
`revenue`, `payments`, `adjustments`, `sla_credits`. The database itself keeps `ledger_balances` equal to the entries
and refuses to reserve what is not there (migration 0006), so nothing here can forget to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.narrowing import Narrowed
from gateway.store.positions import Position, first_end

KINDS = ("topup", "reserve", "charge", "refund", "adjustment", "sla_credit")

PAYING = "('topup', 'adjustment', 'sla_credit')"
"""SQL: the kinds that pay for what was charged."""

CHANGE = "CASE 'balance' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END"
"""SQL: what an entry does to the balance. Only the charge of a reserved price does nothing to it."""


@dataclass(frozen=True, slots=True)
class Balances:
    """What a tenant can spend, and what is set aside for messages on their way."""

    available: Decimal
    reserved: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: `amount` goes from the account `debit` to the account `credit`.

    `change` is what that does to the balance, negative when it spends.
    """

    entry_id: UUID
    at: datetime
    kind: str
    debit: str
    credit: str
    amount: Decimal
    change: Decimal
    currency: str
    message_id: UUID | None
    note: str


_CLOSE = """
    INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, currency, message_id)
    SELECT r.tenant_id, coalesce(%(at)s::timestamptz, now()), %(kind)s, 'reserved', %(credit)s, r.amount, r.currency,
           r.message_id
    FROM ledger_entries r
    WHERE r.tenant_id = %(tenant_id)s AND r.message_id = ANY (%(message_ids)s::uuid[]) AND r.kind = 'reserve'
      AND NOT EXISTS (SELECT FROM ledger_entries c WHERE c.tenant_id = r.tenant_id AND c.message_id = r.message_id
                      AND c.debit = 'reserved')
    ORDER BY r.message_id"""

_MOVE = """
    INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, currency, note)
    SELECT t.tenant_id, coalesce(n.at, now()), %(kind)s, %(debit)s, %(credit)s, n.amount, t.currency, %(note)s
    FROM tenants t, unnest(%(moments)s::timestamptz[], %(amounts)s::numeric[]) WITH ORDINALITY AS n (at, amount, place)
    WHERE t.tenant_id = %(tenant_id)s ORDER BY n.place"""


def settle(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID], at: datetime | None = None) -> int:
    """Charge what is reserved for messages that have left; how many had something reserved."""
    return _close(connection, tenant_id, message_ids, at, "charge", "revenue")


def refund(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID], at: datetime | None = None) -> int:
    """Give back what is reserved for messages that will not leave; how many had something reserved."""
    return _close(connection, tenant_id, message_ids, at, "refund", "balance")


def top_up(
    connection: Connection, tenant_id: UUID, amount: Decimal, note: str = "", at: datetime | None = None
) -> None:
    """Add a payment (worker's connection)."""
    _move(connection, tenant_id, "topup", "payments", "balance", [(at, amount)], note)


def adjust(
    connection: Connection, tenant_id: UUID, amount: Decimal, note: str = "", at: datetime | None = None
) -> None:
    """Correct the balance by `amount`, which may be negative (worker's connection)."""
    debit, credit = ("adjustments", "balance") if amount > 0 else ("balance", "adjustments")
    _move(connection, tenant_id, "adjustment", debit, credit, [(at, abs(amount))], note)


def credit_sla(
    connection: Connection, tenant_id: UUID, amount: Decimal, note: str = "", at: datetime | None = None
) -> None:
    """Give a credit for a service level that was not held (worker's connection)."""
    _move(connection, tenant_id, "sla_credit", "sla_credits", "balance", [(at, amount)], note)


def charge(
    connection: Connection, tenant_id: UUID, charges: Sequence[tuple[datetime, Decimal]], note: str = ""
) -> None:
    """Charge (moment, amount) each without a reservation, even below zero; what is negative is given back.

    For traffic that was sent elsewhere. Needs the worker's connection.
    """
    taken = [(at, amount) for at, amount in charges if amount > 0]
    given = [(at, -amount) for at, amount in charges if amount < 0]
    _move(connection, tenant_id, "charge", "balance", "revenue", taken, note)
    _move(connection, tenant_id, "refund", "revenue", "balance", given, note)


def get_balances(connection: Connection, tenant_id: UUID) -> Balances:
    """The tenant's balances now; zero without any entry."""
    found = connection.execute(
        text("SELECT available, reserved FROM ledger_balances WHERE tenant_id = :tenant_id"), {"tenant_id": tenant_id}
    ).first()
    return Balances(*found) if found is not None else Balances(Decimal(0), Decimal(0))


def recount(connection: Connection, tenant_id: UUID) -> Balances:
    """The balances counted anew from all entries: what `get_balances` must equal."""
    counted = connection.execute(
        text(f"""
            SELECT coalesce(sum({CHANGE}), 0),
                   coalesce(sum(CASE 'reserved' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END), 0)
            FROM ledger_entries WHERE tenant_id = :tenant_id"""),  # noqa: S608 — of the constant above
        {"tenant_id": tenant_id},
    ).one()
    return Balances(*counted)


_LIST = Narrowed(
    f"""
    SELECT entry_id, at, kind, debit, credit, amount, {CHANGE}, currency, message_id, note FROM ledger_entries
    WHERE tenant_id = :tenant_id {{narrowed}}
    ORDER BY at DESC, entry_id DESC LIMIT :limit""",  # noqa: S608 — of the constant above
    {
        "kinds": "kind = ANY (:kinds)",
        "start": "at >= :start",
        "before_at": "(at, entry_id) < (:before_at, :before_id)",
    },
)


def list_entries(
    connection: Connection,
    tenant_id: UUID,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    kinds: Sequence[str] | None = None,
    start: datetime | None = None,
    stop: datetime | None = None,
) -> list[Entry]:
    """Entries newest first, `start` ≤ at < `stop`; `after` is (at, entry_id) of the last entry of the page before."""
    before = first_end(stop, Position(*after) if after else None)
    values = {
        "tenant_id": tenant_id, "kinds": list(kinds) if kinds is not None else None, "start": start,
        "before_at": before and before.submitted_at, "before_id": before and before.message_id, "limit": limit,
    }  # fmt: skip
    return [Entry(*row) for row in _LIST.rows(connection, values)]


def _close(
    connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID], at: datetime | None, kind: str, credit: str
) -> int:
    if not message_ids:
        return 0
    values = {"tenant_id": tenant_id, "message_ids": list(message_ids), "at": at, "kind": kind, "credit": credit}
    return connection.exec_driver_sql(_CLOSE, values).rowcount


def _move(
    connection: Connection,
    tenant_id: UUID,
    kind: str,
    debit: str,
    credit: str,
    moved: Sequence[tuple[datetime, Decimal]] | Sequence[tuple[datetime | None, Decimal]],
    note: str,
) -> None:
    if not moved:
        return
    moments, amounts = (list(column) for column in zip(*moved, strict=True))
    values = {"tenant_id": tenant_id, "kind": kind, "debit": debit, "credit": credit, "note": note}
    connection.exec_driver_sql(_MOVE, {**values, "moments": moments, "amounts": amounts})


def differences(connection: Connection, tenant_id: UUID) -> list[str]:
    """What is not as it must be, in words for the operator; one statement each, so payments may go on."""
    found = []
    kept, counted = get_balances(connection, tenant_id), recount(connection, tenant_id)
    if kept != counted:
        found.append(f"the balances {kept} are not the sum of the entries, {counted}")
    return found
