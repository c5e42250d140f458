"""The accounts that internal users look after: which of them, in which order, and how they do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.domain import params as read
from portal.domain.health import Band, HealthInput
from portal.domain.money import Money
from portal.domain.notes import LastNote
from portal.domain.params import Params


class Sort(StrEnum):
    """By what a portfolio is sorted. Accounts without a value come last, whichever the order."""

    NAME = "name"
    SCORE = "score"
    CHANGE_7D = "change7d"
    CHANGE_30D = "change30d"
    MESSAGES = "messages"
    RATE = "deliveryRate"
    SPEND = "spend"
    SPEND_CHANGE = "spendChange"
    TICKETS = "openTickets"

    @property
    def falls(self) -> bool:
        """Whether people want the largest first: of volume, of what is paid, of tickets. Of the rest the worst."""
        return self in (Sort.MESSAGES, Sort.SPEND, Sort.TICKETS)


@dataclass(frozen=True, slots=True)
class PortfolioFilter:
    """Which accounts, and in which order; the worst score first where nothing is said.

    ``text`` is part of a name; ``drivers`` are inputs of which one takes most of the score. ``after`` is a place (a
    cursor) further down, with ``skipped`` accounts before it; a list that is changed begins at its top again.
    """

    text: str = ""
    bands: tuple[Band, ...] = ()
    drivers: tuple[HealthInput, ...] = ()
    sort: Sort = Sort.SCORE
    descending: bool = False
    after: str = ""
    skipped: int = 0

    @classmethod
    def from_params(cls, params: Params) -> PortfolioFilter:
        """Read the address's parameters; what cannot be used is left out."""
        return cls(
            text=read.one(params, "q", longest=100),
            bands=_known(Band, read.many(params, "band")),
            drivers=_known(HealthInput, read.many(params, "driver")),
            sort=next(iter(_known(Sort, read.many(params, "sort"))), Sort.SCORE),
            descending=read.one(params, "order") == "desc",
            after=read.one(params, "after", longest=400),
            skipped=read.as_integer(read.one(params, "skipped"), 0, 100_000_000) or 0,
        )

    @classmethod
    def from_search(cls, search: str | None) -> PortfolioFilter:
        """As :meth:`from_params`, from ``?band=…``."""
        return cls.from_params(read.from_search(search))

    def narrowing(self) -> list[tuple[str, str]]:
        """What narrows the portfolio, by the platform's names."""
        return [
            ("q", self.text),
            *(("band", band.value) for band in self.bands),
            *(("driver", driver.value) for driver in self.drivers),
        ]

    @property
    def order(self) -> str:
        return "desc" if self.descending else "asc"

    def to_query_string(self) -> str:
        """The address's query, without ``?``; empty for all accounts, the worst first."""
        sort = "" if self.sort is Sort.SCORE else self.sort.value
        return read.to_search(
            [*self.narrowing(), ("sort", sort), ("order", "desc" if self.descending else ""), *self._place()]
        )

    def _place(self) -> list[tuple[str, str]]:
        return [("after", self.after), ("skipped", str(self.skipped) if self.skipped else "")] if self.after else []

    def going_on(self, after: str, skipped: int) -> PortfolioFilter:
        """The same list from a place further down."""
        return replace(self, after=after, skipped=skipped)

    def from_top(self) -> PortfolioFilter:
        return self.going_on("", 0)

    @property
    def narrowed(self) -> bool:
        return any(value for _, value in self.narrowing())

    def choosing(self, *, text: str, drivers: Sequence[str]) -> PortfolioFilter:
        """This filter with what a reader typed and ticked in place of what it had."""
        chosen = PortfolioFilter.from_params({"q": text, "driver": list(drivers)})
        changed = replace(self, text=chosen.text, drivers=chosen.drivers)
        return self if changed == self else changed.from_top()

    def sorted_by(self, sort: Sort, *, descending: bool) -> PortfolioFilter:
        changed = replace(self, sort=sort, descending=descending)
        return self if changed == self else changed.from_top()

    def turned(self, sort: Sort) -> PortfolioFilter:
        """Sorted by ``sort`` as people want it first, or the other way round when it is sorted so already."""
        return self.sorted_by(sort, descending=not self.descending if sort is self.sort else sort.falls)

    def within(self, *bands: Band) -> PortfolioFilter:
        return replace(self, bands=bands).from_top()

    def cleared(self) -> PortfolioFilter:
        """All accounts, in the same order."""
        return replace(PortfolioFilter(), sort=self.sort, descending=self.descending)


@dataclass(frozen=True, slots=True)
class LatestHealth:
    """A score in a list. ``driver`` is the input that takes most (``driver_effect`` points), None where none does;
    ``series`` are the scores of the 90 days up to ``day``."""

    day: dt.date
    score: float | None
    band: Band
    known_weight: int
    driver: HealthInput | None
    driver_effect: float
    change_7d: float | None
    change_30d: float | None
    series: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account with its last 30 days. ``spend_change`` is against the 30 days before, None without any then;
    ``health`` is None before its first night."""

    tenant_id: str
    name: str
    is_demo: bool
    messages: int
    delivery_rate: float | None
    spend: Money
    spend_change: float | None
    open_tickets: int | None
    health: LatestHealth | None
    last_note: LastNote | None = None


@dataclass(frozen=True, slots=True)
class TenantPage:
    """``bands`` counts all accounts that fit the filter but for its bands."""

    items: tuple[Tenant, ...]
    next_cursor: str | None
    bands: Mapping[Band, int]


@dataclass(frozen=True, slots=True)
class TenantDot:
    """An account in the picture of all: ``spend`` in whole units of its own ``currency``."""

    tenant_id: str
    name: str
    score: float
    spend: float
    currency: str
    messages: int


@dataclass(frozen=True, slots=True)
class DotSums:
    """Of all accounts with a score that are charged in one currency, whether they are in the picture or not."""

    currency: str
    tenants: int
    at_risk: int
    at_risk_spend: float


@dataclass(frozen=True, slots=True)
class TenantDots:
    """Accounts with a score, of the commonest currency: those at risk first, then those that spend most. ``sums`` are
    of all that there are, the commonest currency first."""

    items: tuple[TenantDot, ...]
    sums: tuple[DotSums, ...]


def _known(kind: Any, values: Sequence[str]) -> tuple[Any, ...]:
    """Those of ``values`` that the enumeration has, in its order."""
    return tuple(one for one in kind if one.value in values)
