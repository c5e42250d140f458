"""Adding up what the rollups say: the only place where counts become rates, so every rate means the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from gateway.api.models.analytics import StatusCounts
from gateway.domain.statuses import RATED, Status
from gateway.store.analytics import Count

K = TypeVar("K", bound=Hashable)
_NONE = [0] * len(Status)
_PLACES = {status.value: place for place, status in enumerate(Status)}
_DELIVERED = _PLACES[Status.DELIVERED]
_RATED = tuple(_PLACES[status] for status in Status if status in RATED)


def rate(delivered: int, rated: int) -> float | None:
    """delivered / (delivered + failed + expired + rejected), None while nothing is final."""
    return round(delivered / rated, 6) if rated else None


@dataclass(slots=True)
class Tally:
    """Messages by status (in the order of `Status`) with their segments and spend.

    A chart by hour and sender has twenty thousand of these, so it is a list and not a Counter.
    """

    counts: list[int] = field(default_factory=_NONE.copy)
    segments: int = 0
    spend: Decimal = Decimal(0)

    def add(self, status: str, messages: int) -> None:
        self.counts[_PLACES[status]] += messages

    def include(self, other: Count | Tally) -> None:
        counts = other.counts if isinstance(other, Tally) else other.by_status
        self.counts = list(map(int.__add__, self.counts, counts))
        self.segments += other.segments
        self.spend += other.spend

    @property
    def messages(self) -> int:
        return sum(self.counts)

    @property
    def delivered(self) -> int:
        return self.counts[_DELIVERED]

    @property
    def rated(self) -> int:
        return sum(self.counts[place] for place in _RATED)

    @property
    def delivery_rate(self) -> float | None:
        return rate(self.delivered, self.rated)

    def status_counts(self) -> StatusCounts:
        return StatusCounts(**dict(zip(_PLACES, self.counts, strict=True)))


def tally_by(counts: Iterable[Count], key: Callable[[Count], K]) -> defaultdict[K, Tally]:
    """A Tally for each value of `key`."""
    tallies: defaultdict[K, Tally] = defaultdict(Tally)
    for item in counts:
        tallies[key(item)].include(item)
    return tallies
