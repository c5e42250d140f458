"""Events arrive, signed, and are tried again as the schedule says; time is moved by moving what is due."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.store.events import PlatformEvent, emit, emit_all
from gateway.store.tenancy import tenant_transaction
from gateway.store.webhooks import deliveries
from gateway.webhooks import schedule, secrets
from gateway.webhooks.signing import new_secret, webhook_id
from tests.integration.webhooks.conftest import Dispatching, Hooks
from tests.support.receiver import Receiver, say
from tests.support.webhook_rows import SEALER

STATUS = "SELECT status FROM webhook_deliveries"
ATTEMPTS = "SELECT attempts FROM webhook_deliveries"


def test_event_arrives_signed_as_the_specification_says(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    secret = new_secret()
    hooks.endpoint(f"{receiver.url}/in", secret=secret)
    event_id = hooks.emit(7)
    with dispatching():
        (received,) = receiver.until(1)
        hooks.until(STATUS, "succeeded")
    payload = Webhook(secret).verify(received.body, dict(received.headers))
    assert payload == {
        "type": "message.delivered",
        "timestamp": payload["timestamp"],
        "data": {"number": 7, "text": "سلام"},
    }
    assert datetime.fromisoformat(payload["timestamp"]).tzinfo is not None
    assert received.headers["webhook-id"] == webhook_id(event_id)
    assert received.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(received.body, dict(received.headers))


def test_attempt_is_kept_without_the_signature(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    receiver.behave["/in"] = say(200, "خوب".encode(), X_Answer="yes", Set_Cookie="session=secret")
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(STATUS, "succeeded")
    row = hooks.rows("SELECT * FROM webhook_attempts")[0]
    assert (row.number, row.http_status, row.response_body, row.response_truncated) == (1, 200, "خوب", False)
    assert (row.response_headers["x-answer"], row.response_headers["set-cookie"]) == ("yes", "…")
    signature = receiver.received[0].headers["webhook-signature"]
    assert signature not in str(row.request_headers)
    assert row.request_headers["webhook-id"] == receiver.received[0].headers["webhook-id"]
    hour = hooks.rows("SELECT endpoint_id, succeeded, failed FROM webhook_hours")
    assert [tuple(each) for each in hour] == [(endpoint_id, 1, 0)]


def test_event_nobody_subscribed_to_is_owed_to_nobody(hooks: Hooks) -> None:
    hooks.endpoint("https://a.example/", events=("key.revoked",))
    hooks.endpoint("https://b.example/", tenant=hooks.other)
    disabled = hooks.endpoint("https://c.example/")
    hooks.change(
        "UPDATE webhook_endpoints SET status = 'disabled', status_reason = 'by_user' WHERE endpoint_id = :id",
        id=disabled,
    )
    hooks.emit()
    assert hooks.rows("SELECT count(*) FROM platform_events")[0][0] == 1
    assert hooks.rows("SELECT count(*) FROM webhook_deliveries")[0][0] == 0


def test_event_that_was_rolled_back_is_owed_to_nobody(hooks: Hooks) -> None:
    hooks.endpoint("https://a.example/")
    with suppress(ZeroDivisionError), tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
        emit(connection, hooks.tenant, "message.delivered", {})
        raise ZeroDivisionError
    assert hooks.rows("SELECT count(*) FROM webhook_deliveries")[0][0] == 0


def test_many_events_are_owed_in_one_statement_and_in_order(hooks: Hooks) -> None:
    hooks.endpoint("https://a.example/")
    hooks.endpoint("https://b.example/", events=("message.failed",))
    events = [PlatformEvent(("message.delivered", "message.failed")[n % 2], {"n": n, 'q"': "\\"}) for n in range(6)]
    with tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
        ids = emit_all(connection, hooks.tenant, events)
        assert emit_all(connection, hooks.tenant, []) == []
    assert [row[0] for row in hooks.rows("SELECT event_id FROM platform_events ORDER BY (data->>'n')::int")] == ids
    owed = hooks.rows("SELECT event_id, payload FROM webhook_deliveries")
    assert len(owed) == 6 + 3
    assert {row.event_id: json.loads(row.payload)["data"] for row in owed} == {
        event_id: event.data for event_id, event in zip(ids, events, strict=True)
    }


def test_failures_follow_the_schedule_to_its_end_with_the_same_id_and_body(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(500, b"no")
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        for number, delay in enumerate(schedule.DELAYS[1:], 1):
            hooks.until(ATTEMPTS, number)
            row = hooks.rows("SELECT status, due_at, last_attempt_at, step FROM webhook_deliveries")[0]
            assert (row.status, row.step) == ("pending", number)
            assert delay <= row.due_at - row.last_attempt_at <= delay * 1.1 + timedelta(milliseconds=1)
            hooks.hurry()
        hooks.until(STATUS, "failed")
    assert hooks.rows("SELECT attempts, due_at FROM webhook_deliveries")[0] == (10, None)
    assert len({(each.headers["webhook-id"], each.body) for each in receiver.received}) == 1
    assert len(receiver.received) == len(schedule.DELAYS)
    numbers = [row[0] for row in hooks.rows("SELECT number FROM webhook_attempts ORDER BY number")]
    assert numbers == list(range(1, 11))


def test_success_after_a_failure_clears_it(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    receiver.behave["/in"] = say(503)
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(ATTEMPTS, 1)
        hooks.until("SELECT failing_since IS NOT NULL FROM webhook_endpoints", True)
        receiver.behave["/in"] = say(200)
        hooks.hurry()
        hooks.until(STATUS, "succeeded")
    row = hooks.rows("SELECT failing_since, last_error, last_success_at > last_failure_at FROM webhook_endpoints")[0]
    assert tuple(row) == (None, "http", True)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(form: str, hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    wanted = datetime.now(UTC) + timedelta(hours=2)
    value = "7200" if form == "seconds" else wanted.strftime("%a, %d %b %Y %H:%M:%S GMT")
    receiver.behave["/in"] = say(429, Retry_After=value)
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(ATTEMPTS, 1)
    due = hooks.rows("SELECT due_at FROM webhook_deliveries")[0][0]
    assert abs(due - wanted) < timedelta(seconds=60)


def test_rotated_secret_signs_beside_the_old_one_until_the_overlap_ends(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    old, new, now = new_secret(), new_secret(), datetime.now(UTC)
    endpoint_id = hooks.endpoint(f"{receiver.url}/in", secret=old)
    hooks.change(
        "UPDATE webhook_endpoints SET previous_secret = sealed_secret, previous_until = :until, sealed_secret = :new",
        until=now + timedelta(hours=1),
        new=secrets.seal(SEALER, endpoint_id, new),
    )
    hooks.emit()
    with dispatching():
        (first,) = receiver.until(1)
        hooks.change("UPDATE webhook_endpoints SET previous_until = now() - interval '1 second'")
        hooks.emit()
        second = receiver.until(2)[1]
    assert len(first.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(first.body, dict(first.headers))
    Webhook(new).verify(second.body, dict(second.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(second.body, dict(second.headers))


def test_secret_that_cannot_be_opened_is_a_failure_of_ours_and_sends_nothing(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    hooks.endpoint(f"{receiver.url}/in")
    hooks.change(
        "UPDATE webhook_endpoints SET sealed_secret = :foreign", foreign=secrets.seal(SEALER, hooks.tenant, "x")
    )
    hooks.emit()
    with dispatching():
        hooks.until("SELECT error_kind FROM webhook_deliveries", "secret")
    assert receiver.received == []


def test_secrets_are_not_in_the_database(hooks: Hooks, receiver: Receiver, dispatching: Dispatching) -> None:
    secret = new_secret()
    hooks.endpoint(f"{receiver.url}/in", secret=secret)
    hooks.emit()
    with dispatching():
        hooks.until(STATUS, "succeeded")
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    for table in ("webhook_endpoints", "webhook_deliveries", "webhook_attempts", "platform_events"):
        dump = str(hooks.rows(f"SELECT t::text FROM {table} t"))
        for shape in (secret, secret.removeprefix("whsec_"), raw.hex(), secret.encode().hex()):
            assert shape not in dump


def test_manual_resend_does_not_consume_the_schedule(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(500)
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until(ATTEMPTS, 1)
        delivery_id, due, step = hooks.rows("SELECT delivery_id, due_at, step FROM webhook_deliveries")[0]
        hooks.change("UPDATE webhook_deliveries SET due_at = due_at + interval '1 hour'")
        for count in (2, 3):
            with tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
                assert deliveries.resend(connection, hooks.tenant, endpoint_id, delivery_id, datetime.now(UTC))
            hooks.until(ATTEMPTS, count)
    row = hooks.rows("SELECT status, due_at, step, by_hand, resume_at FROM webhook_deliveries")[0]
    assert tuple(row) == ("pending", due + timedelta(hours=1), step, False, None)
    by_hand = [row[0] for row in hooks.rows("SELECT by_hand FROM webhook_attempts ORDER BY number")]
    assert by_hand == [False, True, True]


@pytest.mark.parametrize(
    ("status", "answer", "after"),
    [("failed", 200, "succeeded"), ("failed", 500, "failed"), ("succeeded", 500, "succeeded")],
)
def test_manual_resend_of_a_finished_delivery_is_one_attempt(
    status: str, answer: int, after: str, hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = say(answer)
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    hooks.change("UPDATE webhook_deliveries SET status = :status, due_at = NULL, completed_at = now()", status=status)
    delivery_id = hooks.rows("SELECT delivery_id FROM webhook_deliveries")[0][0]
    with tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
        deliveries.resend(connection, hooks.tenant, endpoint_id, delivery_id, datetime.now(UTC))
    with dispatching():
        hooks.until(ATTEMPTS, 1)
    assert hooks.rows("SELECT status, due_at, step FROM webhook_deliveries")[0] == (after, None, 0)


def test_resend_while_an_attempt_is_under_way_keeps_the_schedule(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    receiver.behave["/in"] = receiver.hang
    endpoint_id = hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    delivery_id = hooks.rows("SELECT delivery_id FROM webhook_deliveries")[0][0]
    with dispatching(timeout_seconds=3):
        receiver.until(1)
        receiver.behave["/in"] = say(500)
        with tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
            deliveries.resend(connection, hooks.tenant, endpoint_id, delivery_id, datetime.now(UTC))
        hooks.until(ATTEMPTS, 2)
    row = hooks.rows("SELECT status, step, by_hand, resume_at, due_at > now() FROM webhook_deliveries")[0]
    assert tuple(row) == ("pending", 1, False, None, True)
    kinds = hooks.rows("SELECT by_hand, error_kind FROM webhook_attempts ORDER BY number")
    assert [tuple(kind) for kind in kinds] == [(True, "http"), (False, "timeout")]


def test_recovery_touches_one_endpoint_and_one_tenant_alone(hooks: Hooks) -> None:
    mine, beside = hooks.endpoint("https://a.example/"), hooks.endpoint("https://b.example/")
    hooks.endpoint("https://c.example/", tenant=hooks.other)
    for tenant in (hooks.tenant, hooks.other):
        for _ in range(3):
            hooks.emit(tenant=tenant)
    hooks.change("UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, completed_at = now(), step = 10")
    hooks.change(
        "UPDATE webhook_deliveries SET created_at = now() - interval '2 days' WHERE delivery_id ="
        " (SELECT min(delivery_id::text)::uuid FROM webhook_deliveries WHERE endpoint_id = :id)",
        id=mine,
    )
    since = datetime.now(UTC) - timedelta(days=1)
    with tenant_transaction(hooks.api_engine, hooks.tenant) as connection:
        found = deliveries.recover(connection, hooks.tenant, mine, since=since, status="failed", now=datetime.now(UTC))
        # Row-level security keeps even a call that names the other tenant out.
        theirs = connection.execute(
            text("SELECT count(*) FROM webhook_deliveries WHERE tenant_id = :t"), {"t": hooks.other}
        )
        assert theirs.scalar_one() == 0
        crossing = deliveries.recover(
            connection, hooks.other, mine, since=since, status="failed", now=datetime.now(UTC)
        )
    assert (found, crossing) == (2, 0)
    owed = hooks.rows(
        "SELECT endpoint_id, step, count(*) FROM webhook_deliveries WHERE status = 'pending' GROUP BY 1, 2"
    )
    assert [tuple(row) for row in owed] == [(mine, 0, 2)]
    assert beside not in {row[0] for row in owed}
