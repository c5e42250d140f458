"""Accepting messages: what is refused and in which words, what is stored, and that one request sends one message."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.api.idempotency import HEADER, REPLAYED
from gateway.store import ledger, outbound
from tests.support.api_world import NOW, World

GOOD = {"to": "+93701234567", "from": "BANK", "body": "Your code is 123456"}
LEFT = Decimal("749.5")
"""What the world's first tenant has in its balance."""


def send(world: World, who: str = "developer", key: str | None = None, **changes: Any) -> Any:
    body = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return world.client(who).post("/v1/messages", json=body, headers={HEADER: key} if key else {})


def stored(world: World, tenant: UUID | None = None) -> list[Any]:
    return world.sql(
        "SELECT m.*, o.carrier, o.state, o.due_at, o.expires_at FROM messages m"
        " LEFT JOIN outbound_messages o USING (tenant_id, message_id)"
        " WHERE source IN ('api', 'test') AND tenant_id = :tenant",
        tenant=tenant or world.tenant,
    )


def balance(world: World, tenant: UUID | None = None) -> ledger.Balances:
    with world.worker_engine.begin() as connection:
        owner = tenant or world.tenant
        assert ledger.differences(connection, owner) + outbound.differences(connection, owner) == []
        return ledger.get_balances(connection, owner)


def test_accepted_message_is_stored_queued_and_reserved(own_world: World) -> None:
    answer = send(own_world)
    assert answer.status_code == 202
    assert answer.json | {"messageId": "…"} == {
        "messageId": "…", "status": "queued", "segments": 1, "encoding": "GSM-7",
        "price": {"amount": "0.3500", "currency": "AFN"},
    }  # fmt: skip
    [row] = stored(own_world)
    assert (row.recipient, row.sender_id, row.body, row.operator, row.status) == (*GOOD.values(), "AWCC", "queued")
    assert (row.price, row.source, row.carrier, row.state) == (Decimal("0.35"), "api", "simulator", "waiting")
    assert row.submitted_at == row.due_at == NOW < row.expires_at
    assert balance(own_world) == ledger.Balances(LEFT - Decimal("0.35"), Decimal("0.35"))
    detail = own_world.get("viewer", f"/v1/messages/{answer.json['messageId']}").json
    assert (detail["status"], [event["status"] for event in detail["timeline"]]) == ("queued", ["queued"])
    assert own_world.get("owner", "/v1/billing/balance").json["balance"]["amount"] == "749.1500"


@pytest.mark.parametrize(
    "written",
    ["+93701234567", "0701234567", "۰۷۰۱۲۳۴۵۶۷", "٠٧٠١٢٣٤٥٦٧", "0093 70 123 4567", "+93 (70) 123-4567", "93701234567"],
)
def test_recipient_is_understood_in_any_digits_and_form(written: str, own_world: World) -> None:
    assert send(own_world, to=written).status_code == 202
    assert [row.recipient for row in stored(own_world)] == ["+93701234567"]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"to": ""}, {"to": "string_too_short"}),
        ({"to": ...}, {"to": "missing"}),
        ({"to": None}, {"to": "string_type"}),
        ({"to": 93701234567}, {"to": "string_type"}),
        ({"to": "07012"}, {"to": "phone_number"}),
        ({"to": "+937012345678901"}, {"to": "phone_number"}),
        ({"to": "BANK"}, {"to": "phone_number"}),
        ({"to": "+93701234567,+93701234568"}, {"to": "phone_number"}),
        ({"to": "9" * 41}, {"to": "string_too_long"}),
        ({"from": ...}, {"from": "missing"}),
        ({"from": ""}, {"from": "string_too_short"}),
        ({"from": "ABCDEFGHIJKL"}, {"from": "string_too_long"}),
        ({"from": "1234"}, {"from": "sender_id"}),
        ({"from": "۱۲۳"}, {"from": "sender_id"}),
        ({"from": "Bänk"}, {"from": "sender_id"}),
        ({"from": "BA-NK"}, {"from": "sender_id"}),
        ({"from": " BANK"}, {"from": "sender_id"}),
        ({"from": "   "}, {"from": "sender_id"}),
        ({"from": "BANK\n"}, {"from": "sender_id"}),
        ({"body": ...}, {"body": "missing"}),
        ({"body": ""}, {"body": "string_too_short"}),
        ({"body": "x" * 1531}, {"body": "string_too_long"}),
        ({"body": "س" * 671}, {"body": "too_many_parts"}),
        ({"body": "a\0b"}, {"body": "characters"}),
        ({"body": {"text": "x"}}, {"body": "string_type"}),
        ({"when": "now"}, {"when": "extra_forbidden"}),
        ({"to": "x", "from": "1", "body": "", "z": 1},
         {"to": "phone_number", "from": "sender_id", "body": "string_too_short", "z": "extra_forbidden"}),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_every_field_at_once_and_nothing_stored(
    changes: dict[str, Any], problems: dict[str, str], world: World
) -> None:
    answer = send(world, **changes)
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
    assert {item["field"]: item["code"] for item in answer.json["errors"]} == problems
    assert all(item["detail"] for item in answer.json["errors"])
    assert stored(world) == []


