"""Reading invoices, their lines, and payments. Whether one is paid is asked of the ledger each time.

What came in (payments and corrections) pays what was charged, oldest first: an invoice is paid once as much has come in
as was billed up to and with it. Nobody assigns payments, and nothing can disagree with the balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.domain.currencies import payable
from gateway.store.ledger import CHANGE, PAYING
from gateway.store.narrowing import Narrowed

STATUSES = ("draft", "open", "paid", "overdue", "void")


@dataclass(frozen=True, slots=True)
class Invoice:
    """A month's invoice. `total` is exact; `due` is what is left of it, `amount_due` that as somebody can pay it."""

    invoice_id: UUID
    number: str
    period_start: date
    period_end: date
    currency: str
    issued_at: datetime
    issued_on: date
    due_on: date
    total: Decimal
    status: str
    due: Decimal
    paid_at: datetime | None

    @property
    def amount_due(self) -> Decimal:
        return payable(self.due, self.currency)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Of kind "messages" it names what it bills; "other" are charges without messages, "late" what was
    entered after its month had been billed."""

    line_id: UUID
    kind: str
    operator: str | None
    country: str | None
    messages: int
    segments: int
    unit_price: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """What came in, with what was written beside it."""

    payment_id: UUID
    at: datetime
    amount: Decimal
    note: str


_CREDITS = f"""
    credits AS MATERIALIZED (
        SELECT at, entry_id, sum({CHANGE}) OVER (ORDER BY at, entry_id) AS so_far FROM ledger_entries
        WHERE tenant_id = :tenant_id AND kind IN {PAYING}),
    paid AS (SELECT coalesce((SELECT so_far FROM credits ORDER BY at DESC, entry_id DESC LIMIT 1), 0) AS amount)"""  # noqa: S608

_SHOWN = f"""
    WITH {_CREDITS},
    shown AS (
        SELECT i.invoice_id, i.number, i.period_start, i.period_end, i.currency, i.issued_at, i.issued_on, i.due_on,
               i.total,
               CASE WHEN i.total <= 0 OR i.billed_through <= paid.amount THEN 'paid' WHEN i.due_on < :today
                    THEN 'overdue' ELSE 'open' END AS status,
               greatest(0, least(i.total, i.billed_through - paid.amount)) AS due,
               i.billed_through
        FROM invoices i CROSS JOIN paid WHERE i.tenant_id = :tenant_id)
    SELECT s.invoice_id, s.number, s.period_start, s.period_end, s.currency, s.issued_at, s.issued_on, s.due_on,
           s.total, s.status, s.due,
           CASE s.status WHEN 'paid' THEN greatest(s.issued_at,
               (SELECT at FROM credits WHERE so_far >= s.billed_through ORDER BY at, entry_id LIMIT 1)) END
    FROM shown s"""  # noqa: S608 — of the constant above

_GET = text(f"{_SHOWN} WHERE s.invoice_id = :invoice_id")
_LIST = text(f"""{_SHOWN}
    WHERE (CAST(:statuses AS text[]) IS NULL OR s.status = ANY (:statuses))
      AND (CAST(:before AS date) IS NULL OR s.period_start < :before)
    ORDER BY s.period_start DESC LIMIT :limit""")


def get_invoice(connection: Connection, tenant_id: UUID, invoice_id: UUID, *, today: date) -> Invoice | None:
    """One invoice as it stands on the account's day `today`; None when the tenant has none like it."""
    row = connection.execute(_GET, {"tenant_id": tenant_id, "invoice_id": invoice_id, "today": today}).first()
    return Invoice(*row) if row is not None else None


def list_invoices(
    connection: Connection,
    tenant_id: UUID,
    *,
    today: date,
    limit: int,
    statuses: Sequence[str] = (),
    before: date | None = None,
) -> list[Invoice]:
    """Invoices newest first, those of months before the one that begins on `before`; with `statuses` only these."""
    values = {
        "tenant_id": tenant_id, "today": today, "statuses": list(statuses) or None, "before": before, "limit": limit,
    }  # fmt: skip
    return [Invoice(*row) for row in connection.execute(_LIST, values)]


_LINES = text("""
    SELECT line_id, kind, operator, country, messages, segments, unit_price, amount FROM invoice_lines
    WHERE tenant_id = :tenant_id AND invoice_id = :invoice_id ORDER BY place""")


def list_lines(connection: Connection, tenant_id: UUID, invoice_id: UUID) -> list[Line]:
    """The lines of an invoice, in order; their amounts are its total."""
    rows = connection.execute(_LINES, {"tenant_id": tenant_id, "invoice_id": invoice_id})
    return [Line(*row) for row in rows]


_PAYMENTS = Narrowed(
    f"""
    SELECT entry_id, at, amount, note FROM ledger_entries
    WHERE tenant_id = :tenant_id AND kind IN {PAYING} AND kind = 'topup' {{narrowed}}
    ORDER BY at DESC, entry_id DESC LIMIT :limit""",  # noqa: S608 — of the constant above
    {"after_at": "(at, entry_id) < (:after_at, :after_id)"},
)


def list_payments(
    connection: Connection, tenant_id: UUID, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> list[Payment]:
    """Payments newest first; `after` is (at, payment_id) of the last one of the page before."""
    after_at, after_id = after or (None, None)
    values = {"tenant_id": tenant_id, "after_at": after_at, "after_id": after_id, "limit": limit}
    return [Payment(*row) for row in _PAYMENTS.rows(connection, values)]


_DIFFERENCES = text("""
    SELECT i.number, i.total, l.amount, i.billed_through,
           sum(i.total) OVER (ORDER BY i.period_start) AS so_far
    FROM invoices i LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount FROM invoice_lines l
        WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.invoice_id) l ON true
    WHERE i.tenant_id = :tenant_id ORDER BY i.period_start""")


def differences(connection: Connection, tenant_id: UUID) -> list[str]:
    """What is not as it must be, in words for the operator."""
    found = []
    for number, total, lines, through, so_far in connection.execute(_DIFFERENCES, {"tenant_id": tenant_id}):
        if total != lines:
            found.append(f"invoice {number} is about {total}, its lines about {lines}")
        if through != so_far:
            found.append(f"invoice {number} ends at {through}, the invoices until then add up to {so_far}")
    return found


def event_data(invoice: Invoice) -> dict[str, Any]:
    """What is told about an invoice."""
    return {
        "invoiceId": str(invoice.invoice_id),
        "number": invoice.number,
        "period": f"{invoice.period_start:%Y-%m}",
        "status": invoice.status,
        "total": {"amount": f"{invoice.total:.4f}", "currency": invoice.currency},
        "dueOn": invoice.due_on.isoformat(),
    }
