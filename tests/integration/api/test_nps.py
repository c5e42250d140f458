"""One question, once in a quarter, to each customer for themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from gateway.api.context import EXTENSION
from tests.support.api_world import NOW, World

NPS = "/v1/nps"


def at(world: World, now: datetime) -> None:
    """Have the API's clock show `now`."""
    world.app.extensions[EXTENSION] = replace(world.app.extensions[EXTENSION], now=lambda: now)


@pytest.fixture
def asked(own_world: World) -> World:
    """A world whose people have been there for long."""
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET created_at = '2026-01-01T00:00:00Z'")
    return own_world


def answers(world: World) -> list[Any]:
    people = {person.user_id: name for name, person in world.people.items()}
    rows = world.sql("SELECT tenant_id, user_id, score, comment FROM nps_answers ORDER BY answer_id")
    return [(row.tenant_id, people[row.user_id], row.score, row.comment) for row in rows if row.user_id in people]


def test_new_person_is_asked_after_a_while(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET created_at = '2026-11-01T00:00:00Z'")
    assert own_world.get("viewer", NPS).json == {"ask": False, "askAgainAt": "2026-12-01T00:00:00.000Z"}
    at(own_world, datetime.fromisoformat("2026-12-01T00:00:00Z"))
    assert own_world.get("viewer", NPS).json["ask"] is True


@pytest.mark.parametrize(
    ("body", "stored"),
    [({"score": 0}, (0, "")), ({"score": 10, "comment": " Good\nindeed "}, (10, "Good\nindeed")), ({"dismissed": True}, (None, ""))],
)  # fmt: skip
def test_answer_or_dismissal_ends_the_question_for_a_quarter(asked: World, body: Any, stored: Any) -> None:
    assert asked.get("owner", NPS).json["ask"] is True
    answer = asked.client("owner").post(NPS, json=body)
    assert (answer.status_code, answer.json) == (201, {"ask": False, "askAgainAt": "2027-02-18T09:00:00.000Z"})
    assert asked.get("owner", NPS).json == answer.json
    assert asked.get("viewer", NPS).json["ask"] is True, "others are asked for themselves"
    assert answers(asked) == [(asked.tenant, "owner", *stored)]
    at(asked, NOW + timedelta(days=89))
    assert asked.client("owner").post(NPS, json={"score": 5}).status_code == 409
    at(asked, NOW + timedelta(days=90))
    assert asked.get("owner", NPS).json["ask"] is True
    assert asked.client("owner").post(NPS, json={"score": 5}).status_code == 201
    assert len(answers(asked)) == 2


def test_answers_at_once_are_one(asked: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: asked.client("developer").post(NPS, json={"score": 7}).status_code, range(4)))
    assert sorted(found) == [201, 409, 409, 409]
    assert len(answers(asked)) == 1


def test_repeated_request_is_answered_as_the_first(asked: World) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    first, second = (asked.client("owner").post(NPS, json={"score": 8}, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code, second.json) == (201, 201, first.json)
    assert len(answers(asked)) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"score": 11}, {"score": -1}, {"score": 3, "dismissed": True}, {"dismissed": True, "comment": "no"},
     {"score": 3, "comment": "a\0b"}, {"score": 3, "comment": "x" * 1001}, {"comment": "only"}, {"score": None}],
    ids=str,
)  # fmt: skip
def test_answer_that_is_none_is_refused(asked: World, body: Any) -> None:
    assert asked.client("owner").post(NPS, json=body).status_code == 422
    assert answers(asked) == []


def test_answers_belong_to_the_account_of_whoever_gives_them(asked: World) -> None:
    assert asked.client("stranger").post(NPS, json={"score": 2}).status_code == 201
    assert answers(asked) == [(asked.other, "stranger", 2, "")]
