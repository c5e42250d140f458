"""References: a name that a customer gives a message, under which it is sent once in whatever call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.api.context import EXTENSION
from gateway.api.idempotency import REPLAYED
from gateway.store.submissions import REFERENCES_KEPT_FOR, purge_references
from tests.integration.api.batches import GOOD, PRICE, balance, leave, message, send, stored
from tests.support.api_world import NOW, World


def test_reference_names_one_message_in_whatever_call(own_world: World) -> None:
    [first, twice, other] = send(
        own_world, [message(reference="r"), message(reference="r"), message(reference="r", body="Other")]
    ).json["results"]
    assert (first["repeated"], twice["repeated"], twice["messageId"]) == (False, True, first["messageId"])
    assert other["problem"]["errors"][0] | {"detail": "…"} == {
        "field": "reference", "code": "reference_reused", "detail": "…",
    }  # fmt: skip
    again = send(own_world, [message(reference="r", to="0701234567"), message(reference="s")]).json
    assert (again["accepted"], again["repeated"]) == (1, 1)
    assert again["results"][0] == first | {"repeated": True}
    alone = own_world.client("owner").post("/v1/messages", json=message(reference="r"))
    assert (alone.status_code, alone.json["messageId"], alone.headers[REPLAYED]) == (202, first["messageId"], "true")
    reused = own_world.client("owner").post("/v1/messages", json=message(reference="r", body="Other"))
    assert (reused.status_code, reused.json["errors"][0]["code"]) == (422, "reference_reused")
    assert sorted(row.reference for row in stored(own_world)) == ["r", "s"]
    assert balance(own_world).reserved == 2 * PRICE


def test_reference_of_a_refused_message_is_not_used_up(own_world: World) -> None:
    leave(own_world, Decimal("0.4"))
    told = send(own_world, [message(body="x" * 200, reference="r"), message(reference="r")]).json["results"]
    assert [each["status"] for each in told] == ["refused", "queued"]
    assert [row.body for row in stored(own_world)] == [GOOD["body"]]


def test_references_of_test_and_live_and_of_two_accounts_do_not_meet(own_world: World) -> None:
    own_world.people["test_key"] = replace(own_world.people["developer"], mode="test")
    for who in ("developer", "test_key", "stranger"):
        assert send(own_world, [message(reference="r")], who).json["accepted"] == 1
        assert send(own_world, [message(reference="r")], who).json["repeated"] == 1


def test_reference_is_free_again_after_a_day_and_is_forgotten(own_world: World) -> None:
    assert send(own_world, [message(reference="r"), message(reference="s")]).json["accepted"] == 2
    own = own_world.app.extensions[EXTENSION]
    later = NOW + REFERENCES_KEPT_FOR
    own_world.app.extensions[EXTENSION] = replace(own, now=lambda: later - timedelta(milliseconds=1))
    assert send(own_world, [message(reference="r")]).json["repeated"] == 1
    own_world.app.extensions[EXTENSION] = replace(own, now=lambda: later)
    assert send(own_world, [message(reference="r", body="Other")]).json["accepted"] == 1
    with own_world.worker_engine.begin() as connection:
        assert purge_references(connection, later) == 1
    assert [row.reference for row in own_world.sql("SELECT reference FROM message_references")] == ["r"]


def test_same_references_from_several_calls_at_once_send_each_message_once(own_world: World) -> None:
    together = threading.Barrier(4)

    def call(turn: int) -> Any:
        wanted = [message(reference=f"r{number}") for number in range(12)]
        together.wait(30)
        return send(own_world, wanted if turn % 2 else wanted[::-1])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(answer.json["accepted"] for answer in answers) == 12
    assert sum(answer.json["repeated"] for answer in answers) == 36
    assert sorted(row.reference for row in stored(own_world)) == sorted(f"r{number}" for number in range(12))


@pytest.mark.parametrize("reference", ["", "x" * 101, "a\nb", 7, ["r"]])
def test_reference_that_cannot_be_one_is_refused_and_not_repeated_in_the_answer(reference: Any, world: World) -> None:
    [told] = send(world, [message(reference=reference)]).json["results"]
    assert (told["status"], told["reference"], told["problem"]["errors"][0]["field"]) == ("refused", None, "reference")
    assert stored(world) == []


# -- all or nothing --------------------------------------------------------------------------------------------------
