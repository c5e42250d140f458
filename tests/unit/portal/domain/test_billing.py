"""The month being billed, and what it is going to cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from portal.domain.billing import InvoiceStatus, days_left, forecast, month_of
from portal.domain.money import Money


@pytest.mark.parametrize(
    ("today", "left"),
    [(dt.date(2026, 11, 1), 29), (dt.date(2026, 11, 30), 0), (dt.date(2028, 2, 28), 1), (dt.date(2026, 12, 31), 0)],
    ids=str,
)
def test_month_runs_to_today_and_ends_with_its_last_day(today: dt.date, left: int) -> None:
    period = month_of(today)
    assert (period.start, period.end) == (today.replace(day=1), today)
    assert days_left(today) == left
    assert (today + dt.timedelta(days=left + 1)).day == 1


def test_forecast_is_exact() -> None:
    spent, daily = Money(Decimal("910.0100"), "AFN"), Money(Decimal("99.5001"), "AFN")
    assert forecast(spent, daily, dt.date(2026, 11, 26)) == Money(Decimal("1308.0104"), "AFN")
    assert forecast(spent, daily, dt.date(2026, 11, 30)) == spent


def test_only_open_and_overdue_invoices_are_to_be_paid() -> None:
    assert {status for status in InvoiceStatus if status.to_pay} == {InvoiceStatus.OPEN, InvoiceStatus.OVERDUE}
