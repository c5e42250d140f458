"""Calls made with API keys: what opens, what is refused on the very next call, and what is counted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from gateway.api.context import EXTENSION
from gateway.api.key_usage import REFUSALS_A_MINUTE
from gateway.api.permissions import PERMISSIONS, Door
from gateway.store import api_key_usage
from gateway.store.prepared import Direct, Prepared
from gateway.store.tenancy import tenant_transaction
from tests.integration.api.keys import Keys
from tests.integration.api.test_permissions import message_of
from tests.support.api_world import NOW, World

ALL_SCOPES = ["sms:send", "sms:read", "billing:read"]
GUARDED = [(method, route, rule.scope) for (method, route), rule in PERMISSIONS.items() if rule.door is Door.BEARER]


@pytest.fixture
def keys(own_world: World) -> Keys:
    return Keys(own_world)


@pytest.fixture(scope="module")
def shared_keys(world: World) -> dict[str, str]:
    """One key for each scope, and one with all."""
    made = {}
    for scopes in (*([scope] for scope in ALL_SCOPES), ALL_SCOPES):
        answer = world.client("owner").post("/v1/api-keys", json={"name": "By scope", "scopes": scopes})
        made["+".join(scopes)] = answer.json["rawKey"]
    return made


@pytest.mark.parametrize(("method", "route", "scope"), GUARDED, ids=lambda value: str(value)[:40])
def test_each_route_opens_for_its_scope_and_no_other(
    world: World, shared_keys: dict[str, str], method: str, route: str, scope: str | None
) -> None:
    path = route.replace("<messageId>", message_of(world, world.tenant))
    for scopes, raw_key in shared_keys.items():
        answer = world.app.test_client().open(
            path,
            method=method,
            headers={"Authorization": f"Bearer {raw_key}"},
            **({"json": {}} if method in {"POST", "PATCH", "PUT"} else {}),
        )
        if scope is not None and scope in scopes.split("+"):
            # Let in; what the call is about, or its body, may be wrong.
            assert answer.status_code in {200, 404, 422}, (scopes, answer.json)
        else:
            assert (answer.status_code, answer.json["code"]) == (403, "forbidden"), scopes
            detail = f"This key lacks the scope {scope}." if scope else "This call is for people; no key opens it."
            assert answer.json["detail"] == detail


def test_key_sees_its_own_account_whatever_it_names(keys: Keys) -> None:
    raw_key = keys.create(scopes=["billing:read"])["rawKey"]
    own = keys.call(raw_key, "/v1/billing/balance").json
    named = keys.call(raw_key, f"/v1/billing/balance?tenantId={keys.world.other}").json
    assert own == named
    assert own["balance"] == {"amount": "749.5000", "currency": "AFN"}
    foreign = message_of(keys.world, keys.world.other)
    reader = keys.create()["rawKey"]
    assert keys.call(reader, f"/v1/messages/{foreign}").status_code == 404


def test_revoked_key_is_refused_on_its_next_call(keys: Keys) -> None:
    made = keys.create()
    assert keys.call(made["rawKey"]).status_code == 200
    keys.revoke(made)
    answer = keys.call(made["rawKey"])
    assert (answer.status_code, answer.json["detail"]) == (401, "This key was revoked.")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="platform", error="invalid_token"'


def test_expired_key_is_refused_from_its_very_moment_on(keys: Keys) -> None:
    made = keys.create(expiresAt=(NOW + timedelta(days=1)).isoformat())
    keys.clock.move(days=1, microseconds=-1)
    assert keys.call(made["rawKey"]).status_code == 200
    keys.clock.move(microseconds=1)
    assert keys.call(made["rawKey"]).json["detail"] == "This key has expired."
    assert keys.show(made)["status"] == "expired"


@pytest.mark.parametrize("grace", [0, 1, 900, 3600, 86_400])
def test_rotated_key_lives_exactly_its_grace(keys: Keys, grace: int) -> None:
    made = keys.create()
    fresh = keys.rotate(made, grace).json
    assert keys.call(fresh["rawKey"]).status_code == 200
    if grace:
        keys.clock.move(seconds=grace, microseconds=-1)
        assert keys.call(made["rawKey"]).status_code == 200
        keys.clock.move(microseconds=1)
    assert keys.call(made["rawKey"]).json["detail"] == "This key was revoked."
    assert keys.show(made)["status"] == "revoked"
    assert keys.call(fresh["rawKey"]).status_code == 200


def test_key_in_its_grace_can_be_stopped_at_once(keys: Keys) -> None:
    made = keys.create()
    fresh = keys.rotate(made, 86_400).json
    keys.revoke(made)
    assert keys.call(made["rawKey"]).status_code == 401
    assert keys.call(fresh["rawKey"]).status_code == 200


def test_allowed_addresses_count_from_the_next_call_on(keys: Keys) -> None:
    made = keys.create(allowedIps=["203.0.113.0/24", "2001:db8::1"])
    for address in ("203.0.113.200", "2001:db8::1", "::ffff:203.0.113.9"):
        assert keys.call(made["rawKey"], address=address).status_code == 200
    for address in ("203.0.114.1", "2001:db8::2", "127.0.0.1", "not an address"):
        answer = keys.call(made["rawKey"], address=address)
        assert (answer.status_code, answer.json["detail"]) == (403, f"This key does not work from {address}.")
    keys.world.client("owner").patch(f"/v1/api-keys/{made['keyId']}", json={"allowedIps": ["127.0.0.1"]})
    assert keys.call(made["rawKey"], address="203.0.113.200").status_code == 403
    assert keys.call(made["rawKey"]).status_code == 200


def test_address_is_not_taken_from_a_header_anybody_can_write(keys: Keys) -> None:
    made = keys.create(allowedIps=["203.0.113.0/24"])
    headers = {"Authorization": f"Bearer {made['rawKey']}", "X-Forwarded-For": "203.0.113.1"}
    assert keys.world.app.test_client().get("/v1/messages", headers=headers).status_code == 403


def test_unknown_and_mistyped_keys_are_told_apart(keys: Keys) -> None:
    raw_key = keys.create()["rawKey"]
    swapped = raw_key[:20] + raw_key[21] + raw_key[20] + raw_key[22:]
    for wrong in (
        raw_key[:-1],
        raw_key + "0",
        raw_key.replace("live", "test"),
        "gsk_",
        "gsk_live_" + "\u06f0" * 42,
        swapped if swapped != raw_key else raw_key[:-1],
    ):
        answer = keys.world.app.test_client().get(
            "/v1/messages", environ_base={"HTTP_AUTHORIZATION": f"Bearer {wrong}".encode().decode("latin-1")}
        )
        assert answer.status_code == 401
        assert "mistyped" in answer.json["detail"]
    from gateway.domain.api_keys import new_raw_key

    assert keys.call(new_raw_key("live")).json["detail"] == "This key is not known."


def test_call_with_a_key_costs_one_read_more_and_no_write(keys: Keys) -> None:
    """But for a lease of the limits now and then, which people need as well."""
    raw_key = keys.create()["rawKey"]
    keys.usage.flush()
    keys.call(raw_key)  # connections are open now
    with statements(keys.world.api_engine) as by_person:
        keys.world.get("owner", "/v1/messages")
    with statements(keys.world.api_engine) as by_key:
        for _ in range(20):
            assert keys.call(raw_key).status_code == 200
    assert len(by_key) == 20 * (len(by_person) + 1)
    assert not [each for each in by_key if each.split()[0].upper() not in {"SELECT", "WITH"} or "record_api" in each]
    with statements(keys.world.api_engine) as flushed:
        keys.usage.flush()
    assert len(flushed) == 1


def test_last_used_and_counts_are_right_after_a_flush(keys: Keys) -> None:
    used, other = keys.create(), keys.create()
    for _ in range(3):
        keys.call(used["rawKey"])
    keys.clock.move(seconds=5)
    keys.call(used["rawKey"])
    keys.call(used["rawKey"], "/v1/billing/balance")  # lacks the scope
    keys.usage.flush()
    shown = keys.show(used)
    assert shown["lastUsedAt"] == "2026-11-20T09:00:05.000Z"
    assert (shown["recentUse"]["calls"][-1], shown["recentUse"]["refused"][-1]) == (5, 1)
    assert shown["recentUse"]["firstDay"] == "2026-10-22"
    assert len(shown["recentUse"]["calls"]) == 30
    assert keys.show(other)["lastUsedAt"] is None


def test_refused_calls_do_not_make_a_key_used(keys: Keys) -> None:
    made = keys.create(allowedIps=["203.0.113.1"])
    keys.call(made["rawKey"])
    keys.usage.flush()
    shown = keys.show(made)
    assert (shown["lastUsedAt"], shown["recentUse"]["refused"][-1]) == (None, 1)


def test_days_of_use_are_those_of_the_account(keys: Keys) -> None:
    raw_key = keys.create()["rawKey"]
    key_id = keys.world.get("owner", "/v1/api-keys").json["items"][0]["keyId"]
    # Kabul's midnight is 19:30 UTC.
    for moment in ((19, 29), (19, 30), (19, 31)):
        keys.clock.moment = datetime(2026, 11, 20, *moment, tzinfo=UTC)
        keys.call(raw_key)
    keys.usage.flush()
    used = keys.world.get("owner", f"/v1/api-keys/{key_id}/usage", days=3).json
    assert [(item["day"], item["calls"]) for item in used["items"]] == [
        ("2026-11-19", 0),
        ("2026-11-20", 1),
        ("2026-11-21", 2),
    ]
    assert (used["calls"], used["refused"]) == (3, 0)


def test_several_processes_add_up(keys: Keys) -> None:
    raw_key = keys.create()["rawKey"]
    for _ in range(3):
        keys.call(raw_key)
        keys.usage.flush()
    assert keys.world.get("owner", "/v1/api-keys").json["items"][0]["recentUse"]["calls"][-1] == 3


def test_refused_calls_are_listed_with_their_reason(keys: Keys) -> None:
    bound, gone = keys.create(name="Bound", allowedIps=["203.0.113.1"]), keys.create(name="Gone")
    keys.revoke(gone)
    for raw_key, path in (
        (bound["rawKey"], "/v1/messages"),
        (gone["rawKey"], "/v1/messages"),
        (keys.create(name="Narrow")["rawKey"], "/v1/billing/balance"),
        (keys.create(name="Curious")["rawKey"], "/v1/me"),
        (keys.create(name="Clumsy")["rawKey"], "/v1/messages?limit=0"),
    ):
        keys.clock.move(seconds=1)
        keys.call(raw_key, path)
    keys.usage.flush()
    seen, cursor = [], None
    while True:
        page = keys.world.get("viewer", "/v1/refused-calls", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert [(item["apiKeyName"], item["status"], item["code"]) for item in seen] == [
        ("Clumsy", 422, "validation_failed"),
        ("Curious", 403, "not_for_keys"),
        ("Narrow", 403, "scope_missing"),
        ("Gone", 401, "key_revoked"),
        ("Bound", 403, "address_not_allowed"),
    ]
    assert {item["requestId"][:4] for item in seen} == {"req_"}
    one = keys.world.get("owner", "/v1/refused-calls", apiKeyId=gone["keyId"]).json["items"]
    assert [item["apiKeyName"] for item in one] == ["Gone"]
    assert keys.world.get("stranger", "/v1/refused-calls").json["items"] == []


def test_flood_of_refused_calls_is_counted_in_full_and_listed_in_part(keys: Keys) -> None:
    made = keys.create()
    keys.revoke(made)
    for _ in range(REFUSALS_A_MINUTE + 5):
        keys.call(made["rawKey"])
    keys.clock.move(minutes=1)
    keys.call(made["rawKey"])
    keys.usage.flush()
    assert keys.show(made)["recentUse"]["refused"][-1] == REFUSALS_A_MINUTE + 6
    assert keys.world.sql("SELECT count(*) FROM refused_calls")[0][0] == REFUSALS_A_MINUTE + 1


def test_old_refusals_are_purged(keys: Keys) -> None:
    made = keys.create()
    keys.revoke(made)
    keys.call(made["rawKey"])
    keys.clock.move(days=20)
    keys.call(made["rawKey"])
    keys.usage.flush()
    with keys.world.worker_engine.begin() as connection:
        assert api_key_usage.purge(connection, NOW + timedelta(days=31)) == 1
    assert len(keys.world.get("owner", "/v1/refused-calls").json["items"]) == 1


def test_mode_and_id_of_the_key_are_the_callers(keys: Keys) -> None:
    from gateway.api.access import principal

    seen = []
    keys.world.app.after_request(lambda response: seen.append(principal()) or response)
    for mode in ("test", "live"):
        made = keys.create(mode=mode)
        keys.call(made["rawKey"])
        caller = seen[-1]
        assert (caller.mode, str(caller.api_key_id), caller.user_type, caller.roles) == (
            mode,
            made["keyId"],
            "api_key",
            frozenset(),
        )
    assert seen[0].mode == "live"


def test_role_of_the_api_resolves_a_key_by_its_whole_hash_and_nothing_else(keys: Keys) -> None:
    raw_key = keys.create()["rawKey"]
    whole = keys.world.app.extensions[EXTENSION].sealer.keyed_digest("api-key", raw_key)
    engine = keys.world.api_engine
    with engine.begin() as connection:
        find = text("SELECT key_id FROM find_api_key(:hash)")
        assert len(connection.execute(find, {"hash": whole}).all()) == 1
        for wrong in (whole[:-1], whole[:1], b"", None):
            assert connection.execute(find, {"hash": wrong}).all() == []
        assert connection.execute(text("SELECT key_id FROM api_keys")).all() == []
    for forbidden in (
        "SELECT key_hash FROM api_keys",
        "SELECT * FROM api_keys",
        "UPDATE api_keys SET key_hash = ''",
        "UPDATE api_keys SET scopes = '{}'",
        "DELETE FROM api_keys",
    ):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            tenant_transaction(engine, keys.world.tenant) as connection,
        ):
            connection.execute(text(forbidden))


def test_look_up_by_hash_uses_the_index(keys: Keys) -> None:
    with keys.world.worker_engine.begin() as connection:
        connection.execute(text("SELECT set_config('enable_seqscan', 'off', true)"))
        plan = "\n".join(connection.execute(text("EXPLAIN SELECT 1 FROM api_keys WHERE key_hash = '\\x00'")).scalars())
    assert "api_keys_hash" in plan


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "take_calls" not in statement:
            seen.append(statement.strip())

    def first(direct: Direct, prepared: Prepared, values: Sequence[bytes | None]) -> tuple[bytes | None, ...] | None:
        seen.append(prepared.statement.decode())
        return asked(direct, prepared, values)

    asked = Direct.first
    event.listen(engine, "before_cursor_execute", keep)
    try:
        with patch.object(Direct, "first", first):
            yield seen
    finally:
        event.remove(engine, "before_cursor_execute", keep)
