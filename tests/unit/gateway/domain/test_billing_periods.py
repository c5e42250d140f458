"""Months of an account's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.billing_periods import GRACE, Month, months_over

KABUL, BERLIN = ZoneInfo("Asia/Kabul"), ZoneInfo("Europe/Berlin")


def test_month_begins_and_ends_at_local_midnight_across_the_clocks_change() -> None:
    october = Month(date(2026, 10, 1), BERLIN)
    assert october.start == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert october.stop == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert (october.end, october.name) == (date(2026, 10, 31), "2026-10")


def test_moment_belongs_to_the_month_of_the_local_day() -> None:
    assert Month.of(datetime(2026, 10, 31, 19, 29, tzinfo=UTC), KABUL).name == "2026-10"
    assert Month.of(datetime(2026, 10, 31, 19, 30, tzinfo=UTC), KABUL).name == "2026-11"


def test_year_turns_and_february_is_as_long_as_it_is() -> None:
    december = Month(date(2027, 12, 1), KABUL)
    assert december.following.first == date(2028, 1, 1)
    assert december.following.following.end == date(2028, 2, 29)


def test_only_months_that_are_over_can_be_billed() -> None:
    first = Month(date(2026, 8, 1), KABUL)
    over = Month(date(2026, 10, 1), KABUL).start + GRACE
    assert [each.name for each in months_over(first, over)] == ["2026-08", "2026-09"]
    assert [each.name for each in months_over(first, over - timedelta(microseconds=1))] == ["2026-08"]