@pytest.mark.parametrize("text", [r"\ud83d", r"a\udc00", r"\ude00\ud83d"])
def test_lone_surrogate_is_refused(text: str, world: World) -> None:
    body = json.dumps(GOOD).replace("Your code is 123456", text)
    for path in ("/v1/messages", "/v1/messages/preview"):
        answer = world.client("owner").post(path, data=body, content_type="application/json")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "body")
    assert stored(world) == []


@pytest.mark.parametrize(
    ("body", "parts", "encoding"),
    [
        ("x" * 1530, 10, "GSM-7"), ("س" * 670, 10, "UCS-2"), ("]" * 153, 3, "GSM-7"), ("😀" * 35, 1, "UCS-2"),
        ("😀" * 36, 2, "UCS-2"), (" ", 1, "GSM-7"), ("a\r\nb\f", 1, "GSM-7"),
    ],
)  # fmt: skip
def test_price_is_that_of_all_parts(body: str, parts: int, encoding: str, own_world: World) -> None:
    answer = send(own_world, body=body, to="+93791234567")
    assert (answer.json["segments"], answer.json["encoding"]) == (parts, encoding)
    assert Decimal(answer.json["price"]["amount"]) == parts * Decimal("0.38")
    assert [row.body for row in stored(own_world)] == [body]


def test_balance_that_does_not_hold_the_price_is_402_with_what_is_missing(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        ledger.adjust(connection, own_world.tenant, -LEFT + 1, "")
    assert send(own_world, body="x" * 200).status_code == 202
    key = str(uuid4())
    answer = send(own_world, body="x" * 200, key=key)
    assert (answer.status_code, answer.json["code"]) == (402, "insufficient_balance")
    assert "costs 0.7000 AFN and 0.3000 AFN is left: 0.4000 AFN is missing" in answer.json["detail"]
    assert len(stored(own_world)) == 1
    assert balance(own_world).available == Decimal("0.3")
    with own_world.worker_engine.begin() as connection:
        ledger.top_up(connection, own_world.tenant, Decimal(5))
    assert send(own_world, body="x" * 200, key=key).status_code == 202  # a refusal does not use up the key


def test_currency_without_price_list_is_told_at_the_recipient(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM default_prices WHERE currency = 'EUR'")
    for path in ("/v1/messages", "/v1/messages/preview"):
        answer = own_world.client("stranger").post(path, json=GOOD)
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "no_price")


def test_double_click_and_lost_response_send_one_message(own_world: World) -> None:
    key, together = str(uuid4()), threading.Barrier(4)

    def click(_: int) -> Any:
        together.wait(30)
        return send(own_world, key=key)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, range(4)))
    again = send(own_world, key=key)
    assert {answer.status_code for answer in [*answers, again]} == {202}
    assert {answer.get_data() for answer in [*answers, again]} == {again.get_data()}
    assert again.headers[REPLAYED] == "true"
    assert len(stored(own_world)) == 1
    assert balance(own_world).reserved == Decimal("0.35")


def test_key_with_another_message_is_refused(own_world: World) -> None:
    key = str(uuid4())
    assert send(own_world, key=key).status_code == 202
    assert send(own_world, key=key, body="other").status_code == 422
    assert len(stored(own_world)) == 1


