"""Months of an account's own calendar: what is billed, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GRACE = timedelta(hours=1)
"""After the end of a month, before it is billed: what was being charged at midnight is written down by then."""


@dataclass(frozen=True, slots=True)
class Month:
    """A civil month from its first day, in a time zone. `end` is its last day, `stop` the instant after it."""

    first: date
    zone: ZoneInfo

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Month:
        return cls(moment.astimezone(zone).date().replace(day=1), zone)

    @property
    def following(self) -> Month:
        return Month((self.first + timedelta(days=31)).replace(day=1), self.zone)

    @property
    def end(self) -> date:
        return self.following.first - timedelta(days=1)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone).astimezone(UTC)

    @property
    def stop(self) -> datetime:
        return self.following.start

    @property
    def name(self) -> str:
        """`2026-10`."""
        return f"{self.first:%Y-%m}"


def months_over(first: Month, now: datetime) -> Iterator[Month]:
    """The months from `first` on that can be billed at `now`, oldest first."""
    month = first
    while month.stop + GRACE <= now:
        yield month
        month = month.following
