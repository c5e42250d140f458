"""The Solar Hijri calendar agrees with ICU, which dates are shown by."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import solar_hijri
from portal.i18n import fmt, for_tag, use

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31))


@given(DAYS)
def test_solar_hijri_date_is_the_one_that_icu_shows(day: dt.date) -> None:
    reader = for_tag("en")
    assert reader is not None
    with use(reader.preferring(calendar="persian")):
        shown = fmt.date(day, "iso")
    assert shown == "{:d}-{:02d}-{:02d}".format(*solar_hijri.from_gregorian(day))


@given(DAYS)
def test_solar_hijri_date_converts_there_and_back(day: dt.date) -> None:
    assert solar_hijri.to_gregorian(*solar_hijri.from_gregorian(day)) == day


@pytest.mark.parametrize("parts", [(1404, 12, 30), (1405, 7, 31), (1405, 13, 1), (1405, 0, 1), (1405, 1, 0)])
def test_solar_hijri_day_that_does_not_exist_is_refused(parts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such"):
        solar_hijri.to_gregorian(*parts)


# As astronomers reckon them from the equinoxes (Borkowski 1996), of the fourteenth and fifteenth centuries.
LEAP_YEARS = [
    1300, 1304, 1309, 1313, 1317, 1321, 1325, 1329, 1333, 1337, 1342, 1346, 1350, 1354, 1358, 1362, 1366, 1370, 1375,
    1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1441, 1445, 1449, 1453,
    1457, 1461, 1465, 1469, 1474, 1478, 1482, 1486, 1490, 1494, 1498,
]  # fmt: skip


def test_leap_years_are_those_of_the_tables() -> None:
    assert [year for year in range(1300, 1501) if solar_hijri.is_leap(year)] == LEAP_YEARS
    assert [year for year in range(1300, 1501) if solar_hijri.month_length(year, 12) == 30] == LEAP_YEARS


def test_every_month_of_two_centuries_begins_and_ends_where_icu_has_it() -> None:
    reader = for_tag("en")
    assert reader is not None
    with use(reader.preferring(calendar="persian")):
        for year in range(1300, 1501):
            for month in range(1, 13):
                first = solar_hijri.to_gregorian(year, month, 1)
                last = first + dt.timedelta(days=solar_hijri.month_length(year, month) - 1)
                assert fmt.date(first, "iso") == f"{year}-{month:02d}-01"
                assert fmt.date(last, "iso") == f"{year}-{month:02d}-{(last - first).days + 1:02d}"
                assert solar_hijri.from_gregorian(last) == (year, month, (last - first).days + 1)


@pytest.mark.parametrize(
    ("gregorian", "hijri"),
    [
        ("1921-03-21", (1300, 1, 1)),
        ("1979-03-21", (1358, 1, 1)),
        ("2021-03-20", (1399, 12, 30)),
        ("2021-03-21", (1400, 1, 1)),
        ("2025-03-20", (1403, 12, 30)),
        ("2025-03-21", (1404, 1, 1)),
        ("2026-11-27", (1405, 9, 6)),
    ],
)
def test_days_that_calendars_on_walls_agree_about(gregorian: str, hijri: tuple[int, int, int]) -> None:
    assert solar_hijri.from_gregorian(dt.date.fromisoformat(gregorian)) == hijri
