"""Webhooks as customers manage them. Who may call what is in test_permissions, how deliveries go in ../webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.api.context import EXTENSION, Dependencies
from gateway.api.resources.webhooks import MOST_ENDPOINTS
from gateway.webhooks.secrets import valid_secrets
from tests.integration.api.hooks import URL, Hooks
from tests.support.api_world import NOW, World
from tests.support.contents import contents
from tests.support.refused_addresses import PRIVATE, REFUSED_URLS

SINCE = (NOW - timedelta(days=1)).isoformat()


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
