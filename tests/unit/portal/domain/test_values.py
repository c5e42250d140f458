"""Small rules of the domain's values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from portal.domain.errors import Forbidden, RateLimited, UpstreamUnavailable
from portal.domain.money import Money
from portal.domain.periods import Interval, Period, today_in
from portal.domain.statuses import MessageStatus
from tests.support.fakes_analytics import actor


def test_actor_token_stays_out_of_its_representation() -> None:
    assert actor().token not in repr(actor())


def test_period_previous_is_as_long_and_ends_the_day_before() -> None:
    assert Period(dt.date(2026, 3, 1), dt.date(2026, 3, 7)).previous() == Period(
        dt.date(2026, 2, 22), dt.date(2026, 2, 28)
    )


def test_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot start"):
        Period(dt.date(2026, 3, 2), dt.date(2026, 3, 1))


@pytest.mark.parametrize(("days", "allowed"), [(1, {"hour"}), (7, {"hour", "day"}), (30, {"day", "week"})])
def test_period_allows_only_intervals_that_fit(days: int, allowed: set[str]) -> None:
    start = dt.date(2026, 3, 1)
    assert set(Period(start, start + dt.timedelta(days=days - 1)).allowed_intervals()) == {Interval(i) for i in allowed}


def test_today_in_kabul_is_tomorrow_late_in_the_utc_evening() -> None:
    late = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)
    assert today_in("Asia/Kabul", late) == dt.date(2026, 11, 21)
    assert today_in("UTC", late) == dt.date(2026, 11, 20)


def test_status_final_is_what_nothing_changes_any_more() -> None:
    assert [status.value for status in MessageStatus if not status.final] == ["queued", "held", "sent"]


def test_money_of_nothing_is_false() -> None:
    assert not Money(Decimal("0.0000"), "AFN")
    assert Money(Decimal("-0.0001"), "AFN")


def test_errors_carry_what_is_needed_to_act() -> None:
    assert UpstreamUnavailable("x", resets_in=3, request_id="r").resets_in == 3
    assert RateLimited(retry_after=7).retry_after == 7
    assert Forbidden(permission="owner").permission == "owner"
