"""Deliveries as customers see them: filtered, paged, opened, sent again; how they are made is in ../webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from gateway.webhooks import signing
from tests.integration.api.hooks import Hooks
from tests.support.api_world import NOW, World
from tests.support.contents import contents

SINCE = (NOW - timedelta(days=1)).isoformat()


@pytest.fixture
def hooks(changing_world: World) -> Hooks:
    return Hooks(changing_world)


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
