"""The demo's invoices, each issued when its month was over, as the worker would have done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gateway.domain.billing_periods import GRACE, Month, months_over
from gateway.store.accounts import get_account
from gateway.store.invoicing import issue_due


def issue(connection: Connection, tenant_ids: Iterable[UUID], since: datetime, until: datetime) -> None:
    """Bill every month from `since` on that was over by `until`."""
    for tenant_id in tenant_ids:
        account = get_account(connection, tenant_id)
        if account is None:
            raise LookupError(f"there is no account {tenant_id}")
        for month in months_over(Month.of(since, ZoneInfo(account.time_zone)), until):
            issue_due(connection, account, month.stop + GRACE)
