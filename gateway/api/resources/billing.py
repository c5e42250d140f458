"""What an account has left, and how long it lasts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Response

from gateway.api.access import open_account
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.models.accounts import Balance
from gateway.api.models.filters import TenantQuery
from gateway.api.models.shape import Money
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.store.accounts import get_balance

api = blueprint("billing", __name__, "Billing")

PACE_DAYS = 28


@api.get("/billing/balance", responses=answers(Balance, etag=True))
def get_account_balance(query: TenantQuery) -> Response:
    """The balance, and the days it lasts at the pace of the last 28 full days"""
    now = dependencies().now()
    with open_account(query.tenant_id) as (connection, account):
        yesterday = now.astimezone(ZoneInfo(account.time_zone)).date() - timedelta(days=1)
        numbers = get_balance(connection, account.tenant_id, yesterday - timedelta(days=PACE_DAYS - 1), yesterday)
    tag = revision_tag(account.tenant_id, numbers.balance, numbers.spent)
    average = numbers.spent / PACE_DAYS
    answer = Balance(
        balance=Money.of(numbers.balance, account.currency),
        as_of=now,
        average_daily_spend=Money.of(average, account.currency),
        runway_days=runway(numbers.balance, average),
    )
    return not_modified(tag) or reply(answer, etag=tag)


def runway(balance: Decimal, daily: Decimal) -> float | None:
    """Days until nothing is left; 0 for a spent balance, None when nothing is being spent."""
    if daily <= 0:
        return None
    return round(float(max(balance, Decimal(0)) / daily), 1)
