"""Local days and hours as instants, where the clock stands still and where it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.local_time import day_range, hour_windows
from gateway.store.log_filter import Window

ZONES = ["Asia/Kabul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
MINUTE = timedelta(minutes=1)


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 — made aware below
    minutes=st.integers(1, 20 * 24 * 60),
    weekday=st.one_of(st.none(), st.integers(1, 7)),
    hour=st.one_of(st.none(), st.integers(0, 23)),
    probe=st.floats(0, 1, exclude_max=True),
)
def test_hour_windows_hold_exactly_the_moments_whose_local_clock_fits(
    zone: str, start: datetime, minutes: int, weekday: int | None, hour: int | None, probe: float
) -> None:
    where = ZoneInfo(zone)
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    span = Window(begin, begin + minutes * MINUTE)
    windows = hour_windows(span, where, weekday=weekday, hour=hour)
    assert all(newer.start >= older.end for newer, older in pairwise(windows))
    moment = begin + int(probe * minutes) * MINUTE
    local = moment.astimezone(where)
    fits = (weekday is None or local.isoweekday() == weekday) and (hour is None or local.hour == hour)
    assert any(window.start <= moment < window.end for window in windows) is fits


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)], ids=str
)
def test_day_range_follows_clock_changes(day: date, hours: int) -> None:
    window = day_range(day, day, ZoneInfo("Europe/Berlin"))
    assert window.end - window.start == timedelta(hours=hours)


def test_repeated_hour_is_one_stretch_of_two_hours_and_a_skipped_one_none() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    autumn = hour_windows(day_range(date(2026, 10, 25), date(2026, 10, 25), berlin), berlin, weekday=None, hour=2)
    assert sum((window.end - window.start for window in autumn), timedelta()) == timedelta(hours=2)
    spring = hour_windows(day_range(date(2026, 3, 29), date(2026, 3, 29), berlin), berlin, weekday=None, hour=2)
    assert spring == []
