"""How many messages each sender sends on each day: growth, weekdays, Fridays, campaigns, and how a day goes.

The day is that of Kabul. Thursday and Friday are the weekend: hardly anybody runs a campaign then, and even one-time
codes are fewer. A campaign falls on some days only and goes out within an hour or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gateway.demo.cast import TENANTS, Sender, Tenant

ZONE = ZoneInfo("Asia/Kabul")
MINUTES = 1440
CAMPAIGN_EVERY_DAYS = 5

# Monday first.
_WEEKDAYS = {
    "otp": np.array([1.00, 1.00, 1.02, 0.86, 0.58, 1.06, 1.04]),
    "notice": np.array([1.00, 1.02, 1.00, 0.66, 0.30, 1.12, 1.08]),
    "campaign": np.array([1.0, 1.0, 1.0, 0.7, 0.0, 1.1, 1.0]),
}
_HOURS = {
    "otp": (3, 2, 1, 1, 2, 5, 12, 25, 48, 66, 78, 82, 76, 70, 72, 76, 78, 74, 66, 58, 46, 30, 16, 7),
    "notice": (1, 1, 0, 0, 1, 2, 8, 30, 82, 98, 96, 84, 58, 62, 78, 76, 52, 30, 20, 14, 9, 5, 2, 1),
}


@dataclass(frozen=True)
class Plan:
    """What is to be made. `counts` is messages by day and sender; senders are numbered through all accounts."""

    until: datetime
    days: tuple[date, ...]
    tenants: tuple[Tenant, ...]
    senders: tuple[tuple[int, Sender], ...]
    counts: npt.NDArray[np.int64]
    seed: int


def make_plan(messages: int, tenants: int, days: int, seed: int, until: datetime) -> Plan:
    """Spread exactly `messages` over the days that end at `until` (aware). The same arguments give the same plan."""
    cast = TENANTS[:tenants]
    until = until.replace(microsecond=0)
    last = until.astimezone(ZONE).date()
    calendar = tuple(last - timedelta(days=back) for back in range(days - 1, -1, -1))
    senders = tuple((number, sender) for number, tenant in enumerate(cast) for sender in tenant.senders)
    rng = np.random.default_rng([seed, 0])
    weights = np.array([_weights(cast[number], sender, calendar, until, rng) for number, sender in senders]).T
    counts = rng.multinomial(messages, (weights / weights.sum()).ravel()).reshape(weights.shape)
    return Plan(until, calendar, cast, senders, counts, seed)


def _weights(
    tenant: Tenant, sender: Sender, calendar: tuple[date, ...], until: datetime, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """One sender's share of all messages, day by day."""
    size = len(calendar)
    weekdays = np.array([day.weekday() for day in calendar])
    slope = rng.uniform(-0.1, 0.55)
    daily = _WEEKDAYS[sender.kind][weekdays] * (1 + slope * np.arange(size) / size) * rng.lognormal(0, 0.07, size)
    if sender.kind == "campaign":
        offset = int(rng.integers(CAMPAIGN_EVERY_DAYS))
        runs = (np.arange(size) % CAMPAIGN_EVERY_DAYS == offset) & (weekdays != 4)
        runs[-1] = False
        # Days of few: the whole weight must go somewhere.
        daily = daily * runs if (daily * runs).sum() > 0 else daily
    else:
        daily[-1] *= day_profile(sender.kind)[minute_of_day(until) - 1] if minute_of_day(until) else 0.0
    if daily.sum() == 0:
        daily[:] = 1.0
    share = tenant.share * sender.weight / sum(each.weight for each in tenant.senders)
    return np.asarray(share * daily / daily.sum())


def day_profile(kind: str) -> npt.NDArray[np.float64]:
    """The share of a day's messages sent by the end of each of its minutes."""
    hours = np.array((*_HOURS[kind], _HOURS[kind][0]), dtype=float)
    minutes = np.interp(np.arange(MINUTES) / 60, np.arange(25), hours)
    return np.asarray(np.cumsum(minutes) / minutes.sum())


def minute_of_day(moment: datetime) -> int:
    """Whole minutes since midnight in Kabul."""
    local = moment.astimezone(ZONE)
    return local.hour * 60 + local.minute
