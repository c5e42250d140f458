"""How well a customer does, as a number from 0 to 100 that can be taken apart again.

Five inputs, each mapped to points by a curve, weighted. An ideal account has 100; each input takes something from that,
and what all of them take is what is missing, to the last tenth. An input about which nothing is known is left out, and
the others share its weight. `docs/health.md` has the reasons for curves, weights and bands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Generic, TypeVar

Tenant = TypeVar("Tenant")

WINDOW_DAYS = 30
"""Traffic and tickets are those of so many days, the day of the score being the last."""

PAYMENT_DAYS = 180
"""Invoices count that were due within so many days, and all that are still not paid."""

NPS_DAYS = 180
"""An answer counts for so long; of a person's answers the last."""

_TENTHS = 1000  # an ideal score


class Input(StrEnum):
    """What a score is made of."""

    DELIVERY = "delivery"  # delivered / (delivered + failed + expired + rejected)
    HOLDS = "holds"  # (held + blocked) / all messages
    PAYMENTS = "payments"  # days that invoices were late, on average, weighted by amount
    TICKETS = "tickets"  # support tickets opened
    NPS = "nps"  # promoters less detractors, of a hundred


class Band(StrEnum):
    """What a score means. `UNKNOWN`: there is none."""

    AT_RISK = "at_risk"
    WATCH = "watch"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


HEALTHY_FROM, WATCH_FROM = Decimal(80), Decimal(60)

Curve = tuple[tuple[Fraction, Decimal], ...]
"""Points at some values, ascending by value; straight lines between them, level outside."""


def _curve(*corners: tuple[str, int]) -> Curve:
    return tuple((Fraction(value), Decimal(points)) for value, points in corners)


