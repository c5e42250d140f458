"""Quarters of the Gregorian year, as business reviews count them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Days belong to it by an account's own calendar; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def parse(cls, name: str) -> Quarter:
        """Of `2026-Q3`. Raises ValueError for what is written otherwise."""
        year, separator, number = name.partition("-Q")
        if not separator or len(year) != 4 or number not in ("1", "2", "3", "4") or not year.isascii():
            raise ValueError(f"{name!r} is no quarter")
        return cls(int(year), int(number))

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def name(self) -> str:
        return f"{self.year:04}-Q{self.number}"

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self.following.first - timedelta(days=1)

    @property
    def following(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        return Quarter.of(self.first - timedelta(days=1))

    @property
    def months(self) -> tuple[date, date, date]:
        """The first days of its months."""
        first = self.first
        return first, first.replace(month=first.month + 1), first.replace(month=first.month + 2)


@dataclass(frozen=True, slots=True)
class Review:
    """A quarter as it is told of on the day `today` of the account: to its end, or so far."""

    quarter: Quarter
    today: date

    def __post_init__(self) -> None:
        if self.quarter.first > self.today:
            raise ValueError("the quarter has not begun")

    @property
    def complete(self) -> bool:
        return self.today > self.quarter.last

    @property
    def through(self) -> date:
        """The last day told of."""
        return min(self.today, self.quarter.last)

    @property
    def compared(self) -> tuple[date, date]:
        """The days of the quarter before that it is compared with: all of them, or as many as there are so far."""
        before = self.quarter.before
        if self.complete:
            return before.first, before.last
        return before.first, min(before.last, before.first + (self.through - self.quarter.first))

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months that have begun."""
        return tuple(month for month in self.quarter.months if month <= self.through)
