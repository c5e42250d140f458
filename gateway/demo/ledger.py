"""The demo's money: a charge for each day's traffic, a credit for the outage, and top-ups that leave each account the
runway it is to have.

One account pays afterwards and has fallen behind, so that open and overdue invoices are seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import numpy.typing as npt

from gateway.demo.cast import OUTAGE_DAYS_AGO, OUTAGE_LENGTH_DAYS, OUTAGE_OPERATOR
from gateway.demo.plan import ZONE, Plan
from gateway.store.demo import LedgerEntry

_UNITS = Decimal(10_000)
_TOP_UP_EVERY_DAYS = 14
_AVERAGED_DAYS = 30
_CREDITED_SHARE = 10
_CREDIT_AFTER_DAYS = 9
_CREDIT_NOTE = f"{OUTAGE_OPERATOR}: outage"


def entries(plan: Plan, tenant_ids: Sequence[UUID], spend: npt.NDArray[np.int64]) -> Iterator[LedgerEntry]:
    """The entries of all accounts. `spend` is by day and account, in ten-thousandths.

    What an account keeps at the end lasts it `runway_days` at the pace of its last 30 days; one with `owes_days` paid
    for everything until that many days ago, and for nothing since.
    """
    for number, (tenant, tenant_id) in enumerate(zip(plan.tenants, tenant_ids, strict=True)):
        daily = [int(units) for units in spend[:, number]]
        recent = daily[-_AVERAGED_DAYS:]
        pace = Decimal(sum(recent)) / len(recent)
        paid_for = daily[: -tenant.owes_days] if tenant.owes_days else daily
        credit = None if tenant.owes_days else _outage_credit(plan, daily)
        needed = Decimal(sum(paid_for)) + pace * Decimal(str(tenant.runway_days))
        if credit is not None:
            at, given = credit
            needed -= given * _UNITS
            yield LedgerEntry(tenant_id, at, "sla_credit", "sla_credits", "balance", given, _CREDIT_NOTE)
        starts = range(0, len(paid_for), _TOP_UP_EVERY_DAYS)
        # Top-ups are round sums, larger first: the last one is whatever is missing.
        usual = (needed / max(len(starts), 1) / _UNITS).quantize(Decimal(1)) + 1
        left = (needed / _UNITS).quantize(Decimal("0.01"))
        for start in starts:
            amount = min(usual, left) if start != starts[-1] else left
            left -= amount
            if amount > 0:
                at = datetime.combine(plan.days[start], time(8, 15), ZONE)
                yield LedgerEntry(tenant_id, at, "topup", "payments", "balance", amount, "demo")
        for day, units in zip(plan.days, daily, strict=True):
            if units:
                end = datetime.combine(day + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)
                cost = Decimal(units) / _UNITS
                yield LedgerEntry(tenant_id, min(end, plan.until), "charge", "balance", "revenue", cost, "demo")


def _outage_credit(plan: Plan, daily: Sequence[int]) -> tuple[datetime, Decimal] | None:
    """When, and a tenth of what the days of the outage cost; None where they are not among the plan's days, or it is
    less than a whole unit."""
    first = len(daily) - 1 - OUTAGE_DAYS_AGO
    if first < 0:
        return None
    given = (Decimal(sum(daily[first : first + OUTAGE_LENGTH_DAYS])) / _UNITS / _CREDITED_SHARE).quantize(
        Decimal("0.01")
    )
    if given < 1:
        return None
    return datetime.combine(plan.days[first] + timedelta(days=_CREDIT_AFTER_DAYS), time(10, 0), ZONE), given
