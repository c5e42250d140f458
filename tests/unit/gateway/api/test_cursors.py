"""A cursor leads back to its place, and nothing else is one."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.cursors import from_name, from_position, to_name, to_position
from gateway.api.problems import Problem
from gateway.store.positions import Position

moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
positions = st.builds(Position, moments, st.uuids())


@given(position=positions, query=st.text(max_size=50))
def test_cursor_round_trip_gives_the_place(position: Position, query: str) -> None:
    assert to_position(from_position(position, query), query) == position


@given(name=st.text(max_size=80).filter(lambda text: text.isprintable()), tenant=st.uuids())
def test_cursor_of_a_name_round_trip_gives_the_place(name: str, tenant: UUID) -> None:
    assert to_name(from_name(name, tenant, "q"), "q") == (name, tenant)


@given(position=positions, data=st.data())
def test_cursor_with_one_character_changed_is_refused(position: Position, data: st.DataObject) -> None:
    cursor = from_position(position, "q")
    place = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from("ABCabc012-_").filter(lambda char: char != cursor[place]))
    with pytest.raises(Problem):
        to_position(cursor[:place] + other + cursor[place + 1 :], "q")


@given(text=st.text(max_size=400))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        to_position(text, "q")


def test_cursor_of_another_query_is_refused() -> None:
    cursor = from_position(Position(datetime(2026, 1, 1, tzinfo=UTC), UUID(int=7)), "status=failed")
    with pytest.raises(Problem):
        to_position(cursor, "status=sent")
