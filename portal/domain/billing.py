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
