"""What an account is charged and pays. Days are local to the account, instants aware and in UTC."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portal.domain.money import Money
from portal.domain.periods import Period


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"

    @property
    def to_pay(self) -> bool:
        return self in TO_PAY


TO_PAY = (InvoiceStatus.OVERDUE, InvoiceStatus.OPEN)


@dataclass(frozen=True, slots=True)
class Invoice:
    """``total`` is all of it, ``due`` what is left to pay. A draft has no day it was issued on."""

    invoice_id: str
    number: str
    period: Period
    status: InvoiceStatus
    total: Money
    due: Money
    issued_on: dt.date | None
    due_on: dt.date | None
    paid_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[Invoice, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """``kind``: ``messages`` (price × segments of one operator), ``other``, or ``late`` (of a month billed before).

    ``opens``: what the message log calls exactly these messages by; None where a line names none.
    """

    line_id: str
    kind: str
    operator: str | None
    country: str | None
    messages: int
    segments: int
    unit_price: Money | None
    amount: Money
    opens: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with its lines, whose amounts add up to its total exactly."""

    invoice: Invoice
    lines: tuple[InvoiceLine, ...]


class LedgerKind(StrEnum):
    TOPUP = "topup"
    RESERVE = "reserve"
    CHARGE = "charge"
    REFUND = "refund"
    ADJUSTMENT = "adjustment"
    SLA_CREDIT = "sla_credit"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """``amount`` is what it does to the balance: nothing when a price ``moved`` from reserved to charged."""

    entry_id: str
    at: dt.datetime
    kind: LedgerKind
    amount: Money
    moved: Money
    message_id: str | None
    description: str


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some entries, newest first."""

    items: tuple[LedgerEntry, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What one segment costs. ``country``, ``operator``: ``*`` for all others. ``own``: agreed with the account."""

    country: str
    operator: str
    price: Money
    own: bool


@dataclass(frozen=True, slots=True)
class Payment:
    payment_id: str
    at: dt.datetime
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Some payments, newest first."""

    items: tuple[Payment, ...]
    next_cursor: str | None = None


def month_of(today: dt.date) -> Period:
    """The month being billed, until today. Invoices are by the civil month, whatever calendar their reader prefers."""
    return Period(today.replace(day=1), today)


def days_left(today: dt.date) -> int:
    """How many days the month being billed still has after ``today``."""
    return calendar.monthrange(today.year, today.month)[1] - today.day


def forecast(spent: Money, daily: Money, today: dt.date) -> Money:
    """What the month comes to when every day left costs as much as the ``daily`` average."""
    return Money(spent.amount + daily.amount * days_left(today), spent.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The exact sum; ``currency`` is that of all of them. Raises ValueError for a mixture, which has no sum."""
    parts = tuple(amounts)
    if any(part.currency != currency for part in parts):
        raise ValueError("amounts in several currencies")
    return Money(sum((part.amount for part in parts), Decimal(0)), currency)
