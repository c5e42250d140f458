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


def test_solar_hijri_leap_year_has_thirty_days_of_hut() -> None:
    assert [year for year in range(1400, 1412) if solar_hijri.is_leap(year)] == [1403, 1408]
    assert solar_hijri.month_length(1403, 12) == 30
