"""Keys as people see them: made, listed, changed, rotated, revoked; and nobody's but their own account's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from gateway.domain.api_keys import is_well_formed
from gateway.jobs.resources import Resources
from gateway.jobs.tasks import end_key_graces
from gateway.settings import GatewaySettings
from gateway.store.api_keys import end_graces
from tests.integration.api.keys import Keys
from tests.support.api_world import NOW, World

IN_TEN_DAYS = (NOW + timedelta(days=10)).isoformat()


@pytest.fixture
def keys(own_world: World) -> Keys:
    return Keys(own_world)


def test_create_answers_the_key_and_nothing_stores_it(keys: Keys) -> None:
    made = keys.create(
        name="  Core banking  ", scopes=["billing:read", "sms:send"], allowedIps=["203.0.113.7", "2001:db8::/32"]
    )
    raw = made.pop("rawKey")
    assert is_well_formed(raw)
    assert raw.startswith(made["prefix"])
    assert raw.endswith(made["lastFour"])
    assert made["name"] == "Core banking"
    assert made["scopes"] == ["sms:send", "billing:read"]
    assert made["allowedIps"] == ["203.0.113.7/32", "2001:db8::/32"]
    assert made["createdBy"] == "owner"
    assert keys.show(made) == made
    assert raw not in str(keys.world.get("owner", "/v1/api-keys").json)


def test_no_column_of_the_database_holds_the_key(keys: Keys) -> None:
    made = (
        keys.world.client("owner")
        .post("/v1/api-keys", json={"name": "x", "scopes": ["sms:read"]}, headers={"Idempotency-Key": str(uuid4())})
        .json
    )
    keys.call(made["rawKey"])
    keys.rotate(made, 0)
    keys.call(made["rawKey"])
    keys.usage.flush()
    names = keys.world.sql(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
        " USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ '^(oidc|procrastinate)_'"
        " AND has_column_privilege(format('%I.%I', table_schema, table_name), column_name, 'SELECT')"
    )
    assert len(names) > 100
    secret = made["rawKey"][13:-4]
    for table, column in names:
        found = keys.world.sql(
            f"SELECT count(*) FROM {table} WHERE position(:secret IN {column}::text) > 0"
            f" OR position(:hex IN {column}::text) > 0",
            secret=secret,
            hex=secret.encode().hex(),
        )
        assert found[0][0] == 0, (table, column)


def test_list_is_paged_newest_first(keys: Keys) -> None:
    made = []
    for number in range(5):
        keys.clock.move(seconds=1 if number % 2 else 0)
        made.append(keys.create(name=f"Key {number}")["keyId"])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = keys.world.get("owner", "/v1/api-keys", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [item["keyId"] for item in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert set(made) < set(seen)
    assert seen[:2] == [made[4], made[3]]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "scopes"}),
        ({"name": " ", "scopes": []}, {"name", "scopes"}),
        ({"name": "x" * 81, "scopes": ["sms:everything"], "mode": "both"}, {"name", "scopes.0", "mode"}),
        (
            {
                "name": "x\0",
                "scopes": ["sms:send"],
                "expiresAt": "2026-11-20T08:59:59Z",
                "allowedIps": ["10.0.0.1/8", "::/129"],
            },
            {"name", "expiresAt", "allowedIps.0", "allowedIps.1"},
        ),
        (
            {"name": "x", "scopes": ["sms:send"], "expiresAt": "2026-12-01T00:00:00", "colour": "red"},
            {"expiresAt", "colour"},
        ),
        ({"name": "x", "scopes": ["sms:send"], "expiresAt": "2040-01-01T00:00:00Z"}, {"expiresAt"}),
    ],
)
def test_create_with_bad_input_names_every_field_and_stores_nothing(world: World, body: Any, fields: set[str]) -> None:
    before = world.get("owner", "/v1/api-keys").json
    answer = world.client("owner").post("/v1/api-keys", json=body)
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json["errors"]} == fields
    assert world.get("owner", "/v1/api-keys").json == before


def test_create_twice_with_one_idempotency_key_makes_one_key(keys: Keys) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"name": "Once", "scopes": ["sms:read"]}
    first, second = (keys.world.client("owner").post("/v1/api-keys", json=body, headers=headers) for _ in range(2))
    assert first.json == second.json
    assert [item["name"] for item in keys.world.get("owner", "/v1/api-keys").json["items"]].count("Once") == 1


def test_change_sets_what_is_given_and_leaves_the_rest(keys: Keys) -> None:
    made = keys.create(expiresAt=IN_TEN_DAYS, allowedIps=["10.0.0.0/8"])
    change = keys.world.client("developer").patch
    path = f"/v1/api-keys/{made['keyId']}"
    renamed = change(path, json={"name": "New name"}).json
    assert (renamed["name"], renamed["allowedIps"], renamed["status"]) == ("New name", ["10.0.0.0/8"], "expiring")
    opened = change(path, json={"allowedIps": [], "expiresAt": None}).json
    assert (opened["allowedIps"], opened["expiresAt"], opened["status"]) == ([], None, "active")
    assert change(path, json={"name": None, "allowedIps": None}).json["name"] == "New name"
    refused = change(path, json={"name": "", "allowedIps": ["x"], "scopes": ["sms:send"]})
    assert {item["field"] for item in refused.json["errors"]} == {"name", "allowedIps.0", "scopes"}
    keys.revoke(made)
    assert change(path, json={"name": "Too late"}).status_code == 409


def test_rotate_keeps_what_was_chosen_and_the_length_of_life(keys: Keys) -> None:
    made = keys.create(
        name="Till", mode="test", scopes=["sms:send", "sms:read"], allowedIps=["10.0.0.0/8"], expiresAt=IN_TEN_DAYS
    )
    keys.clock.move(days=4)
    fresh = keys.rotate(made, 900).json
    for same in ("name", "mode", "scopes", "allowedIps"):
        assert fresh[same] == made[same]
    assert fresh["rawKey"] != made["rawKey"]
    assert fresh["rotatedFrom"] == made["keyId"]
    assert fresh["expiresAt"] == "2026-12-04T09:00:00.000Z"
    old = keys.show(made)
    assert (old["status"], old["successorId"], old["worksUntil"]) == (
        "grace",
        fresh["keyId"],
        "2026-11-24T09:15:00.000Z",
    )


@pytest.mark.parametrize("seconds", [-1, 86_401, 0.5, "soon", None])
def test_rotate_with_a_grace_that_cannot_be_is_refused(world: World, seconds: Any) -> None:
    key = world.get("owner", "/v1/api-keys").json["items"][0]
    answer = world.client("owner").post(f"/v1/api-keys/{key['keyId']}/rotate", json={"graceSeconds": seconds})
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json["errors"]] == ["graceSeconds"]
    assert world.get("owner", f"/v1/api-keys/{key['keyId']}").json == key


def test_rotate_again_or_after_the_end_is_a_conflict(keys: Keys) -> None:
    rotated, revoked, expired = keys.create(), keys.create(), keys.create(expiresAt=IN_TEN_DAYS)
    keys.rotate(rotated, 60)
    keys.revoke(revoked)
    keys.clock.move(days=10)
    for key in (rotated, revoked, expired):
        answer = keys.rotate(key, 60)
        assert (answer.status_code, answer.json["code"]) == (409, "conflict")
        assert answer.json["detail"].startswith("This key")


def test_two_rotations_at_once_make_one_successor(keys: Keys) -> None:
    made, barrier = keys.create(), threading.Barrier(4)

    def rotate(_number: int) -> int:
        barrier.wait(30)
        return int(keys.rotate(made, 900).status_code)

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(rotate, range(4)))
    assert codes == [201, 409, 409, 409]
    assert keys.world.sql("SELECT count(*) FROM api_keys WHERE rotated_from = :key", key=made["keyId"])[0][0] == 1


def test_revoke_twice_is_the_same_and_is_told_once(keys: Keys) -> None:
    made = keys.create(name="Gone")
    first = keys.revoke(made)
    keys.clock.move(hours=1)
    second = keys.revoke(made)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    assert first.json["revokedAt"] == "2026-11-20T09:00:00.000Z"
    assert told(keys) == [{"keyId": made["keyId"], "name": "Gone", "reason": "revoked"}]


def test_end_of_a_grace_is_written_and_told_once_by_the_worker(keys: Keys) -> None:
    at_once, later = keys.create(name="Now"), keys.create(name="Later")
    keys.rotate(at_once, 0)
    keys.rotate(later, 900)
    assert [item["name"] for item in told(keys)] == ["Now"]
    with keys.world.worker_engine.begin() as connection:
        assert end_graces(connection, NOW + timedelta(seconds=899)) == []
        assert [key.name for key in end_graces(connection, NOW + timedelta(seconds=900))] == ["Later"]
        assert end_graces(connection, NOW + timedelta(days=1)) == []
    assert keys.show(later)["revokedAt"] == "2026-11-20T09:15:00.000Z"


def test_worker_tells_that_rotated_keys_have_ended(keys: Keys) -> None:
    made = keys.create(name="Till")
    keys.rotate(made, 900)
    with keys.world.worker_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE api_keys SET works_until = now() - interval '1 s' WHERE works_until IS NOT NULL"
        )

    class Context:
        additional_context = {"resources": Resources.of(GatewaySettings(), keys.world.worker_engine)}  # noqa: RUF012

    for _ in range(2):
        end_key_graces(Context(), 0)  # type: ignore[arg-type]
    assert told(keys) == [{"keyId": made["keyId"], "name": "Till", "reason": "rotated"}]


def test_every_change_leaves_a_line_in_the_audit_log(keys: Keys) -> None:
    made = keys.create(who="developer")
    keys.world.client("owner").patch(f"/v1/api-keys/{made['keyId']}", json={"name": "Other"})
    keys.rotate(made, 900)
    keys.revoke(made)
    lines = keys.world.sql(
        "SELECT action, actor_id, details::text FROM audit_events WHERE subject = :key ORDER BY audit_id",
        key=made["keyId"],
    )
    assert [line[0] for line in lines] == ["api_key.created", "api_key.changed", "api_key.rotated", "api_key.revoked"]
    people = keys.world.people
    assert [line[1] for line in lines] == [people["developer"].user_id, *[people["owner"].user_id] * 3]
    assert made["rawKey"] not in str(lines)


def test_audit_log_is_read_in_pages_by_its_owner_and_shows_who_it_was(keys: Keys) -> None:
    for number in range(3):
        keys.create(who="developer", name=f"Key {number}")
    first = keys.world.get("owner", "/v1/account/audit-events", limit=2).json
    rest = keys.world.get("owner", "/v1/account/audit-events", limit=2, cursor=first["nextCursor"]).json
    lines = first["items"] + rest["items"]
    assert rest["nextCursor"] is None
    assert [line["details"]["name"] for line in lines] == ["Key 2", "Key 1", "Key 0"]
    assert {(line["actorName"], line["action"]) for line in lines} == {("developer", "api_key.created")}
    assert keys.world.get("stranger", "/v1/account/audit-events").json["items"] == []
    assert keys.world.get("tam", "/v1/account/audit-events", tenantId=str(keys.world.tenant)).json["items"] == lines
    assert keys.world.get("developer", "/v1/account/audit-events").status_code == 403


@pytest.mark.parametrize("who", ["stranger", "owner"])
def test_key_of_another_account_is_not_found_and_not_touched(own_world: World, who: str) -> None:
    foreign = own_world.sql(
        "SELECT key_id FROM api_keys WHERE tenant_id = :tenant",
        tenant=own_world.other if who == "owner" else own_world.tenant,
    )[0][0]
    before = own_world.sql("SELECT k::text FROM api_keys k")
    path, client = f"/v1/api-keys/{foreign}", own_world.client(who)
    answers = [
        client.get(path),
        client.get(f"{path}/usage"),
        client.patch(path, json={"name": "Mine"}),
        client.post(f"{path}/rotate", json={"graceSeconds": 0}),
        client.delete(path),
        client.get("/v1/api-keys/not-an-id"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert own_world.sql("SELECT k::text FROM api_keys k") == before


def test_warnings_say_what_to_look_at(keys: Keys) -> None:
    made = keys.create(scopes=["sms:send", "sms:read"])
    assert made["warnings"] == ["never_expires"]
    keys.clock.move(days=7)
    assert keys.show(made)["warnings"] == ["never_expires", "unused_wide"]
    keys.call(made["rawKey"])
    keys.usage.flush()
    assert keys.show(made)["warnings"] == ["never_expires"]
    keys.clock.move(days=90)
    assert keys.show(made)["warnings"] == ["stale", "never_expires"]
    assert keys.revoke(made).json["warnings"] == []


def told(keys: Keys) -> list[Any]:
    rows = keys.world.sql("SELECT data FROM platform_events WHERE event_type = 'key.revoked' ORDER BY event_id")
    return [row[0] for row in rows]
