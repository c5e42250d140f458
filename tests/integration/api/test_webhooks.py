"""Webhooks as customers manage them. Who may call what is in test_permissions, how deliveries go in ../webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.api.context import EXTENSION, Dependencies
from gateway.api.resources.webhooks import MOST_ENDPOINTS
from gateway.webhooks import signing
from gateway.webhooks.secrets import valid_secrets
from tests.support.api_world import NOW, World
from tests.support.contents import contents
from tests.support.refused_addresses import PRIVATE, REFUSED_URLS
from tests.support.webhook_rows import add_delivery, add_endpoint

HOOKS = "/v1/webhooks"
URL = "https://hooks.example.com/sms?key=of-theirs"
SINCE = (NOW - timedelta(days=1)).isoformat()


@dataclass
class Hooks:
    """The calls about webhooks by people of a world, and rows behind their back."""

    world: World

    def call(self, method: str, path: str = "", *, who: str = "owner", key: str | None = None, **options: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= options.pop("headers", {})
        return self.world.client(who).open(f"{HOOKS}{path}", method=method, headers=headers, **options)

    def create(self, who: str = "owner", **body: Any) -> Any:
        answer = self.call("POST", who=who, json={"url": URL, "events": ["message.delivered"], **body})
        assert answer.status_code == 201, answer.json
        return answer.json

    def endpoint(self, tenant: UUID | None = None, at: datetime = NOW) -> UUID:
        with self.world.worker_engine.begin() as connection:
            return add_endpoint(connection, tenant or self.world.tenant, at, sealer=self.world.sealer)

    def delivery(self, endpoint_id: UUID, at: datetime = NOW, tenant: UUID | None = None, **more: Any) -> UUID:
        with self.world.worker_engine.begin() as connection:
            return add_delivery(connection, tenant or self.world.tenant, endpoint_id, at, **more)

    def row(self, delivery_id: object) -> Any:
        return self.world.sql("SELECT * FROM webhook_deliveries WHERE delivery_id = :id", id=delivery_id)[0]

    def count(self, table: str) -> int:
        return int(self.world.sql(f"SELECT count(*) FROM {table}")[0][0])

    def pages(self, path: str, limit: int, **query: Any) -> list[Any]:
        found, cursor = [], None
        while True:
            given = {"limit": limit, **query, **({"cursor": cursor} if cursor else {})}
            answer = self.call("GET", path, query_string=given).json
            assert len(answer["items"]) <= limit
            found += answer["items"]
            if (cursor := answer["nextCursor"]) is None:
                return found


@pytest.fixture
def hooks(changing_world: World) -> Hooks:
    return Hooks(changing_world)


@pytest.fixture
def resolving(changing_world: World) -> Iterator[Callable[[Sequence[str]], None]]:
    """Say what every name leads to."""

    def say(addresses: Sequence[str]) -> None:
        own: Dependencies = changing_world.app.extensions[EXTENSION]
        changing_world.app.extensions[EXTENSION] = replace(own, resolve=lambda _host: addresses)

    before = changing_world.app.extensions[EXTENSION].resolve
    yield say
    say(before("any"))


# -- endpoints --------------------------------------------------------------------------------------------------------


def test_created_endpoint_shows_its_secret_once(hooks: Hooks) -> None:
    made = hooks.create(description="  Core  ", events=["message.sent", "key.revoked", "message.sent"])
    secret = made.pop("signingSecret")
    assert (made["url"], made["description"], made["status"]) == (URL, "Core", "enabled")
    assert made["events"] == ["key.revoked", "message.sent"]
    assert len(made["hours"]) == 24
    Webhook(secret)  # it is one that libraries of the specification take
    shown = hooks.call("GET", f"/{made['endpointId']}")
    assert shown.json == made
    assert made in hooks.call("GET").json["items"]
    again = hooks.call("GET", f"/{made['endpointId']}", headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_repeated_creation_and_rotation_answer_the_same_secret(hooks: Hooks) -> None:
    body = {"url": URL, "events": ["message.sent"]}
    first, second = (hooks.call("POST", key="create-once", json=body) for _ in range(2))
    assert first.json == second.json
    path = f"/{first.json['endpointId']}/rotate-secret"
    rotated, repeated = (hooks.call("POST", path, key="rotate-once", json={}) for _ in range(2))
    assert rotated.json == repeated.json
    assert rotated.json["signingSecret"] != first.json["signingSecret"]
    other = hooks.call("POST", key="create-once", json=body | {"description": "another"})
    assert other.status_code == 422


def test_bad_input_is_told_at_once_and_stores_nothing(hooks: Hooks) -> None:
    before = contents(hooks.world)
    answer = hooks.call(
        "POST",
        json={"url": "http://x", "events": ["message.eaten"], "description": "x" * 201, "enabled": "maybe", "more": 1},
    )
    assert answer.status_code == 422
    fields = {error["field"].partition(".")[0].partition("[")[0] for error in answer.json["errors"]}
    assert fields == {"url", "events", "description", "enabled", "more"}
    for body in ({}, {"url": URL, "events": []}, {"url": URL, "events": ["message.sent"], "description": "a\0b"}):
        assert hooks.call("POST", json=body).status_code == 422
    assert contents(hooks.world) == before


def test_url_that_leads_inside_is_refused_when_made_and_when_changed(hooks: Hooks) -> None:
    made = hooks.create()
    before = contents(hooks.world)
    for url in REFUSED_URLS:
        for method, path, more in (("POST", "", {"events": ["message.sent"]}), ("PATCH", f"/{made['endpointId']}", {})):
            answer = hooks.call(method, path, json={"url": url, **more})
            assert (answer.status_code, [each["field"] for each in answer.json["errors"]]) == (422, ["url"]), url
    assert contents(hooks.world) == before


def test_name_that_leads_inside_is_refused_even_with_a_public_address_beside(
    hooks: Hooks, resolving: Callable[[Sequence[str]], None]
) -> None:
    made = hooks.create()
    before = contents(hooks.world)
    for address in PRIVATE:
        for found in ([address], ["93.184.215.14", address]):
            resolving(found)
            for method, path, more in (
                ("POST", "", {"events": ["message.sent"]}),
                ("PATCH", f"/{made['endpointId']}", {}),
            ):
                answer = hooks.call(method, path, json={"url": "https://innocent.example.com/", **more})
                assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "url_private"), found
    assert contents(hooks.world) == before


def test_change_changes_what_is_given_and_nothing_else(hooks: Hooks) -> None:
    made = hooks.create(description="Before")
    made.pop("signingSecret")
    path = f"/{made['endpointId']}"
    for change, shown in (
        ({"url": "https://other.example.com/in"}, {"url": "https://other.example.com/in"}),
        ({"events": ["message.sent", "balance.low"]}, {"events": ["balance.low", "message.sent"]}),
        ({"description": ""}, {"description": ""}),
        ({"enabled": False}, {"status": "disabled", "statusReason": "by_user"}),
        ({"enabled": True}, {"status": "enabled", "statusReason": None}),
        ({}, {}),
    ):
        made |= shown
        assert hooks.call("PATCH", path, json=change).json == made
    for body in ({"url": None}, {"events": None}, {"enabled": None}, {"signingSecret": "mine"}, {"status": "enabled"}):
        assert hooks.call("PATCH", path, json=body).status_code == 422
    assert hooks.call("GET", path).json == made


def test_enabling_what_was_disabled_for_failing_starts_the_budget_anew(hooks: Hooks) -> None:
    endpoint_id = hooks.endpoint()
    with hooks.world.worker_engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE webhook_endpoints SET status = 'auto_disabled', status_reason = 'failing', last_error = 'http',"
            " failing_since = created_at - interval '120 h', last_failure_at = created_at WHERE endpoint_id = %s",
            (endpoint_id,),
        )
    before = hooks.call("GET", f"/{endpoint_id}").json
    assert (before["failureBudgetUsed"], before["warningLevel"]) == (1, 90)
    after = hooks.call("PATCH", f"/{endpoint_id}", json={"enabled": True}).json
    assert (after["status"], after["failureBudgetUsed"], after["failingSince"]) == ("enabled", 0, None)


def test_endpoints_are_listed_in_pages_newest_first_and_only_ones_own(hooks: Hooks) -> None:
    made = [hooks.endpoint(at=NOW + timedelta(minutes=1 + number // 2)) for number in range(7)]
    foreign = hooks.endpoint(hooks.world.other)
    listed = hooks.pages("", 3)
    ids = [each["endpointId"] for each in listed]
    assert len(set(ids)) == len(ids)
    assert set(ids[:7]) == {str(each) for each in made}
    assert str(foreign) not in ids
    assert [each["createdAt"] for each in listed] == sorted((each["createdAt"] for each in listed), reverse=True)
    cursor = hooks.call("GET", query_string={"limit": 3}).json["nextCursor"]
    assert hooks.call("GET", query_string={"cursor": cursor}, who="stranger").status_code == 422


def test_account_has_fifty_endpoints_at_most(hooks: Hooks) -> None:
    owner = hooks.world.empty
    own = [hooks.endpoint(owner) for _ in range(MOST_ENDPOINTS)]
    people = hooks.world.people
    people["newcomer"] = replace(people["owner"], tenant_id=owner)
    try:
        answer = hooks.call("POST", who="newcomer", json={"url": URL, "events": ["message.sent"]})
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "too_many")
        assert hooks.call("DELETE", f"/{own[0]}", who="newcomer").status_code == 204
        hooks.create(who="newcomer")
    finally:
        del people["newcomer"]


def test_deleted_endpoint_is_gone_and_what_it_is_owed_is_not_asked_for(hooks: Hooks) -> None:
    endpoint_id = hooks.endpoint()
    delivery_id = hooks.delivery(endpoint_id)
    assert hooks.call("DELETE", f"/{endpoint_id}").status_code == 204
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/deliveries"),
        ("GET", f"/deliveries/{delivery_id}"),
        ("POST", f"/deliveries/{delivery_id}/resend"),
        ("POST", "/test"),
    ):
        body = {"json": {"eventType": "message.sent"} if path == "/test" else {}} if method == "POST" else {}
        assert hooks.call(method, f"/{endpoint_id}{path}", **body).status_code == 404, (method, path)


@pytest.mark.parametrize(("seconds", "signers"), [(3600, 2), (0, 1)])
def test_rotation_keeps_the_old_secret_for_the_overlap(hooks: Hooks, seconds: int, signers: int) -> None:
    made = hooks.create()
    rotated = hooks.call("POST", f"/{made['endpointId']}/rotate-secret", json={"overlapSeconds": seconds}).json
    row = hooks.world.sql("SELECT * FROM webhook_endpoints WHERE endpoint_id = :id", id=made["endpointId"])[0]
    valid = valid_secrets(
        hooks.world.sealer, row.endpoint_id, row.sealed_secret, row.previous_secret, row.previous_until, NOW
    )
    assert valid == [rotated["signingSecret"], made["signingSecret"]][:signers]
    shown = hooks.call("GET", f"/{made['endpointId']}").json
    assert shown["previousSecretUntil"] == rotated["previousSecretUntil"]
    assert (rotated["previousSecretUntil"] is None) == (seconds == 0)
    assert "signingSecret" not in shown


# -- deliveries -------------------------------------------------------------------------------------------------------


def test_deliveries_are_filtered_and_paged(hooks: Hooks) -> None:
    endpoint_id, beside = hooks.endpoint(), hooks.endpoint()
    kinds = (
        {"status": "succeeded", "http_status": 204, "attempts": 1},
        {"status": "failed", "http_status": 500, "error_kind": "http", "attempts": 1},
        {"status": "pending", "error_kind": "timeout", "attempts": 1},
        {"status": "pending"},
        {"status": "failed", "http_status": 410, "error_kind": "gone", "attempts": 1, "event_type": "message.failed"},
    )
    message_id = uuid4()
    for number in range(25):
        at = NOW - timedelta(minutes=number // 3)
        about = {"message_id": message_id} if number == 7 else {}
        hooks.delivery(endpoint_id, at, **kinds[number % len(kinds)], **about)
    hooks.delivery(beside)
    path = f"/{endpoint_id}/deliveries"
    everything = hooks.pages(path, 200)
    assert len(everything) == 25
    order = [(each["createdAt"], each["deliveryId"]) for each in everything]
    assert order == sorted(order, reverse=True)
    middle = (NOW - timedelta(minutes=4)).isoformat()
    shown_middle = everything[12]["createdAt"]
    named = next(each["messageId"] for each in everything if each["messageId"])
    filters: list[tuple[dict[str, str], Callable[[Any], bool]]] = [
        ({"status": "pending"}, lambda each: each["status"] == "pending"),
        ({"eventType": "message.failed"}, lambda each: each["eventType"] == "message.failed"),
        ({"httpStatus": "5xx"}, lambda each: each["httpStatus"] == 500),
        ({"httpStatus": "none"}, lambda each: each["httpStatus"] is None and each["attempts"] == 1),
        ({"since": middle}, lambda each: each["createdAt"] >= shown_middle),
        ({"until": middle}, lambda each: each["createdAt"] < shown_middle),
        ({"messageId": named}, lambda each: each["messageId"] == named),
        ({"status": "failed", "httpStatus": "4xx"}, lambda each: each["httpStatus"] == 410),
    ]
    for query, holds in filters:
        expected = [each for each in everything if holds(each)]
        assert 0 < len(expected) < 25, query
        assert hooks.pages(path, 4, **query) == expected, query
    cursor = hooks.call("GET", path, query_string={"limit": 2}).json["nextCursor"]
    for elsewhere, more in ((path, {"status": "failed"}), (f"/{beside}/deliveries", {})):
        assert hooks.call("GET", elsewhere, query_string={"cursor": cursor, **more}).status_code == 422
    for wrong in ({"status": "lost"}, {"httpStatus": "200"}, {"since": "yesterday"}, {"since": SINCE, "until": "2020-01-01T00:00:00Z"}):  # fmt: skip
        assert hooks.call("GET", path, query_string=wrong).status_code == 422, wrong


def test_test_event_is_the_types_example_and_owed_at_once_to_this_endpoint_alone(hooks: Hooks) -> None:
    endpoint_id, before = hooks.endpoint(), hooks.count("webhook_deliveries")
    made = hooks.call("POST", f"/{endpoint_id}/test", json={"eventType": "balance.low"})
    assert made.status_code == 201
    assert hooks.count("webhook_deliveries") == before + 1
    assert (made.json["isTest"], made.json["status"], made.json["attempts"]) == (True, "pending", 0)
    shown = hooks.call("GET", f"/{endpoint_id}/deliveries/{made.json['deliveryId']}").json
    assert (shown.pop("payload"), shown.pop("attemptLog")) == (hooks.row(made.json["deliveryId"]).payload, [])
    assert shown == made.json
    assert hooks.row(made.json["deliveryId"]).due_at == NOW
    examples = hooks.world.get("developer", "/v1/event-types").json["items"]
    (example,) = (each["example"] for each in examples if each["name"] == "balance.low")
    payload = json.loads(hooks.row(made.json["deliveryId"]).payload)
    assert {**payload, "timestamp": None} == {**example, "timestamp": None}
    assert hooks.call("POST", f"/{endpoint_id}/test", json={"eventType": "no.such"}).status_code == 422


def test_detail_shows_what_was_sent_and_every_attempt(hooks: Hooks) -> None:
    endpoint_id = hooks.endpoint()
    delivery_id = hooks.delivery(endpoint_id, status="failed", http_status=503, error_kind="http", attempts=3)
    shown = hooks.call("GET", f"/{endpoint_id}/deliveries/{delivery_id}", who="developer").json
    assert [each["number"] for each in shown["attemptLog"]] == [1, 2, 3]
    assert {(each["httpStatus"], each["trigger"]) for each in shown["attemptLog"]} == {(503, "schedule")}
    assert shown["webhookId"] == signing.webhook_id(hooks.row(delivery_id).event_id)
    assert shown["payload"] == hooks.row(delivery_id).payload


def test_resend_is_owed_at_once_and_leaves_the_schedule(hooks: Hooks) -> None:
    endpoint_id, later = hooks.endpoint(), NOW + timedelta(hours=2)
    waiting = hooks.delivery(endpoint_id, attempts=2, http_status=500, error_kind="http", due_at=later)
    done = hooks.delivery(endpoint_id, status="succeeded", attempts=1, http_status=200)
    for delivery_id, goes_on in ((waiting, later), (done, None)):
        for _ in range(2):
            answer = hooks.call("POST", f"/{endpoint_id}/deliveries/{delivery_id}/resend", json={})
            assert answer.status_code == 200
        row = hooks.row(delivery_id)
        assert (row.due_at, row.resume_at, row.by_hand) == (NOW, goes_on, True)
    assert hooks.row(done).status == "succeeded"


def test_nothing_of_another_tenant_or_another_endpoint_is_touched(hooks: Hooks) -> None:
    world = hooks.world
    mine, beside, theirs = hooks.endpoint(), hooks.endpoint(), hooks.endpoint(world.other)
    failed: dict[str, Any] = {"status": "failed", "http_status": 500, "error_kind": "http", "attempts": 1}
    wanted = [hooks.delivery(mine, NOW - timedelta(hours=number), **failed) for number in range(3)]
    untouched = [
        hooks.delivery(mine, NOW - timedelta(days=2), **failed),
        hooks.delivery(mine, NOW, status="succeeded", http_status=200, attempts=1),
        hooks.delivery(beside, NOW, **failed),
        hooks.delivery(theirs, NOW, world.other, **failed),
    ]
    before = [hooks.row(each) for each in untouched]
    everything = contents(world)
    body = {"since": SINCE, "status": "failed"}
    foreign = untouched[-1]
    for who, endpoint_id, delivery_id in (("owner", theirs, foreign), ("stranger", mine, wanted[0])):
        for method, path, given in (
            ("GET", "", None),
            ("PATCH", "", {"description": "mine"}),
            ("DELETE", "", None),
            ("POST", "/rotate-secret", {}),
            ("POST", "/test", {"eventType": "message.sent"}),
            ("GET", "/deliveries", None),
            ("GET", f"/deliveries/{delivery_id}", None),
            ("POST", f"/deliveries/{delivery_id}/resend", {}),
            ("POST", "/recover", body),
        ):
            answer = hooks.call(method, f"/{endpoint_id}{path}", who=who, **({} if given is None else {"json": given}))
            assert answer.status_code == 404, (who, method, path)
    # Their delivery at an endpoint of mine, and mine at the wrong one.
    for endpoint_id, delivery_id in ((mine, foreign), (beside, wanted[0])):
        assert hooks.call("POST", f"/{endpoint_id}/deliveries/{delivery_id}/resend", json={}).status_code == 404
    assert contents(world) == everything
    first, repeated = (hooks.call("POST", f"/{mine}/recover", key="recover-once", json=body) for _ in range(2))
    assert first.json == repeated.json == {"count": 3}
    assert [hooks.row(each) for each in untouched] == before
    for each in wanted:
        row = hooks.row(each)
        assert (row.status, row.due_at, row.step, row.attempts) == ("pending", NOW, 0, 1)


@pytest.mark.parametrize("since", ["2026-11-20T09:00:00", "yesterday", "1800-01-01T00:00:00Z", None])
def test_recovery_needs_a_moment(hooks: Hooks, since: str | None) -> None:
    endpoint_id = hooks.endpoint()
    answer = hooks.call("POST", f"/{endpoint_id}/recover", json={"since": since} if since else {})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "since")


def test_every_act_leaves_a_line_in_the_audit_log_that_opens_nothing(hooks: Hooks) -> None:
    made = hooks.create(who="developer")
    path = f"/{made['endpointId']}"
    hooks.call("PATCH", path, json={"enabled": False, "description": "x"})
    hooks.call("PATCH", path, json={})
    rotated = hooks.call("POST", f"{path}/rotate-secret", key="audited", json={}).json
    hooks.call("POST", f"{path}/rotate-secret", key="audited", json={})
    tested = hooks.call("POST", f"{path}/test", json={"eventType": "message.sent"}).json
    hooks.call("POST", f"{path}/deliveries/{tested['deliveryId']}/resend", json={})
    hooks.call("POST", f"{path}/recover", json={"since": SINCE, "status": "pending"})
    hooks.call("DELETE", path)
    lines = hooks.world.sql(
        "SELECT action, actor_id, details FROM audit_events WHERE subject = :id ORDER BY audit_id",
        id=made["endpointId"],
    )
    assert [(line.action.removeprefix("webhook."), line.details) for line in lines] == [
        ("created", {"host": "hooks.example.com", "events": ["message.delivered"]}),
        ("changed", {"host": "hooks.example.com", "changed": ["description", "enabled"]}),
        ("secret_rotated", {"host": "hooks.example.com", "overlapSeconds": 86_400}),
        ("tested", {"eventType": "message.sent"}),
        ("resent", {"deliveryId": tested["deliveryId"]}),
        ("recovered", {"since": "2026-11-19T09:00:00.000Z", "status": "pending", "count": 1}),
        ("deleted", {"host": "hooks.example.com"}),
    ]
    people = hooks.world.people
    assert [line.actor_id for line in lines] == [people["developer"].user_id, *[people["owner"].user_id] * 6]
    for secret in (made["signingSecret"], rotated["signingSecret"], "of-theirs"):
        assert secret not in str(lines)
