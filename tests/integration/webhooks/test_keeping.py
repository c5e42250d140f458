"""What is old is forgotten, with everything that belongs to it, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.store.webhooks.queue import prune, prune_hours
from tests.integration.webhooks.conftest import Dispatching, Hooks
from tests.support.receiver import Receiver
from tests.support.webhook_rows import add_delivery

DAYS = 30


def test_deliveries_and_their_attempts_are_forgotten_after_their_days(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    hooks.endpoint(f"{receiver.url}/in")
    for number in range(3):
        hooks.emit(number)
    with dispatching():
        hooks.until("SELECT count(*) FROM webhook_deliveries WHERE status = 'succeeded'", 3)
    old, edge, new = (row[0] for row in hooks.rows("SELECT delivery_id FROM webhook_deliveries ORDER BY delivery_id"))
    for delivery, age in ((old, f"{DAYS} days 1 minute"), (edge, f"{DAYS - 1} days 23 hours"), (new, "0 days")):
        hooks.change(
            "UPDATE webhook_deliveries SET created_at = now() - CAST(:age AS interval) WHERE delivery_id = :delivery",
            age=age,
            delivery=delivery,
        )
    with hooks.worker_engine.begin() as connection:
        assert prune(connection, days=DAYS) == 1
        assert prune(connection, days=DAYS) == 0
    for table in ("webhook_deliveries", "webhook_attempts"):
        left = {row[0] for row in hooks.rows(f"SELECT delivery_id FROM {table}")}
        assert left == {edge, new}, table


def test_more_than_a_batch_is_forgotten_in_several(hooks: Hooks, receiver: Receiver) -> None:
    hooks.endpoint(f"{receiver.url}/in")
    for number in range(5):
        hooks.emit(number)
    hooks.change(
        "UPDATE webhook_deliveries SET created_at = now() - interval '31 days', status = 'failed', due_at = NULL,"
        " completed_at = now()"
    )
    with hooks.worker_engine.begin() as connection:
        assert [prune(connection, days=DAYS, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_what_is_still_owed_is_kept_however_old_it_is(hooks: Hooks) -> None:
    owed, disabled, gone = (hooks.endpoint(f"https://{name}.example/") for name in ("a", "b", "c"))
    hooks.emit()
    with hooks.worker_engine.begin() as connection:
        by_hand = add_delivery(connection, hooks.tenant, owed, datetime.now(UTC), status="failed")
    hooks.change("UPDATE webhook_deliveries SET by_hand = true, due_at = now() WHERE delivery_id = :id", id=by_hand)
    hooks.change("UPDATE webhook_deliveries SET created_at = now() - interval '400 days'")
    hooks.change(
        "UPDATE webhook_endpoints SET status = 'disabled', status_reason = 'by_user' WHERE endpoint_id = :id",
        id=disabled,
    )
    hooks.change("DELETE FROM webhook_endpoints WHERE endpoint_id = :id", id=gone)
    with hooks.worker_engine.begin() as connection:
        assert prune(connection, days=DAYS) == 1
    left = hooks.rows("SELECT endpoint_id FROM webhook_deliveries")
    assert sorted(row[0] for row in left) == sorted([owed, owed, disabled])


def test_hours_of_health_are_forgotten_after_their_days(
    hooks: Hooks, receiver: Receiver, dispatching: Dispatching
) -> None:
    hooks.endpoint(f"{receiver.url}/in")
    hooks.emit()
    with dispatching():
        hooks.until("SELECT count(*) FROM webhook_hours", 1)
    with hooks.worker_engine.begin() as connection:
        prune_hours(connection, days=DAYS)
    assert hooks.rows("SELECT count(*) FROM webhook_hours")[0][0] == 1
    hooks.change("UPDATE webhook_hours SET hour = hour - interval '31 days'")
    with hooks.worker_engine.begin() as connection:
        prune_hours(connection, days=DAYS)
    assert hooks.rows("SELECT count(*) FROM webhook_hours")[0][0] == 0