def test_parallel_sends_spend_what_there_is_and_no_more(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        ledger.adjust(connection, own_world.tenant, -LEFT + Decimal("2.5"), "")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(own_world).status_code, range(20)))
    assert (answers.count(202), answers.count(402)) == (7, 13)
    assert balance(own_world) == ledger.Balances(Decimal("0.05"), Decimal("2.45"))
    assert len(stored(own_world)) == 7


def test_each_tenant_sends_from_its_own_account(own_world: World) -> None:
    assert send(own_world, "stranger").json["price"] == {"amount": "0.0600", "currency": "EUR"}
    assert stored(own_world) == []
    assert [row.price for row in stored(own_world, own_world.other)] == [Decimal("0.06")]
    assert balance(own_world).reserved == 0
    assert balance(own_world, own_world.other).reserved == Decimal("0.06")


@pytest.mark.parametrize("who", ["billing", "viewer", "no_role", "tam", "unassigned_tam", "admin", "impostor"])
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/preview"])
def test_others_than_builders_neither_send_nor_preview(who: str, path: str, world: World) -> None:
    answer = world.client(who).post(path, json=GOOD)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert stored(world) == []


def test_test_mode_reaches_the_simulator_alone_and_costs_nothing(own_world: World) -> None:
    key_id = uuid4()
    developer = own_world.people["developer"]
    own_world.people["test_key"] = replace(developer, api_key_id=key_id, mode="test")
    answer = send(own_world, "test_key")
    assert (answer.status_code, answer.json["price"]["amount"]) == (202, "0.0000")
    [row] = stored(own_world)
    assert (row.source, row.carrier, row.price, row.api_key_id) == ("test", "simulator", 0, key_id)
    assert balance(own_world) == ledger.Balances(LEFT, Decimal(0))


def test_preview_says_what_forces_ucs2_and_what_it_costs_and_stores_nothing(world: World) -> None:
    body = {"to": "۰۷۹۱۲۳۴۵۶۷", "body": "Café “Kabul” – ten"}
    preview = world.client("developer").post("/v1/messages/preview", json=body).json
    assert (preview["encoding"], preview["units"], preview["segments"], preview["room"]) == ("UCS-2", 18, 1, 52)
    assert [(each["index"], each["text"], each["replacement"]) for each in preview["forcing"]] == [
        (5, "“", '"'), (11, "”", '"'), (13, "–", "-"),
    ]  # fmt: skip
    assert preview["plain"] == {"body": 'Café "Kabul" - ten', "units": 18, "segments": 1}
    assert (preview["to"], preview["operator"], preview["country"]) == ("+93791234567", "Roshan", "AF")
    assert preview["price"] == preview["segmentPrice"] == {"amount": "0.3800", "currency": "AFN"}
    assert preview["parts"] == [{"start": 0, "end": 18, "units": 18}]
    assert stored(world) == []


def test_preview_of_unfinished_text_answers_without_a_price(world: World) -> None:
    empty = world.client("owner").post("/v1/messages/preview", json={"body": ""}).json
    assert (empty["segments"], empty["price"], empty["to"], empty["forcing"], empty["room"]) == (1, None, None, [], 160)
    long = world.client("owner").post("/v1/messages/preview", json={"body": "س" * 700}).json
    assert (long["segments"], long["mostSegments"], len(long["parts"])) == (11, 10, 11)
    assert (len(long["forcing"]), long["forcingCount"], long["plain"]) == (50, 700, None)


def test_preview_names_every_wrong_field(world: World) -> None:
    answer = world.client("owner").post("/v1/messages/preview", json={"to": "x", "from": "1", "body": "a\0"})
    assert {item["field"] for item in answer.json["errors"]} == {"to", "from", "body"}


@pytest.mark.parametrize(
    ("path", "methods"), [("/v1/messages/preview", "OPTIONS, POST"), ("/v1/messages", "GET, HEAD, OPTIONS, POST")]
)
def test_allowed_methods_are_those_of_the_path_alone(path: str, methods: str, world: World) -> None:
    assert world.client("owner").options(path).headers["Allow"] == methods
    refused = world.client("owner").open(path, method="PUT")
    assert (refused.status_code, refused.headers["Allow"]) == (405, methods)


def test_preview_is_no_message(world: World) -> None:
    assert world.client("owner").get("/v1/messages/preview").status_code == 405
