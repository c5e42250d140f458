"""A request that comes again has one effect and one answer, also while the first is still on its way."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Response

from gateway.api.idempotency import HEADER, REPLAYED, once
from gateway.api.problems import Problem
from gateway.store import idempotency as store
from gateway.store.events import emit
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import NOW, World

SECRET = "gsk_live_shown_only_once"


def submit(world: World, key: str | None, body: dict[str, Any], *, tenant: Any = None, wait: Any = None) -> Response:
    """A call whose effect is one event, as a handler would make it."""
    owner = tenant or world.tenant
    headers = {HEADER: key} if key is not None else {}
    with (
        world.app.test_request_context("/v1/things", method="POST", json=body, headers=headers),
        tenant_transaction(world.api_engine, owner) as connection,
    ):

        def produce() -> Response:
            if wait is not None:
                wait()
            emit(connection, owner, "test.idempotency", {"name": body["name"]})
            return Response(f'{{"rawKey":"{SECRET}","name":"{body["name"]}"}}', 201, mimetype="application/json")

        return once(connection, owner, produce)


def effects(world: World, name: str) -> int:
    return int(
        world.sql(
            "SELECT count(*) FROM platform_events WHERE event_type = 'test.idempotency' AND data->>'name' = :name",
            name=name,
        )[0][0]
    )


def test_same_key_and_request_has_one_effect_and_the_first_answer(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())
    first, second = (submit(world, key, {"name": name}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_data() == second.get_data()
    assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
    assert effects(world, name) == 1


def test_without_a_key_each_request_has_its_effect(world: World) -> None:
    name = str(uuid4())
    for _ in range(2):
        submit(world, None, {"name": name})
    assert effects(world, name) == 2


def test_same_key_with_another_request_is_refused_and_has_no_effect(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())
    submit(world, key, {"name": str(uuid4())})
    with pytest.raises(Problem) as raised:
        submit(world, key, {"name": name})
    assert [item.code for item in raised.value.errors] == ["idempotency_key_reused"]
    assert effects(world, name) == 0


def test_another_account_may_use_the_same_key(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())
    submit(world, key, {"name": name})
    assert REPLAYED not in submit(world, key, {"name": name}, tenant=world.other).headers
    assert effects(world, name) == 2


def test_two_at_once_have_one_effect(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert go_on.wait(30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(submit, world, key, {"name": name}, wait=hold)
        assert inside.wait(30)
        second = pool.submit(submit, world, key, {"name": name})
        waiting = (
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        while not second.done() and not world.sql(waiting)[0][0]:
            pass
        go_on.set()
        assert first.result(30).get_data() == second.result(30).get_data()
    assert effects(world, name) == 1


def test_a_failed_request_leaves_its_key_unused(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())

    def fail() -> None:
        raise RuntimeError("on the way")

    with pytest.raises(RuntimeError):
        submit(world, key, {"name": name}, wait=fail)
    assert submit(world, key, {"name": name}).status_code == 201
    assert effects(world, name) == 1


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "کلید"])
def test_malformed_key_is_refused(world: World, key: str) -> None:
    with pytest.raises(Problem) as raised:
        submit(world, key, {"name": str(uuid4())})
    assert [item.field for item in raised.value.errors] == [HEADER]


def test_the_table_holds_neither_key_nor_answer(world: World) -> None:
    key = str(uuid4())
    submit(world, key, {"name": str(uuid4())})
    dump = str(world.sql("SELECT i::text, encode(sealed_answer, 'escape') FROM idempotency_keys i"))
    assert SECRET not in dump
    assert key not in dump


def test_expired_keys_are_new_again_and_are_purged(world: World) -> None:
    key, name = str(uuid4()), str(uuid4())
    submit(world, key, {"name": name})
    with world.worker_engine.begin() as connection:
        store.purge(connection, NOW)
    assert submit(world, key, {"name": name}).headers[REPLAYED] == "true"
    with world.worker_engine.begin() as connection:
        assert store.purge(connection, NOW + timedelta(hours=25)) >= 1
    assert REPLAYED not in submit(world, key, {"name": name}).headers
    assert effects(world, name) == 2
