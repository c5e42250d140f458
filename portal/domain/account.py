"""The account and its people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

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

    ``calendar`` is ``persian``, ``gregorian`` or ``both``, ``digits`` ``native`` (those of the language) or ``latin``.
    ``name`` and ``email`` are as the platform has them now, which a session that began earlier may not know yet; so are
    ``user_type``, ``roles`` and ``tenant_id``, which count where the issuer's tokens say nothing of them.
    ``ask_opinion_at``: when they are to be asked what they think of the platform; None is never.
    """

    locale: str | None = None
    time_zone: str | None = None
    calendar: str | None = None
    digits: str | None = None
    name: str | None = None
    email: str | None = None
    user_type: str | None = None
    roles: frozenset[str] = frozenset()
    tenant_id: str | None = None
    ask_opinion_at: dt.datetime | None = None


#: What somebody may answer when they are asked how likely they are to recommend the platform.
OPINIONS = range(11)
LONGEST_COMMENT = 1000


PREFERENCES = ("locale", "time_zone", "calendar", "digits")


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """A browser in which the person is signed in. ``browser`` and ``system`` are names, None where unknown."""

    session_id: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    ip: str | None
    browser: str | None
    system: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """``runway_days``: how long it lasts at the average of the last weeks; None when nothing is being spent.

    ``warns``: the platform warns of a low balance; below ``warns_below``, where that has been set.
    """

    balance: Money
    as_of: dt.datetime
    average_daily_spend: Money
    runway_days: float | None
    warns: bool = False
    warns_below: Money | None = None

    @property
    def low(self) -> bool:
        return self.warns_below is not None and self.balance.amount < self.warns_below.amount


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """The IANA names people choose from: places, in alphabetical order, without the older second names of others."""
    areas = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
    return (*sorted(n for n in available_timezones() if n.startswith((*areas, "Pacific/"))), "UTC")


def known_time_zone(name: str) -> bool:
    """Whether it is an IANA name that this machine knows."""
    return name in available_timezones()
