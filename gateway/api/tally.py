"""Adding up what the rollups say: the only place where counts become rates, so every rate means the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from gateway.api.models.analytics import StatusCounts
from gateway.domain.statuses import RATED, Status
from gateway.store.analytics import Count

K = TypeVar("K", bound=Hashable)
_STATUSES = tuple(status.value for status in Status)
_RATED = frozenset(str(status) for status in RATED)


def rate(delivered: int, rated: int) -> float | None:
    """delivered / (delivered + failed + expired + rejected), None while nothing is final."""
    return round(delivered / rated, 6) if rated else None


@dataclass(slots=True)
class Tally:
    """Messages by status with their segments and spend."""

    by_status: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    spend: Decimal = Decimal(0)

    def add(self, status: str, messages: int, segments: int = 0, spend: Decimal = Decimal(0)) -> None:
        self.by_status[status] += messages
        self.segments += segments
        self.spend += spend

    def include(self, count: Count) -> None:
        for status, messages in zip(_STATUSES, count.by_status, strict=True):
            if messages:
                self.by_status[status] += messages
        self.segments += count.segments
        self.spend += count.spend

    @property
    def messages(self) -> int:
        return self.by_status.total()

    @property
    def delivered(self) -> int:
        return self.by_status[Status.DELIVERED]

    @property
    def rated(self) -> int:
        return sum(count for status, count in self.by_status.items() if status in _RATED)

    @property
    def delivery_rate(self) -> float | None:
        return rate(self.delivered, self.rated)

    def status_counts(self) -> StatusCounts:
        return StatusCounts(**{status.value: self.by_status[status.value] for status in Status})


def tally_by(counts: Iterable[Count], key: Callable[[Count], K]) -> defaultdict[K, Tally]:
    """A Tally for each value of `key`."""
    tallies: defaultdict[K, Tally] = defaultdict(Tally)
    for item in counts:
        tallies[key(item)].include(item)
    return tallies
