"""Quarters of the Gregorian year, as business reviews count them, whatever calendar their reader has."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from portal.domain.params import ascii_digits

FIRST_YEAR, LAST_YEAR = 2000, 2100
_NAME = re.compile(r"([0-9]{4})-?Q([1-4])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """``number`` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Quarter | None:
        """``2026-Q3``, in any digits and in small letters too; None for what is no quarter of these times."""
        found = _NAME.fullmatch(ascii_digits(text).strip().upper())
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: dt.date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def name(self) -> str:
        """As the platform names it: ``2026-Q3``."""
        return f"{self.year:04}-Q{self.number}"

    @property
    def first(self) -> dt.date:
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> dt.date:
        return self.following.first - dt.timedelta(days=1)

    @property
    def following(self) -> Quarter:
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        return Quarter.of(self.first - dt.timedelta(days=1))
