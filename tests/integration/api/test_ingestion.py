"""Internal ingestion: nothing good is lost with something bad, and a repeat changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.api.models.shape import rfc3339
from tests.support.api_world import INGEST_TOKEN, NOW, World

URL = "/v1/internal/messages"
SUBMITTED = rfc3339(NOW - timedelta(minutes=5))


def message(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "externalId": f"ext-{number}",
        "to": "+93701234567",
        "from": "BANK",
        "body": "سلام",
        "submittedAt": SUBMITTED,
        "status": "sent",
        **changes,
    }


def receipt(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"externalId": f"ext-{number}", "at": rfc3339(NOW), "stat": "DELIVRD", "err": "000", **changes}


def send(
    world: World, messages: Any = (), receipts: Any = (), *, token: str | None = INGEST_TOKEN, tenant: Any = None
) -> Any:
    body = {"tenantId": str(tenant or world.empty), "messages": list(messages), "receipts": list(receipts)}
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return world.client(None).post(URL, json=body, headers=headers)


def stored(world: World) -> list[tuple[Any, ...]]:
    rows = world.sql(
        "SELECT external_id, status::text, segments FROM messages WHERE tenant_id = :tenant ORDER BY 1",
        tenant=world.empty,
    )
    return [tuple(row) for row in rows]


def test_batch_is_stored_and_its_receipts_move_it(own_world: World) -> None:
    answer = send(own_world, [message(1), message(2), message(3)], [receipt(1), receipt(2, stat="UNDELIV", err="001")])
    assert answer.json == {"inserted": 3, "alreadyKnown": 0, "applied": 2, "ignored": 0, "rejected": []}
    assert [(name, status) for name, status, _ in stored(own_world)] == [
        ("ext-1", "delivered"),
        ("ext-2", "failed"),
        ("ext-3", "sent"),
    ]
    own_world.fold()
    day = NOW.date().isoformat()
    query = {"from": day, "to": day, "tenantId": str(own_world.empty)}
    summary = own_world.get("admin", "/v1/analytics/summary", **query).json
    assert (summary["messages"], summary["deliveryRate"]) == (3, 0.5)


def test_replay_of_a_batch_changes_nothing(own_world: World) -> None:
    batch = ([message(1), message(2)], [receipt(1)])
    first, before = send(own_world, *batch).json, stored(own_world)
    again = send(own_world, *batch).json
    assert (first["inserted"], first["applied"]) == (2, 1)
    assert (again["inserted"], again["alreadyKnown"], again["applied"], again["ignored"]) == (0, 2, 0, 1)
    assert stored(own_world) == before


def test_same_external_id_at_another_time_is_already_known(own_world: World) -> None:
    later = rfc3339(NOW - timedelta(minutes=1))
    assert send(own_world, [message(1), message(1, submittedAt=later)]).json["alreadyKnown"] == 1
    assert send(own_world, [message(1, submittedAt=later)]).json["alreadyKnown"] == 1
    assert len(stored(own_world)) == 1


BAD = [
    {"to": "0701234567"},
    {"from": ""},
    {"from": "longer than allowed"},
    {"submittedAt": "yesterday"},
    {"submittedAt": "2026-11-20T09:00:00"},
    {"submittedAt": "1999-01-01T00:00:00Z"},
    {"submittedAt": "2027-01-01T00:00:00Z"},
    {"finalAt": "2026-01-01T00:00:00Z"},
    {"status": "lost"},
    {"errorCode": "not_ours"},
    {"price": "-1"},
    {"body": "a\x00b"},
    {"body": "\ud800"},
    {"surprise": 1},
    {"externalId": ""},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_bad_message_is_rejected_and_its_neighbours_are_stored(own_world: World, change: dict[str, Any]) -> None:
    answer = send(own_world, [message(1), message(2, **change), message(3)])
    assert answer.status_code == 200, answer.json
    assert answer.json["inserted"] == 2
    assert [(item["kind"], item["index"]) for item in answer.json["rejected"]] == [("message", 1)]
    assert [row[0] for row in stored(own_world)] == ["ext-1", "ext-3"]


def test_every_item_is_counted_exactly_once(own_world: World) -> None:
    messages = [message(1), message(2), message(1), message(4, to="x")]
    receipts = [receipt(1), receipt(1), receipt(9), receipt(2, stat="ACCEPTD"), {"externalId": "ext-2"}]
    answer = send(own_world, messages, receipts).json
    assert answer["inserted"] + answer["alreadyKnown"] + sum(r["kind"] == "message" for r in answer["rejected"]) == 4
    assert answer["applied"] + answer["ignored"] + sum(r["kind"] == "receipt" for r in answer["rejected"]) == 5
    assert [item["code"] for item in answer["rejected"] if item["index"] == 2] == ["unknown_message"]


def test_receipt_with_submission_time_finds_its_message(own_world: World) -> None:
    send(own_world, [message(1)])
    assert send(own_world, [], [receipt(1, submittedAt=SUBMITTED)]).json["applied"] == 1
    assert send(own_world, [], [receipt(7, submittedAt=SUBMITTED)]).json["rejected"][0]["code"] == "unknown_message"


@pytest.mark.parametrize("token", [None, "", "wrong", INGEST_TOKEN + "x", "token-of-admin", "ü"])
def test_wrong_token_is_unauthenticated_and_stores_nothing(own_world: World, token: str | None) -> None:
    assert send(own_world, [message(1)], token=token).status_code == 401
    assert stored(own_world) == []


def test_ingest_token_opens_nothing_else(world: World) -> None:
    answer = world.client(None).get("/v1/messages", headers={"Authorization": f"Bearer {INGEST_TOKEN}"})
    assert answer.status_code == 401


def test_unknown_tenant_and_too_large_batch_are_refused_whole(own_world: World) -> None:
    unknown = send(own_world, [message(1)], tenant="01890000-0000-7000-8000-000000000000")
    assert (unknown.status_code, unknown.json["errors"][0]["field"]) == (422, "tenantId")
    assert send(own_world, [message(n) for n in range(1001)]).status_code == 422
    assert stored(own_world) == []


def test_largest_batch_is_stored(own_world: World) -> None:
    answer = send(own_world, [message(n) for n in range(1000)], [receipt(n) for n in range(1000)])
    assert (answer.json["inserted"], answer.json["applied"]) == (1000, 1000)
