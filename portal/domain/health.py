"""Health scores of accounts: how one stands, what makes it stand there, and what moved it since a week before.

The platform counts and weighs; see docs/health.md for its rules. Nothing here is ever shown to a customer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.money import Money


class Band(StrEnum):
    """What a score calls for. Below 60, below 80, from 80, and without a score."""

    AT_RISK = "at_risk"
    WATCH = "watch"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class HealthInput(StrEnum):
    """What scores are made of, in the order in which people read them."""

    DELIVERY = "delivery"
    HOLDS = "holds"
    PAYMENTS = "payments"
    TICKETS = "tickets"
    NPS = "nps"


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One input of a score. 100 and all effects are the score.

    ``value`` is a share (delivery, holds), days (payments), a number (tickets) or from -100 to 100 (NPS); it and the
    ``points`` it gives (0 to 100) are None where it is not known. ``share`` is its weight among all that are known.
    """

    name: HealthInput
    value: float | None
    points: float | None
    weight: int
    share: float
    effect: float

    @property
    def known(self) -> bool:
        return self.points is not None


@dataclass(frozen=True, slots=True)
class PartChange:
    """``change`` is what an input has to do with the difference between two scores."""

    name: HealthInput
    points_before: float | None
    points: float | None
    change: float


@dataclass(frozen=True, slots=True)
class WeekChange:
    """The difference to the score of a week before; the parts are ``change`` together."""

    day: dt.date
    score: float
    change: float
    weights_changed: bool
    parts: tuple[PartChange, ...]


@dataclass(frozen=True, slots=True)
class HealthBasis:
    """What was counted. ``late_days`` is None without an invoice that was due, tickets where nobody reports them."""

    messages: int
    delivered: int
    rated: int
    withheld: int
    late_days: float | None
    invoices: int
    tickets: int | None
    open_tickets: int | None
    promoters: int
    detractors: int
    answers: int


@dataclass(frozen=True, slots=True)
class NpsComment:
    """What somebody of the account answered: 0 to 10, and a word on it."""

    at: dt.datetime
    score: int
    comment: str


@dataclass(frozen=True, slots=True)
class Health:
    """A score taken apart. It is about the local days from ``start`` to ``day``; ``score`` is None where nothing that
    counts is known. ``known_weight`` of 100 is."""

    day: dt.date
    start: dt.date
    score: float | None
    band: Band
    known_weight: int
    weights_version: int
    computed_at: dt.datetime
    parts: tuple[HealthPart, ...]
    basis: HealthBasis
    since_last_week: WeekChange | None
    answers: tuple[NpsComment, ...]
    spend: Money
    spend_change: float | None

    @property
    def missing(self) -> tuple[HealthPart, ...]:
        """What is not known, so that the others share its weight."""
        return tuple(part for part in self.parts if not part.known and part.weight)


@dataclass(frozen=True, slots=True)
class TenantHealth:
    """An account with its latest score (None before its first night) and the scores of the days up to it."""

    tenant_id: str
    name: str
    is_demo: bool
    health: Health | None
    series: tuple[float | None, ...]
