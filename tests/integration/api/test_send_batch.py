"""Sending many at once: each is judged alone and in order, all good ones are stored together, and a repetition sends nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.api.idempotency import HEADER, REPLAYED
from gateway.api.models.sending import LARGEST_BATCH
from gateway.domain import ids
from gateway.store import ledger, rollups
from gateway.store.accounts import create_tenant
from gateway.store.tenancy import tenant_transaction
from tests.integration.api.batches import GOOD, LEFT, PRICE, balance, leave, message, send, stored
from tests.support.api_world import NOW, World
from tests.support.contents import contents


def test_good_ones_are_sent_and_bad_ones_are_told_at_their_place(own_world: World) -> None:
    wanted = [
        message(reference="a"),
        message(to="07012", body=""),
        5,
        message(body="س" * 71),
        message(when="now"),
        None,
    ]
    answer = send(own_world, wanted)
    assert answer.status_code == 202
    told = answer.json
    assert (told["accepted"], told["repeated"], told["refused"]) == (2, 0, 4)
    assert told["price"] == {"amount": "1.0500", "currency": "AFN"}
    assert [each["index"] for each in told["results"]] == list(range(6))
    assert [each["status"] for each in told["results"]] == [
        "queued",
        "refused",
        "refused",
        "queued",
        "refused",
        "refused",
    ]
    assert [each["reference"] for each in told["results"]] == ["a", None, None, None, None, None]
    problems = [each["problem"] for each in told["results"]]
    assert problems[0] is problems[3] is None
    assert {problem["code"] for problem in problems if problem} == {"validation_failed"}
    assert [{item["field"]: item["code"] for item in problem["errors"]} for problem in problems if problem] == [
        {"to": "phone_number", "body": "string_too_short"}, {"": "object"}, {"when": "extra_forbidden"}, {"": "object"},
    ]  # fmt: skip
    rows = stored(own_world)
    assert [ids.encode(row.message_id) for row in rows] == [
        each["messageId"] for each in told["results"] if each["messageId"]
    ]
    assert [(row.reference, row.segments, row.encoding, row.price) for row in rows] == [
        ("a", 1, "GSM-7", PRICE), (None, 2, "UCS-2", 2 * PRICE),
    ]  # fmt: skip
    assert {(row.status, row.carrier, row.state, row.due_at) for row in rows} == {
        ("queued", "simulator", "waiting", NOW)
    }
    assert balance(own_world) == ledger.Balances(LEFT - 3 * PRICE, 3 * PRICE)
    detail = own_world.get("viewer", f"/v1/messages/{told['results'][0]['messageId']}").json
    assert (detail["reference"], [event["status"] for event in detail["timeline"]]) == ("a", ["queued"])


def test_balance_goes_to_the_first_that_it_holds_and_each_other_is_told_what_is_missing(own_world: World) -> None:
    leave(own_world, Decimal("1.2"))
    wanted = [message(), message(body="x" * 400), message(body="x" * 200), message(), message()]
    told = send(own_world, wanted).json
    assert [each["status"] for each in told["results"]] == ["queued", "refused", "queued", "refused", "refused"]
    refused = [each["problem"] for each in told["results"] if each["problem"]]
    assert {problem["code"] for problem in refused} == {"insufficient_balance"}
    assert refused[0]["detail"] == "The message costs 1.0500 AFN and 0.8500 AFN is left: 0.2000 AFN is missing."
    assert refused[1]["detail"] == "The message costs 0.3500 AFN and 0.1500 AFN is left: 0.2000 AFN is missing."
    assert balance(own_world) == ledger.Balances(Decimal("0.15"), 3 * PRICE)
    assert len(stored(own_world)) == 2


def test_parallel_batches_spend_what_there_is_and_no_more(own_world: World) -> None:
    leave(own_world, Decimal("7.1"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(own_world, [message()] * 8), range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(answer.json["accepted"] for answer in answers) == 20
    assert sum(answer.json["refused"] for answer in answers) == 12
    assert balance(own_world) == ledger.Balances(Decimal("0.1"), 20 * PRICE)
    assert len(stored(own_world)) == 20


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "messages", "missing"),
        ({"messages": []}, "messages", "too_short"),
        ({"messages": [GOOD] * (LARGEST_BATCH + 1)}, "messages", "too_long"),
        ({"messages": GOOD}, "messages", "list_type"),
        ({"messages": [GOOD], "from": "BANK"}, "from", "extra_forbidden"),
    ],
)
def test_call_that_is_no_batch_is_refused_as_a_whole(body: Any, field: str, code: str, world: World) -> None:
    answer = world.client("owner").post("/v1/messages/batch", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"], answer.json["errors"][0]["code"]) == (
        422,
        field,
        code,
    )
    assert stored(world) == []


def test_largest_batch_goes_through(own_world: World) -> None:
    told = send(own_world, [message(to=f"+9370{number:07}") for number in range(LARGEST_BATCH)]).json
    assert (told["accepted"], told["price"]["amount"]) == (LARGEST_BATCH, "350.0000")
    assert [row.recipient for row in stored(own_world)] == [f"+9370{number:07}" for number in range(LARGEST_BATCH)]
    assert balance(own_world).reserved == LARGEST_BATCH * PRICE


def test_test_mode_reaches_the_simulator_alone_and_costs_nothing(own_world: World) -> None:
    own_world.people["test_key"] = replace(own_world.people["developer"], api_key_id=uuid4(), mode="test")
    told = send(own_world, [message(), message()], "test_key").json
    assert (told["accepted"], told["price"]["amount"]) == (2, "0.0000")
    assert {(row.source, row.carrier, row.price) for row in stored(own_world)} == {("test", "simulator", 0)}
    assert balance(own_world) == ledger.Balances(LEFT, Decimal(0))


@pytest.mark.parametrize("who", ["billing", "viewer", "no_role", "tam", "unassigned_tam", "admin", "impostor"])
def test_others_than_builders_send_nothing(who: str, world: World) -> None:
    answer = send(world, [message()], who)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert stored(world) == []


def test_who_looks_as_a_customer_does_sends_nothing(world: World) -> None:
    for role in ("owner", "developer"):
        assert send(world, [message()], "admin", **{"X-Preview-Role": role}).status_code == 403
    assert stored(world) == []


def test_batch_is_no_message_and_has_its_methods_alone(world: World) -> None:
    assert world.client("owner").get("/v1/messages/batch").status_code == 405
    assert world.client("owner").options("/v1/messages/batch").headers["Allow"] == "OPTIONS, POST"


# -- the same as one by one ------------------------------------------------------------------------------------------

ITEMS = st.lists(
    st.builds(
        message,
        to=st.sampled_from(["+93701234567", "0791234567", "+4915112345678", "nobody", "+93744123456"]),
        body=st.sampled_from(["Hello", "x" * 161, "سلام", "س" * 140, ""]),
        reference=st.sampled_from([None, None, "a", "b"]),
        **{"from": st.sampled_from(["BANK", "SHOP", "12"])},
    ),
    min_size=1,
    max_size=9,
)
_TABLES = {
    "messages": (
        "status, segments, price, country, operator, destination, recipient, sender_id, encoding, source, body, reference,"
        " external_id, error_code, sent_at, final_at, api_key_id, submitted_at"
    ),
    "message_events": "at, seq, status, kind, source, carrier_code, detail, submitted_at",
    "outbound_messages": "carrier, state, due_at, expires_at, attempts, claim_id, submitted_at",
    "ledger_entries": "at, kind, debit, credit, amount, currency, note",
    "ledger_balances": "available, reserved",
    "message_references": "source, reference, submitted_at",
    "platform_events": "event_type",
    **{rollup.table: f"{', '.join(rollup.keys)}, {', '.join(rollup.measures)}" for rollup in rollups.ROLLUPS},
}


def state(world: World, tenant: UUID) -> dict[str, list[Any]]:
    """All that an acceptance writes, without ids."""
    with world.worker_engine.begin() as connection:
        rollups.fold_all(connection)
    return {
        table: sorted(map(repr, world.sql(f"SELECT {columns} FROM {table} WHERE tenant_id = :tenant", tenant=tenant)))
        for table, columns in _TABLES.items()
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=ITEMS, spendable=st.sampled_from([Decimal("0.5"), Decimal("1.5"), Decimal(50)]))
def test_batch_leaves_what_the_same_messages_sent_one_by_one_leave(
    items: list[dict[str, Any]], spendable: Decimal, changing_world: World
) -> None:
    world, tenants = changing_world, {}
    for who in ("single", "batch"):
        with world.worker_engine.begin() as connection:
            tenants[who] = create_tenant(connection, slug=f"{who}-{uuid4().hex[:8]}", name="The same")
            ledger.top_up(connection, tenants[who], spendable, "", NOW)
        world.people[who] = replace(world.people["developer"], tenant_id=tenants[who])
    ones = [world.client("single").post("/v1/messages", json=item) for item in items]
    told = send(world, items, "batch").json["results"]
    assert state(world, tenants["batch"]) == state(world, tenants["single"])
    for one, many in zip(ones, told, strict=True):
        if one.status_code == 202:
            names = ("status", "segments", "encoding", "price")
            assert {name: many[name] for name in names} == {name: one.json[name] for name in names}
            assert many["repeated"] == (REPLAYED in one.headers)
        else:
            assert many["problem"] == {name: one.json[name] for name in ("code", "detail", "errors")}
    balance(world, tenants["batch"])


# -- once ------------------------------------------------------------------------------------------------------------


def test_repeated_call_gets_the_same_bytes_and_sends_nothing(own_world: World) -> None:
    key, wanted = str(uuid4()), [message(), message(to="x"), message(reference="r")]
    first, second = (send(own_world, wanted, key=key) for _ in range(2))
    assert first.get_data() == second.get_data()
    assert (first.status_code, second.status_code, second.headers[REPLAYED]) == (202, 202, "true")
    assert len(stored(own_world)) == 2
    assert send(own_world, wanted[:2], key=key).json["errors"][0]["code"] == "idempotency_key_reused"
    assert own_world.client("developer").post("/v1/messages", json=GOOD, headers={HEADER: key}).status_code == 422
    assert len(stored(own_world)) == 2
    assert balance(own_world).reserved == 2 * PRICE


def test_same_call_many_times_at_once_is_done_once(own_world: World) -> None:
    key, together = str(uuid4()), threading.Barrier(4)

    def call(_: int) -> Any:
        together.wait(30)
        return send(own_world, [message(), message(reference="r")], key=key)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.get_data() for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 3
    assert len(stored(own_world)) == 2


def test_refusals_are_kept_with_the_answer(own_world: World) -> None:
    leave(own_world, Decimal(0))
    key = str(uuid4())
    first = send(own_world, [message()], key=key)
    assert first.json["refused"] == 1
    leave(own_world, Decimal(5))
    assert send(own_world, [message()], key=key).get_data() == first.get_data()
    assert send(own_world, [message()], key=str(uuid4())).json["accepted"] == 1


def test_batch_whose_connection_is_killed_at_its_last_step_leaves_nothing_and_can_be_repeated(
    own_world: World, fresh_database: str
) -> None:
    key, wanted = str(uuid4()), [message(reference=f"r{number}") for number in range(50)]
    before = contents(own_world)
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%accept_messages%'"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(fresh_database) as holder:
        holder.execute("SET LOCAL ROLE gateway_owner")
        holder.execute("UPDATE ledger_balances SET available = available WHERE tenant_id = %s", [own_world.tenant])
        holder.execute("RESET ROLE")
        answer = pool.submit(send, own_world, wanted, key=key)
        with psycopg.connect(fresh_database, autocommit=True) as killer:
            while not (found := killer.execute(waiting).fetchone()):
                assert not answer.done(), answer.result().get_data()
            killer.execute("SELECT pg_terminate_backend(%s)", found)
        killed = answer.result(60)
        holder.rollback()
    assert (killed.status_code, killed.json["code"]) == (503, "unavailable")
    assert contents(own_world) == before
    again = send(own_world, wanted, key=key)
    assert (again.status_code, again.json["accepted"], REPLAYED in again.headers) == (202, 50, False)
    assert balance(own_world).reserved == 50 * PRICE


def test_balance_of_another_account_cannot_be_reserved_by_the_api(own_world: World) -> None:
    statement = text("SELECT reserve_prices(:other, now(), ARRAY[gen_random_uuid()], ARRAY[0.1])")
    with tenant_transaction(own_world.api_engine, own_world.tenant) as connection:
        with pytest.raises(DBAPIError, match="belongs to another tenant"):
            connection.execute(statement, {"other": own_world.other})
        connection.rollback()
    assert balance(own_world, own_world.other).reserved == 0


@pytest.mark.parametrize("setting", ["on", ""])
def test_entry_without_the_function_moves_the_balance_or_is_none(setting: str, own_world: World) -> None:
    """Whatever a service sets, its own entries go through the trigger: the flag is believed of the owner alone."""
    entry = text(
        "INSERT INTO ledger_entries (tenant_id, kind, debit, credit, amount, message_id)"
        " VALUES (:tenant, 'reserve', 'balance', 'reserved', :amount, gen_random_uuid())"
    )
    for amount, written in ((Decimal(1), 1), (Decimal(100_000), 0)):
        with own_world.api_engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT set_config('app.tenant_id', :own, true), set_config('ledger.balance_moved', :setting, true)"
                ),
                {"own": str(own_world.tenant), "setting": setting},
            )
            assert connection.execute(entry, {"tenant": own_world.tenant, "amount": amount}).rowcount == written
    with own_world.worker_engine.begin() as connection:
        assert ledger.differences(connection, own_world.tenant) == []
        assert ledger.get_balances(connection, own_world.tenant) == ledger.Balances(LEFT - 1, Decimal(1))
