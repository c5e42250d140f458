from __future__ import annotations

import datetime as dt

import pytest

from portal.domain.delivery_filter import DeliveryFilter, hours_ago

SINCE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def test_filter_is_written_as_it_is_read() -> None:
    wanted = DeliveryFilter("failed", "message.sent", "5xx", SINCE, "msg_1", "abc")
    assert DeliveryFilter.from_search(wanted.to_query_string("t")) == wanted


@pytest.mark.parametrize(
    "search",
    [
        "status=lost",
        "httpStatus=9xx",
        "eventType=a%20b",
        "eventType=%3Cb%3E",
        "since=yesterday",
        "since=2026-11-20",
        "",
    ],
)
def test_what_cannot_be_read_counts_as_not_given(search: str) -> None:
    assert DeliveryFilter.from_search(search) == DeliveryFilter()


def test_another_condition_begins_at_the_first_page() -> None:
    assert DeliveryFilter(cursor="abc").choosing(status="failed") == DeliveryFilter(status="failed")


def test_moments_are_whole_minutes_so_that_pages_belong_together() -> None:
    assert hours_ago(SINCE + dt.timedelta(seconds=59, microseconds=3), 2) == SINCE - dt.timedelta(hours=2)
