"""A quarterly business review: all that its page shows and its report holds, in one answer of one moment.

The platform counts (docs/qbr.md says how); nothing here is counted again, so that page and report cannot disagree.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.analytics import Incident, Totals
from portal.domain.health import Band, HealthInput
from portal.domain.money import Money
from portal.domain.qbr_comments import Comments
from portal.domain.statuses import MessageStatus


class Tone(StrEnum):
    GOOD = "good"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class ReviewedTenant:
    """``locale`` is the account's language, which its reports are written in unless said otherwise."""

    tenant_id: str
    name: str
    time_zone: str
    currency: str
    locale: str
    is_demo: bool


@dataclass(frozen=True, slots=True)
class ReviewedPeriod:
    """Local days, inclusive. ``through`` is the last one told of: today, while the quarter runs (not ``complete``).

    The ``previous_…`` days are those it is compared with: of a quarter that runs as many of the one before.
    """

    name: str
    start: dt.date
    end: dt.date
    through: dt.date
    complete: bool
    previous_name: str
    previous_start: dt.date
    previous_end: dt.date


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth saying. What ``value``, ``before`` and ``change`` are depends on its ``kind``; ``name`` is an
    operator or a health input."""

    kind: str
    tone: Tone
    value: float | None
    before: float | None
    change: float | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """``hold_rate`` is (held + blocked) / messages, None without messages."""

    totals: Totals
    hold_rate: float | None


@dataclass(frozen=True, slots=True)
class MonthNumbers:
    """``month`` is its first day."""

    month: dt.date
    complete: bool
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class OperatorMonth:
    month: dt.date
    messages: int
    delivery_rate: float | None


@dataclass(frozen=True, slots=True)
class ReviewedOperator:
    operator: str
    messages: int
    by_status: Mapping[MessageStatus, int]
    delivery_rate: float | None
    previous_delivery_rate: float | None
    spend: Money
    months: tuple[OperatorMonth, ...]


@dataclass(frozen=True, slots=True)
class HoldWeek:
    """Messages submitted in these days that are held or blocked now."""

    start: dt.date
    end: dt.date
    messages: int
    held: int
    blocked: int
    hold_rate: float | None
    delivery_rate: float | None


@dataclass(frozen=True, slots=True)
class QueueMonth:
    month: dt.date
    entered: int
    released: int
    blocked: int


@dataclass(frozen=True, slots=True)
class HoldQueue:
    """What compliance did, by when it did it. ``waiting`` is of this moment; waits are in seconds, of decisions."""

    entered: int
    released: int
    blocked: int
    waiting: int
    oldest_waiting_since: dt.datetime | None
    median_wait: float | None
    longest_wait: float | None
    months: tuple[QueueMonth, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sender ID, a country or a number's prefix. ``share`` is of all messages."""

    key: str
    messages: int
    share: float
    delivery_rate: float | None
    spend: Money


@dataclass(frozen=True, slots=True)
class Ranking:
    """The largest; ``others`` are so many keys more, with ``other_messages``."""

    items: tuple[Ranked, ...]
    others: int
    other_messages: int


@dataclass(frozen=True, slots=True)
class RankedError:
    """``permanent`` None: a code that is not the platform's own."""

    code: str
    permanent: bool | None
    messages: int
    share: float


@dataclass(frozen=True, slots=True)
class ErrorRanking:
    items: tuple[RankedError, ...]
    others: int
    other_messages: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What a month did to the balance. ``usage`` is negative when it spends."""

    month: dt.date
    topups: Money
    usage: Money
    adjustments: Money
    sla_credits: Money


@dataclass(frozen=True, slots=True)
class BalanceCourse:
    """``start`` and all movements are ``end``, exactly."""

    start: Money
    end: Money
    movements: tuple[Movement, ...]


@dataclass(frozen=True, slots=True)
class SlaCredit:
    at: dt.datetime
    amount: Money
    note: str


@dataclass(frozen=True, slots=True)
class SlaCredits:
    """Credits for service levels that were not held; ``items`` are the latest of ``count``."""

    total: Money
    count: int
    items: tuple[SlaCredit, ...]


@dataclass(frozen=True, slots=True)
class DriverChange:
    """What an input takes from 100 on the last day, and on the day it is compared with (None without a score then)."""

    name: HealthInput
    points: float | None
    effect: float
    effect_before: float | None


@dataclass(frozen=True, slots=True)
class ReviewedHealth:
    """``series`` has a score for each day from the quarter's first to its last one told of."""

    series: tuple[float | None, ...]
    start_day: dt.date | None
    start: float | None
    day: dt.date
    score: float | None
    band: Band
    change: float | None
    driver: HealthInput | None
    parts: tuple[DriverChange, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A customer's quarter. Without traffic there is nothing to present, and no report.

    ``findings`` begin with the most important one, ``operators`` with the largest; ``months`` are those that have
    begun.
    """

    tenant: ReviewedTenant
    period: ReviewedPeriod
    as_of: dt.datetime
    has_traffic: bool
    findings: tuple[Finding, ...]
    numbers: Numbers
    previous: Numbers | None
    months: tuple[MonthNumbers, ...]
    operators: tuple[ReviewedOperator, ...]
    weeks: tuple[HoldWeek, ...]
    queue: HoldQueue
    senders: Ranking
    countries: Ranking
    destinations: Ranking
    errors: ErrorRanking
    balance: BalanceCourse
    sla_credits: SlaCredits
    health: ReviewedHealth | None
    incidents: tuple[Incident, ...]
    comments: Comments
