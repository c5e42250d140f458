"""Invoices, ledger, payments and prices in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

from portal.domain.account import Balance
from portal.domain.actor import Actor
from portal.domain.billing import (
    Invoice,
    InvoiceDetail,
    InvoiceLine,
    InvoicePage,
    InvoiceStatus,
    LedgerEntry,
    LedgerKind,
    LedgerPage,
    Payment,
    PaymentPage,
    Price,
    total,
)
from portal.domain.errors import NotFound, PortalError
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


def afn(amount: str) -> Money:
    return Money(Decimal(amount), "AFN")


def line(number: int = 0, **changes: object) -> InvoiceLine:
    """The ``number``-th line: prices are fractions of the smallest coin, as they are in life."""
    operator = ("AWCC", "Roshan", "Etisalat")[number % 3]
    segments = 1_430 - 401 * number
    made = InvoiceLine(
        line_id=f"00000000-0000-7000-8000-00000000a{number:03d}",
        kind="messages",
        operator=operator,
        country="AF",
        messages=segments - 230,
        segments=segments,
        unit_price=afn("0.3525"),
        amount=Money(Decimal("0.3525") * segments, "AFN"),
        opens=f"00000000-0000-7000-8000-00000000a{number:03d}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def detail(number: int = 0) -> InvoiceDetail:
    """The ``number``-th newest invoice with lines that add up to it."""
    late = line(3, kind="late", operator=None, country=None, messages=0, segments=0, unit_price=None, opens=None)
    lines = (*(line(n) for n in range(3)), replace(late, amount=afn("-12.5000")))
    whole = total((each.amount for each in lines), "AFN")
    head = invoice(number)
    return InvoiceDetail(replace(head, total=whole, due=whole if head.status.to_pay else afn("0")), lines)


def entry(number: int = 0, **changes: object) -> LedgerEntry:
    kind = tuple(LedgerKind)[number % len(LedgerKind)]
    of_message = kind in (LedgerKind.RESERVE, LedgerKind.CHARGE, LedgerKind.REFUND)
    signs = {LedgerKind.RESERVE: -1, LedgerKind.CHARGE: 0}
    moved = afn("0.3525") if of_message else afn("5000.0000")
    made = LedgerEntry(
        entry_id=f"{number}",
        at=dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC) - dt.timedelta(minutes=7 * number),
        kind=kind,
        amount=Money(moved.amount * signs.get(kind, 1), "AFN"),
        moved=moved,
        message_id=f"msg_{number:026d}" if of_message else None,
        description="" if of_message else "Bank transfer 7781",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


PRICES = (
    Price("AF", "AWCC", afn("0.3525"), True),
    Price("AF", "Roshan", afn("0.3500"), False),
    Price("AF", "*", afn("0.4000"), False),
    Price("*", "*", afn("3.1000"), False),
)


@dataclass
class FakeBilling:
    """``invoices`` newest first, so many ledger ``entries``; ``error`` is raised by every call, which ``calls`` counts."""

    invoices: list[Invoice] = field(default_factory=lambda: [invoice(n) for n in range(14)])
    entries: int = 73
    error: PortalError | None = None
    calls: int = 0
    threshold: Decimal | None = None

    def list_invoices(
        self,
        tenant_id: str | None = None,
        *,
        statuses: Collection[InvoiceStatus] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> InvoicePage:
        self._called()
        found = [each for each in self.invoices if not statuses or each.status in statuses]
        start = int(cursor or 0)
        end = start + limit
        return InvoicePage(tuple(found[start:end]), str(end) if end < len(found) else None)

    def get_invoice(self, invoice_id: str, tenant_id: str | None = None, *, actor: Actor) -> InvoiceDetail:
        self._called()
        for number in range(len(self.invoices)):
            if invoice(number).invoice_id == invoice_id:
                return detail(number)
        raise NotFound("invoice")

    def invoice_file(self, invoice_id: str, language: str, tenant_id: str | None = None, *, actor: Actor) -> str:
        self.get_invoice(invoice_id, tenant_id, actor=actor)
        return f"https://platform.example/{tenant_id or 'own'}/{invoice_id}.{language}.pdf"

    def list_ledger(
        self,
        tenant_id: str | None = None,
        *,
        kinds: Collection[LedgerKind] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> LedgerPage:
        self._called()
        found = [each for each in map(entry, range(self.entries)) if not kinds or each.kind in kinds]
        start = int(cursor or 0)
        end = start + limit
        return LedgerPage(tuple(found[start:end]), str(end) if end < len(found) else None)

    def list_prices(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[Price, ...]:
        self._called()
        return PRICES if self.entries else ()

    def list_payments(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> PaymentPage:
        self._called()
        found = [each for each in map(entry, range(self.entries)) if each.kind is LedgerKind.TOPUP]
        items = tuple(Payment(each.entry_id, each.at, each.amount, each.description) for each in found)
        return PaymentPage(items)

    def set_low_balance(self, threshold: Decimal | None, *, actor: Actor) -> Balance:
        self._called()
        self.threshold = threshold
        below = None if threshold is None else Money(threshold, "AFN")
        now = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
        return Balance(afn("1234.5000"), now, afn("99.5000"), 12.4, True, below)

    def _called(self) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error
