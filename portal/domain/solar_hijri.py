"""The Solar Hijri calendar (Afghanistan's and Iran's) by the 33-year rule, which agrees with ICU for 1206–1498.

Eight leap years in 33: a year is a leap year when (25 × year + 11) mod 33 < 8. (Months 1–6 have 31 days, 7–11 have 30,
month 12 has 29 or 30.)
"""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.date(622, 3, 21).toordinal()  # 1 Hamal 1, in the proleptic Gregorian calendar


def is_leap(year: int) -> bool:
    return (25 * year + 11) % 33 < 8


def _days_before(year: int) -> int:
    """Days from 1/1/1 to 1/1/``year``."""
    return 365 * (year - 1) + (8 * year + 21) // 33


def to_gregorian(year: int, month: int, day: int) -> dt.date:
    """Raises ValueError for a day that does not exist."""
    if not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise ValueError(f"no such Solar Hijri day: {year}-{month}-{day}")
    before = 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    return dt.date.fromordinal(_EPOCH + _days_before(year) + before + day - 1)


def month_length(year: int, month: int) -> int:
    if month <= 6:
        return 31
    return 30 if month <= 11 or is_leap(year) else 29


def from_gregorian(day: dt.date) -> tuple[int, int, int]:
    """(year, month 1–12, day) of a date."""
    ordinal = day.toordinal()
    year = day.year - 621
    while _EPOCH + _days_before(year) > ordinal:
        year -= 1
    of_year = ordinal - _EPOCH - _days_before(year)
    if of_year < 186:
        return year, of_year // 31 + 1, of_year % 31 + 1
    return year, (of_year - 186) // 30 + 7, (of_year - 186) % 30 + 1


def month_start(day: dt.date) -> dt.date:
    """The first day of the Solar Hijri month that ``day`` lies in."""
    return day - dt.timedelta(days=from_gregorian(day)[2] - 1)
