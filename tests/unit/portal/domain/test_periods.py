"""Spans that move with today."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import solar_hijri
from portal.domain.periods import Period, Preset, preset_period

FRIDAY = dt.date(2026, 11, 27)  # 6 Qaws 1405
DAYS = st.dates(dt.date(2001, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize(
    ("preset", "calendar", "start", "end"),
    [
        (Preset.WEEK, "gregory", "2026-11-21", "2026-11-27"),
        (Preset.LAST_WEEK, "gregory", "2026-11-14", "2026-11-20"),
        (Preset.MONTH, "gregory", "2026-11-01", "2026-11-27"),
        (Preset.LAST_MONTH, "gregory", "2026-10-01", "2026-10-31"),
        (Preset.MONTH, "persian", "2026-11-22", "2026-11-27"),
        (Preset.LAST_MONTH, "persian", "2026-10-23", "2026-11-21"),
    ],
)
def test_weeks_and_months_are_those_of_the_reader(preset: Preset, calendar: str, start: str, end: str) -> None:
    wanted = Period(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    assert preset_period(preset, FRIDAY, calendar) == wanted


def test_saturday_begins_a_week() -> None:
    saturday = FRIDAY + dt.timedelta(days=1)
    assert preset_period(Preset.WEEK, saturday) == Period(saturday, saturday)
    assert preset_period(Preset.LAST_WEEK, saturday).end == FRIDAY
    assert preset_period(Preset.WEEK, saturday, week_start=1).start == FRIDAY - dt.timedelta(days=4)


@given(today=DAYS, calendar=st.sampled_from(["gregory", "persian"]))
def test_last_ones_are_whole_and_end_where_present_ones_begin(today: dt.date, calendar: str) -> None:
    for present, last in ((Preset.WEEK, Preset.LAST_WEEK), (Preset.MONTH, Preset.LAST_MONTH)):
        now, before = (preset_period(each, today, calendar) for each in (present, last))
        assert now.end == today
        assert before.end == now.start - dt.timedelta(days=1)
    assert preset_period(Preset.LAST_WEEK, today).days == 7
    month = preset_period(Preset.LAST_MONTH, today, calendar)
    if calendar == "persian":
        year, number, first = solar_hijri.from_gregorian(month.start)
        assert (first, month.days) == (1, solar_hijri.month_length(year, number))
