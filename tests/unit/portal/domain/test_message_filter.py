"""The message log's filter: read from the address, written for the platform."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.message_filter import MessageFilter
from portal.domain.query import Problem

NAMES = (
    "startDate", "endDate", "status", "operator", "senderId", "from", "errorCode", "country", "destination", "to",
    "weekday", "hour", "q", "tenantId",
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30),
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 12, 31)).map(dt.date.isoformat),
    st.dates(dt.date(2001, 1, 1), dt.date(2099, 1, 1)).map(lambda day: f"{day}T10:00:00+04:30"),
    st.sampled_from(["delivered", "۳", "23", "af", "+93701234567", "۰۷۰*", "msg_01"]),
)


def test_filter_of_an_empty_address_is_everything() -> None:
    wanted = MessageFilter.from_search("")
    assert not wanted.narrowed
    assert wanted.to_query_string() == ""


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("۰۷۰ ۱۲۳ ۴۵۶۷", "0701234567"),
        ("٠٧٠*", "070*"),
        ("+93 (70) 123-4567", "+93701234567"),
        (" 93701234567", "+93701234567"),
        ("9370*", "+9370*"),
    ],
)
def test_filter_recipient_in_any_digits_and_spelling_is_sent_plainly(typed: str, sent: str) -> None:
    assert MessageFilter.from_params({"to": typed}).recipient == sent


def test_filter_recipient_with_an_unencoded_plus_is_still_international() -> None:
    assert MessageFilter.from_search("?to=+93701234567").recipient == "+93701234567"


def test_filter_search_text_has_ascii_digits() -> None:
    assert MessageFilter.from_params({"q": "۴۵۶"}).text == "456"


def test_filter_older_name_of_the_sender_is_understood() -> None:
    assert MessageFilter.from_search("from=OTP&senderId=Bank").sender_ids == ("Bank", "OTP")


def test_filter_reversed_days_are_swapped_and_reported() -> None:
    wanted = MessageFilter.from_search("startDate=2026-11-05&endDate=2026-11-01")
    assert (wanted.start, wanted.end) == (dt.date(2026, 11, 1), dt.date(2026, 11, 5))
    assert wanted.problems == (Problem.REVERSED,)


def test_filter_day_beside_an_instant_becomes_two_days() -> None:
    wanted = MessageFilter.from_search("startDate=2026-11-01&endDate=2026-11-02T10:00:00Z")
    assert (wanted.start, wanted.end) == (dt.date(2026, 11, 1), dt.date(2026, 11, 2))


@pytest.mark.parametrize(
    "search", ["weekday=0", "weekday=8", "hour=24", "hour=-1", "hour=x", "country=AFG", "country=1A"]
)
def test_filter_values_out_of_range_are_left_out(search: str) -> None:
    assert not MessageFilter.from_search(search).narrowed


def test_filter_without_removes_one_value_and_keeps_the_rest() -> None:
    wanted = MessageFilter.from_search("status=failed&status=expired&hour=13&weekday=6")
    assert wanted.without("status", "failed").to_query_string() == "status=expired&weekday=6&hour=13"
    assert wanted.without("hour").to_query_string() == "status=failed&status=expired&weekday=6"


def test_filter_cleared_keeps_the_tenant_alone() -> None:
    tenant = "00000000-0000-7000-8000-000000000001"
    wanted = MessageFilter.from_search(f"status=failed&tenantId={tenant}")
    assert wanted.cleared().to_query_string() == f"tenantId={tenant}"


def test_filter_choosing_keeps_what_has_no_control() -> None:
    wanted = MessageFilter.from_search("hour=13&errorCode=absent&status=failed")
    chosen = wanted.choosing(text="", recipient="070*", statuses=["sent"], operators=[], senders=[])
    assert chosen.to_query_string() == "status=sent&errorCode=absent&to=070*&hour=13"


@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=14))
def test_filter_from_anything_round_trips(pairs: list[tuple[str, str]]) -> None:
    params: dict[str, list[str]] = {}
    for name, value in pairs:
        params.setdefault(name, []).append(value)
    wanted = MessageFilter.from_params(params)
    again = MessageFilter.from_search(wanted.to_query_string())
    assert again.to_params() == wanted.to_params()
    assert again.problems == ()
    if wanted.start is not None and wanted.end is not None:
        assert isinstance(wanted.start, dt.datetime) == isinstance(wanted.end, dt.datetime)
