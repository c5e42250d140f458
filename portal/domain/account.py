"""The account, its people, and the tenants that internal users look after."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.domain.money import Money


@dataclass(frozen=True, slots=True)
class Account:
    """The tenant of the signed-in customer (or the one an internal user looks at)."""

    tenant_id: str
    name: str
    time_zone: str
    currency: str
    locale: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's own choices; None means "as the account or the language has it".

    ``calendar`` is ``persian`` or ``gregorian``, ``digits`` ``native`` (those of the language) or ``latin``.
    """

    locale: str | None = None
    time_zone: str | None = None
    calendar: str | None = None
    digits: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """``runway_days``: how long it lasts at the average of the last weeks; None when nothing is being spent."""

    balance: Money
    as_of: dt.datetime
    average_daily_spend: Money
    runway_days: float | None


@dataclass(frozen=True, slots=True)
class TenantOverview:
    """A tenant in an internal user's list, with its last 30 days."""

    tenant_id: str
    name: str
    is_demo: bool
    messages: int
    delivery_rate: float | None


@dataclass(frozen=True, slots=True)
class TenantPage:
    items: tuple[TenantOverview, ...]
    next_cursor: str | None