CURVES: Mapping[Input, Curve] = {
    Input.DELIVERY: _curve(("0.70", 0), ("0.85", 40), ("0.90", 60), ("0.95", 85), ("0.98", 100)),
    Input.HOLDS: _curve(("0", 100), ("0.005", 90), ("0.01", 75), ("0.02", 50), ("0.05", 0)),
    Input.PAYMENTS: _curve(("0", 100), ("5", 85), ("15", 60), ("30", 30), ("60", 0)),
    Input.TICKETS: _curve(("0", 100), ("2", 90), ("5", 70), ("10", 40), ("20", 0)),
    Input.NPS: _curve(("-100", 0), ("0", 50), ("30", 80), ("70", 100)),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each input counts: whole numbers that add up to 100. `version` 0 is a draft."""

    version: int
    of: Mapping[Input, int]

    def __post_init__(self) -> None:
        if set(self.of) != set(Input) or any(weight < 0 for weight in self.of.values()):
            raise ValueError("each input has a weight, and none is negative")
        if sum(self.of.values()) != 100:
            raise ValueError("the weights add up to 100")


DEFAULT_WEIGHTS: Mapping[Input, int] = {
    Input.DELIVERY: 35,
    Input.HOLDS: 15,
    Input.PAYMENTS: 20,
    Input.TICKETS: 15,
    Input.NPS: 15,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted. `late_days` is None without an invoice that was due, `tickets` when nobody reports them."""

    messages: int = 0
    delivered: int = 0
    rated: int = 0
    withheld: int = 0
    late_days: Decimal | None = None
    tickets: int | None = None
    promoters: int = 0
    detractors: int = 0
    answers: int = 0

    def value(self, wanted: Input) -> Fraction | None:
        """The input's value, where its curve begins; None when nothing is known."""
        match wanted:
            case Input.DELIVERY:
                return Fraction(self.delivered, self.rated) if self.rated else None
            case Input.HOLDS:
                return Fraction(self.withheld, self.messages) if self.messages else None
            case Input.PAYMENTS:
                return Fraction(self.late_days) if self.late_days is not None else None
            case Input.TICKETS:
                return Fraction(self.tickets) if self.tickets is not None else None
            case Input.NPS:
                return Fraction(100 * (self.promoters - self.detractors), self.answers) if self.answers else None


Points = Mapping[Input, Decimal | None]
"""Of each input, with one decimal; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One input of a score: its points, its weight, the weights of all that are known, and what it adds to an ideal
    score: `effect`, zero or less, with one decimal."""

    input: Input
    points: Decimal | None
    weight: int
    known: int
    effect: Decimal

    @property
    def share(self) -> Fraction:
        """Its weight among those that are known: of all parts together 1, where there is a score."""
        return Fraction(self.weight, self.known) if self.points is not None and self.known else Fraction(0)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A score taken apart: 100 and all effects are `score`, exactly. It is None when no input that counts is known."""

    score: Decimal | None
    band: Band
    parts: tuple[Part, ...]

    @property
    def known_weight(self) -> int:
        """The weights of what is known, of 100."""
        return sum(part.weight for part in self.parts if part.points is not None)

    @property
    def driver(self) -> Input | None:
        """What takes most; None when nothing takes anything."""
        most = min(self.parts, key=lambda part: part.effect)
        return most.input if most.effect < 0 else None


def points_at(curve: Curve, value: Fraction) -> Decimal:
    """The curve's points at `value`, with one decimal, halves rounded up."""
    if value <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in pairwise(curve):
        if value <= right:
            exact = Fraction(low) + (value - left) / (right - left) * Fraction(high - low)
            return Decimal(_rounded(exact * 10)) / 10
    return curve[-1][1]


def points_of(facts: Facts) -> dict[Input, Decimal | None]:
    """The points of each input."""
    found: dict[Input, Decimal | None] = {}
    for each in Input:
        value = facts.value(each)
        found[each] = points_at(CURVES[each], value) if value is not None else None
    return found


def assess(points: Points, weights: Weights) -> Assessment:
    """The score of these points, and what each input has to do with it."""
    of = weights.of
    known = sum(of[each] for each in Input if points[each] is not None)
    missing = [_missing(points[each]) * of[each] for each in Input]
    lost = _apportioned(missing, known) if known else [0] * len(missing)
    parts = tuple(
        Part(each, points[each], of[each], known, Decimal(-tenths).scaleb(-1))
        for each, tenths in zip(Input, lost, strict=True)
    )
    score = Decimal(_TENTHS - sum(lost)).scaleb(-1) if known else None
    return Assessment(score, band_of(score), parts)


def band_of(score: Decimal | None) -> Band:
    """Where a score lies."""
    if score is None:
        return Band.UNKNOWN
    return Band.HEALTHY if score >= HEALTHY_FROM else Band.WATCH if score >= WATCH_FROM else Band.AT_RISK


@dataclass(frozen=True, slots=True)
class Change:
    """What an input has to do with the difference between two scores, and its points at both times."""

    input: Input
    before: Decimal | None
    now: Decimal | None
    change: Decimal


def changes(before: Assessment, now: Assessment) -> tuple[Change, ...]:
    """Each input's part in `now.score - before.score`; together exactly that, where both have a score."""
    return tuple(
        Change(late.input, early.points, late.points, late.effect - early.effect)
        for early, late in zip(before.parts, now.parts, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Move(Generic[Tenant]):
    """What other weights do to a tenant's score."""

    tenant: Tenant
    before: Assessment
    after: Assessment

    @property
    def change(self) -> Decimal:
        """Zero where there is no score before or after."""
        if self.before.score is None or self.after.score is None:
            return Decimal(0)
        return self.after.score - self.before.score


def moves(points: Iterable[tuple[Tenant, Points]], before: Weights, after: Weights) -> list[Move[Tenant]]:
    """What `after` does to each of the scores that `before` gives."""
    return [Move(tenant, assess(each, before), assess(each, after)) for tenant, each in points]


def spread(scores: Iterable[Decimal | None]) -> list[int]:
    """How many scores lie in each ten points, from 0 to below 10 up to 90 to 100; those that are none in none."""
    counted = [0] * 10
    for score in scores:
        if score is not None:
            counted[min(9, int(score // 10))] += 1
    return counted


def _missing(points: Decimal | None) -> int:
    """Tenths of a point."""
    return _TENTHS - int(points * 10) if points is not None else 0


def _apportioned(parts: Sequence[int], divisor: int) -> list[int]:
    """The parts divided, as whole numbers that add up to the rounded sum: each is rounded down, and those with the
    largest remainders get one more. What is zero stays zero."""
    divided = [divmod(part, divisor) for part in parts]
    whole = [quotient for quotient, _ in divided]
    left = _rounded(Fraction(sum(parts), divisor)) - sum(whole)
    for place in sorted(range(len(parts)), key=lambda place: (-divided[place][1], place))[:left]:
        whole[place] += 1
    return whole


def _rounded(value: Fraction) -> int:
    """To the nearest whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
