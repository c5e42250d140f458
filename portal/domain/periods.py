"""Spans of local days, the presets people pick from, and how finely a span is cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain import clock, solar_hijri

MAX_DAYS = 400
SATURDAY = 6  # of ISO's weekdays


class Interval(StrEnum):
    """How long one bucket of a time series is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Preset(StrEnum):
    """Spans that move with today. Weeks and months are those of the reader's calendar: the present one until today,
    the last one whole."""

    TODAY = "today"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    MONTH = "month"
    WEEK = "week"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"


_LENGTHS = {Preset.TODAY: 1, Preset.DAYS_7: 7, Preset.DAYS_30: 30, Preset.DAYS_90: 90}
_LONGEST = {Interval.HOUR: 14, Interval.DAY: MAX_DAYS, Interval.WEEK: MAX_DAYS, Interval.MONTH: MAX_DAYS}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days, both inclusive; ``start`` is never after ``end``."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"a period cannot start ({self.start}) after it ends ({self.end})")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def previous(self) -> Period:
        """The span of the same length right before this one."""
        return Period(self.start - dt.timedelta(days=self.days), self.start - dt.timedelta(days=1))

    def best_interval(self) -> Interval:
        """Cut so that a chart has enough points to show a shape and few enough to read."""
        if self.days <= 3:
            return Interval.HOUR
        if self.days <= 92:
            return Interval.DAY
        return Interval.WEEK

    def allowed_intervals(self) -> tuple[Interval, ...]:
        """What this span may be cut into: nothing longer than itself; hours for two weeks at most, a platform limit."""
        shortest = {Interval.HOUR: 1, Interval.DAY: 2, Interval.WEEK: 8, Interval.MONTH: 32}
        return tuple(i for i in Interval if shortest[i] <= self.days <= _LONGEST[i])


def preset_period(preset: Preset, today: dt.date, calendar: str = "gregory", week_start: int = SATURDAY) -> Period:
    """The span a preset stands for on ``today``; ``calendar`` is ``gregory`` or ``persian`` (Unicode ``ca`` values),
    ``week_start`` the ISO weekday that weeks begin with."""
    if preset in _LENGTHS:
        return Period(today - dt.timedelta(days=_LENGTHS[preset] - 1), today)
    if preset in (Preset.MONTH, Preset.LAST_MONTH):
        start = _month_start(today, calendar)
        before = _month_start(start - dt.timedelta(days=1), calendar)
    else:
        start = today - dt.timedelta(days=(today.isoweekday() - week_start) % 7)
        before = start - dt.timedelta(days=7)
    if preset in (Preset.MONTH, Preset.WEEK):
        return Period(start, today)
    return Period(before, start - dt.timedelta(days=1))


def _month_start(day: dt.date, calendar: str) -> dt.date:
    return solar_hijri.month_start(day) if calendar == "persian" else day.replace(day=1)


def today_in(time_zone: str, now: dt.datetime | None = None) -> dt.date:
    """The local date in an IANA zone; ``now`` is any aware instant (the clock's by default)."""
    return (now or clock.now()).astimezone(ZoneInfo(time_zone)).date()
