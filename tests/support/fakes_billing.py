"""Invoices in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

from portal.domain.actor import Actor
from portal.domain.billing import Invoice, InvoicePage, InvoiceStatus
from portal.domain.errors import PortalError
from portal.domain.money import Money
from portal.domain.periods import Period

STATUSES = (InvoiceStatus.OPEN, InvoiceStatus.OVERDUE, InvoiceStatus.PAID, InvoiceStatus.VOID)


def invoice(number: int = 0, **changes: object) -> Invoice:
    """The ``number``-th newest invoice, each a month before the other."""
    end = dt.date(2026, 10, 31)
    for _ in range(number):
        end = end.replace(day=1) - dt.timedelta(days=1)
    status = STATUSES[min(number, 2)]
    total = Money(Decimal("41827.3500") - 1_000 * number, "AFN")
    made = Invoice(
        invoice_id=f"00000000-0000-7000-8000-{number:012d}",
        number=f"INV-{end.year}-{end.month:02d}-0007",
        period=Period(end.replace(day=1), end),
        status=status,
        total=total,
        due=total if status.to_pay else Money(Decimal(0), "AFN"),
        issued_on=end + dt.timedelta(days=1),
        due_on=end + dt.timedelta(days=30),
        paid_at=None if status.to_pay else dt.datetime(2026, 1, 1, 8, tzinfo=dt.UTC),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class FakeBilling:
    """``invoices`` newest first; ``error`` is raised by every call, which ``calls`` counts."""

    invoices: list[Invoice] = field(default_factory=lambda: [invoice(n) for n in range(14)])
    error: PortalError | None = None
    calls: int = 0

    def list_invoices(
        self,
        tenant_id: str | None = None,
        *,
        statuses: Collection[InvoiceStatus] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> InvoicePage:
        self.calls += 1
        if self.error is not None:
            raise self.error
        found = [each for each in self.invoices if not statuses or each.status in statuses]
        start = int(cursor or 0)
        end = start + limit
        return InvoicePage(tuple(found[start:end]), str(end) if end < len(found) else None)
