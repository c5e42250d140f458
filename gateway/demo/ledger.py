"""The demo's money: a charge for each day's traffic, and top-ups that leave each account the runway it is to have.

One account pays afterwards and has fallen behind, so that open and overdue invoices are seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import numpy.typing as npt

from gateway.demo.plan import ZONE, Plan
from gateway.store.demo import LedgerEntry

_UNITS = Decimal(10_000)
_TOP_UP_EVERY_DAYS = 14
_AVERAGED_DAYS = 30


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
        needed = Decimal(sum(paid_for)) + pace * Decimal(str(tenant.runway_days))
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
