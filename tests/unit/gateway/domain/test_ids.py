from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import ids

TENANT = UUID("0199a0b0-0000-7000-8000-000000000001")
OTHER = UUID("0199a0b0-0000-7000-8000-000000000002")
AT = datetime(2026, 11, 21, 3, 53, 39, 123456, tzinfo=UTC)

moments = st.timedeltas(timedelta(), timedelta(days=84_000)).map(lambda age: datetime(1970, 1, 1, tzinfo=UTC) + age)
numbers = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))


def test_message_id_is_the_same_for_the_same_message() -> None:
    assert ids.message_id(TENANT, AT, "import", "a1") == ids.message_id(TENANT, AT, "import", "a1")


def test_message_id_differs_by_tenant_time_source_and_name() -> None:
    known = {
        ids.message_id(TENANT, AT, "import", "a1"),
        ids.message_id(OTHER, AT, "import", "a1"),
        ids.message_id(TENANT, AT + timedelta(milliseconds=1), "import", "a1"),
        ids.message_id(TENANT, AT, "api", "a1"),
        ids.message_id(TENANT, AT, "import", "a2"),
        ids.message_id(TENANT, AT, "importa", "1"),
    }
    assert len(known) == 6


@given(moments, st.text(max_size=40), st.text(max_size=40))
def test_message_id_is_a_version_7_uuid_that_holds_its_time(moment: datetime, source: str, name: str) -> None:
    found = ids.message_id(TENANT, moment, source, name)
    assert (found.version, found.variant) == (7, "specified in RFC 4122")
    assert ids.submitted_at_of(found) == ids.to_milliseconds(moment)
    assert timedelta() <= moment - ids.to_milliseconds(moment) < timedelta(milliseconds=1)


@given(st.lists(moments, min_size=2, max_size=5))
def test_message_ids_sort_by_time(times: list[datetime]) -> None:
    made = sorted(ids.message_id(TENANT, moment, "api", "x") for moment in times)
    assert [ids.submitted_at_of(one) for one in made] == sorted(ids.to_milliseconds(moment) for moment in times)


def test_message_id_reads_the_instant_and_not_the_zone() -> None:
    kabul = AT.astimezone(timezone(timedelta(hours=4, minutes=30)))
    assert ids.message_id(TENANT, kabul, "api", "x") == ids.message_id(TENANT, AT, "api", "x")


def test_message_id_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="1969"):
        ids.message_id(TENANT, datetime(1969, 12, 31, tzinfo=UTC), "api", "x")


def test_new_message_ids_of_one_moment_stand_in_order_and_hold_it() -> None:
    moment = datetime(2026, 11, 21, 5, 30, 0, 250_000, tzinfo=UTC)
    made = ids.new_message_ids(moment, 500)
    assert len(set(made)) == 500
    assert made == sorted(made)
    assert {ids.submitted_at_of(each) for each in made} == {moment}
    assert {each.version for each in made} == {7}


def test_new_message_id_is_never_the_same() -> None:
    assert len({ids.new_message_id(AT) for _ in range(100)}) == 100


@given(numbers)
def test_encode_decode_round_trip(number: UUID) -> None:
    text = ids.encode(number)
    assert len(text) == 30
    assert ids.decode(text) == number
    assert ids.decode(text.lower()) == number


@given(numbers, numbers)
def test_encoded_ids_sort_like_the_ids(one: UUID, other: UUID) -> None:
    assert (ids.encode(one) < ids.encode(other)) == (one < other)


def test_decode_reads_what_people_mistake_for_digits() -> None:
    assert ids.decode("msg_OOOOOOOOOOOOOOOOOOOOOOOOIL") == ids.decode("msg_00000000000000000000000011")


@pytest.mark.parametrize(
    "text",
    ["", "msg_", "0" * 30, "msg_" + "0" * 25, "msg_" + "0" * 27, "msg_8" + "0" * 25, "msg_" + "U" * 26, "msg_" + "٠" * 26,
     "msg_" + "0" * 26 + "\n", "key_" + "0" * 26],
)  # fmt: skip
def test_decode_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(ids.InvalidMessageId):
        ids.decode(text)
