"""What a message costs: a price per segment by operator, in AFN."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gateway.domain.numbers import OTHER_OPERATOR
from gateway.domain.statuses import Status

CURRENCY = "AFN"

SEGMENT_PRICES: Mapping[str, Decimal] = {
    "AWCC": Decimal("0.3500"),
    "Roshan": Decimal("0.3800"),
    "ATOMA": Decimal("0.3600"),
    "Etisalat": Decimal("0.3700"),
    "Salaam": Decimal("0.3200"),
    OTHER_OPERATOR: Decimal("4.5000"),
}

UNCHARGED = frozenset({Status.REJECTED, Status.BLOCKED})
"""A message that never left costs nothing: its price is taken back when it enters one of these."""


def price_of(operator: str, segments: int, status: Status = Status.SENT) -> Decimal:
    """The price of a message of `segments` to `operator`, with four decimals."""
    if status in UNCHARGED:
        return Decimal("0.0000")
    return SEGMENT_PRICES.get(operator, SEGMENT_PRICES[OTHER_OPERATOR]) * segments
