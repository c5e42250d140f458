"""Rollups equal a recount, whatever was written, in whatever order, with folds in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from gateway.domain.latency import bucket_of
from gateway.domain.messages import NewMessage, Transition, new_message
from gateway.domain.statuses import Status
from gateway.store import rollups, writes
from gateway.store.rollups import HOUR_MESSAGES, HOUR_SPEND, LATENCY_BUCKETS, ROLLUPS
from tests.integration.store.tenants import add_tenant

NIGHT = datetime(2026, 11, 4, 19, 15, tzinfo=UTC)
"""A quarter of an hour before midnight in Kabul."""

RECIPIENTS = ("+93700000001", "+93710000002", "+93720000003", "+4915112345678")


def message(tenant_id: UUID, number: int, minutes: int, **given: object) -> NewMessage:
    fields: dict[str, object] = {
        "tenant_id": tenant_id, "submitted_at": NIGHT + timedelta(minutes=minutes, milliseconds=number),
        "recipient": RECIPIENTS[number % 4], "sender_id": f"S{number % 3}", "source": "api", "external_id": str(number),
        "segment_count": number % 3 + 1,
    }  # fmt: skip
    return new_message(**(fields | given))  # type: ignore[arg-type]


def recounted(connection: Connection, tenant_id: UUID) -> dict[str, dict[tuple[object, ...], tuple[object, ...]]]:
    """All rollups of the tenant worked out row by row in Python."""
    zone = connection.execute(text("SELECT time_zone FROM tenants WHERE tenant_id = :t"), {"t": tenant_id}).scalar_one()
    found: dict[str, dict[tuple[object, ...], Counter[str]]] = {rollup.table: {} for rollup in ROLLUPS}
    for row in connection.execute(text("SELECT * FROM messages WHERE tenant_id = :t"), {"t": tenant_id}).mappings():
        local = row["submitted_at"].astimezone(ZoneInfo(zone))
        facts = {
            **row, "day": local.date(), "error_code": row["error_code"] or "",
        }  # fmt: skip
        for rollup in ROLLUPS:
            if rollup.grain == "l" and row["status"] != "delivered":
                continue
            cell = found[rollup.table].setdefault(tuple(facts[key] for key in rollup.keys), Counter())
            cell["messages"] += 1
            cell["segments"] += row["segments"]
            cell["spend"] += row["price"]
            cell[HOUR_MESSAGES[local.hour]] += 1
            cell[HOUR_SPEND[local.hour]] += row["price"]
            if row["final_at"]:
                cell[LATENCY_BUCKETS[bucket_of(row["submitted_at"], row["final_at"])]] += 1
    measures = {rollup.table: tuple(rollup.measures) for rollup in ROLLUPS}
    return {
        table: {key: tuple(cell[name] for name in measures[table]) for key, cell in cells.items()}
        for table, cells in found.items()
    }


def kept(connection: Connection, tenant_id: UUID) -> dict[str, dict[tuple[object, ...], tuple[object, ...]]]:
    result = {}
    for rollup in ROLLUPS:
        columns = ", ".join((*rollup.keys, *rollup.measures))
        rows = connection.execute(text(f"SELECT {columns} FROM {rollup.table} WHERE tenant_id = :t"), {"t": tenant_id})
        split = len(rollup.keys)
        result[rollup.table] = {tuple(row[:split]): tuple(row[split:]) for row in rows}
    return result


def assert_equal_to_recount(engine: Engine, tenant_id: UUID) -> None:
    with engine.begin() as connection:
        assert rollups.differences(connection, tenant_id) == {}  # with what still waits in the queue
        rollups.fold_all(connection)
        assert kept(connection, tenant_id) == recounted(connection, tenant_id)


numbers = st.integers(0, 7)
minutes = st.sampled_from([0, 10, 20, 60 * 24, 60 * 24 * 40])
statuses = st.sampled_from(Status)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.lists(st.tuples(numbers, minutes, statuses), min_size=1, max_size=4)),
        st.tuples(st.just("copy"), st.lists(st.tuples(numbers, minutes, statuses), min_size=1, max_size=4)),
        st.tuples(st.just("news"), st.lists(st.tuples(numbers, minutes, st.none() | statuses), min_size=1, max_size=5)),
        st.tuples(st.just("delete"), numbers),
        st.tuples(st.just("reprice"), numbers),
        st.tuples(st.just("fold"), st.integers(1, 30)),
        st.tuples(st.just("roll back"), st.none()),
    ),
    max_size=14,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, zone=st.sampled_from(["Asia/Kabul", "UTC", "America/New_York"]))
def test_rollups_after_any_history_equal_a_recount(
    steps: Sequence[tuple[str, object]], zone: str, shared_worker_engine: Engine
) -> None:
    engine = shared_worker_engine
    tenant_id = add_tenant(engine, zone)
    for kind, what in steps:
        with engine.begin() as connection:
            _play(connection, tenant_id, kind, what)
    assert_equal_to_recount(engine, tenant_id)


def _play(connection: Connection, tenant_id: UUID, kind: str, what: object) -> None:
    match kind, what:
        case (("insert" | "copy"), list(items)):
            rows = [message(tenant_id, number, when, status=status) for number, when, status in items]
            write = writes.insert_messages if kind == "insert" else writes.copy_messages
            result = write(connection, rows)
            assert result.inserted + result.already_known == len(rows)
        case "news", list(items):
            news = [
                Transition(
                    message(tenant_id, number, when).message_id, status, NIGHT + timedelta(seconds=90 * number),
                    "receipt", None if status is Status.DELIVERED else "undeliverable", "UNDELIV/001",
                )
                for number, when, status in items
            ]  # fmt: skip
            found = writes.apply_transitions(connection, tenant_id, news)
            known = len([item for item in news if item.message_id not in found.unknown])
            assert found.applied + found.ignored == known
        case "delete", int(number):
            named = {"t": tenant_id, "name": str(number)}
            deleted = "DELETE FROM messages WHERE tenant_id = :t AND external_id = :name RETURNING message_id"
            ids = connection.execute(text(deleted), named).scalars().all()
            connection.execute(text("DELETE FROM message_events WHERE message_id = ANY (:ids)"), {"ids": ids})
        case "reprice", int(number):
            named = {"t": tenant_id, "name": str(number), "price": Decimal(number)}
            connection.execute(
                text("UPDATE messages SET price = :price, segments = 9 WHERE tenant_id = :t AND external_id = :name"),
                named,
            )
        case "fold", int(limit):
            rollups.fold(connection, limit=limit)
        case "roll back", _:
            with connection.begin_nested() as nested:
                writes.insert_messages(connection, [message(tenant_id, 7, 0)])
                nested.rollback()


def test_rollups_with_concurrent_writers_and_folds_equal_a_recount(worker_engine: Engine) -> None:
    tenants = [add_tenant(worker_engine), add_tenant(worker_engine)]

    def write(seed: int) -> None:
        random = Random(seed)
        for _ in range(15):
            tenant_id = random.choice(tenants)
            rows = [message(tenant_id, random.randrange(40), 0) for _ in range(10)]
            with worker_engine.begin() as connection:
                writes.insert_messages(connection, rows)
            news = [
                Transition(
                    message(tenant_id, random.randrange(40), 0).message_id,
                    random.choice(list(Status)),
                    NIGHT,
                    "receipt",
                )
                for _ in range(10)
            ]
            with worker_engine.begin() as connection:
                writes.apply_transitions(connection, tenant_id, news)

    def fold(_: int) -> None:
        for _ in range(40):
            with worker_engine.begin() as connection:
                rollups.fold(connection, limit=25)

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(write, seed) for seed in range(4)] + [pool.submit(fold, n) for n in range(2)]
        for job in jobs:
            job.result()
    for tenant_id in tenants:
        assert_equal_to_recount(worker_engine, tenant_id)


def queued(connection: Connection, tenant_id: UUID) -> list[tuple[object, ...]]:
    """What waits to be folded, with equal cells added up."""
    cells = (
        "grain::text, day, hour, bucket, operator, sender_id, country, destination, status::text, error_code"
        ", sum(messages), sum(segments), sum(spend)"
    )
    found = connection.execute(
        text(f"SELECT {cells} FROM rollup_deltas WHERE tenant_id = :t GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
        {"t": tenant_id},
    )
    return sorted(map(tuple, found), key=str)


@pytest.mark.parametrize("zone", ["Asia/Kabul", None])
def test_messages_are_counted_one_by_one_as_together(zone: str | None, worker_engine: Engine) -> None:
    """Also those of an account that is gone, whose days are those of UTC."""
    alone, together = (add_tenant(worker_engine, zone) if zone else uuid4() for _ in range(2))
    statuses = [*Status, *Status]
    rows = {
        tenant_id: [
            message(tenant_id, number, 11 * number, status=status, error_code="expired" if number % 3 else None)
            for number, status in enumerate(statuses)
        ]
        for tenant_id in (alone, together)
    }
    with worker_engine.begin() as connection:
        for row in rows[alone]:
            writes.insert_messages(connection, [row])
        writes.insert_messages(connection, rows[together])
        found = queued(connection, alone)
        assert found == queued(connection, together)
        assert sum(int(str(cell[-3])) for cell in found if cell[0] == "c") == len(statuses)
        assert sum(int(str(cell[-3])) for cell in found if cell[0] == "l") == statuses.count(Status.DELIVERED)
        for tenant_id in (alone, together):
            assert rollups.differences(connection, tenant_id) == {}


def test_fold_counts_what_it_took_and_bumps_the_revision(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        assert rollups.revision(connection, tenant_id) == 0
        writes.insert_messages(connection, [message(tenant_id, 1, 0)])
        waiting = rollups.pending(connection)
        assert rollups.fold(connection) == waiting > 0
        assert (rollups.fold(connection), rollups.pending(connection)) == (0, 0)
        assert rollups.revision(connection, tenant_id) == 1


def test_fold_emptied_rows_are_removed(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [message(tenant_id, 1, 0)])
        rollups.fold(connection)
        connection.execute(text("DELETE FROM messages"))
        rollups.fold(connection)
        assert not any(kept(connection, tenant_id).values())


def test_day_and_hour_are_those_of_the_tenants_zone(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine, "Asia/Kabul")
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [message(tenant_id, 4, 0), message(tenant_id, 4, 20)])
        rollups.fold(connection)
        rows = connection.execute(
            text("SELECT day::text, m23, m00, a23 FROM rollup_hours WHERE tenant_id = :t ORDER BY day"),
            {"t": tenant_id},
        )
        assert [tuple(row) for row in rows] == [("2026-11-04", 1, 0, Decimal("0.7")), ("2026-11-05", 0, 1, 0)]


def test_recount_repairs_a_damaged_rollup(worker_engine: Engine) -> None:
    ours, theirs = add_tenant(worker_engine), add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        for tenant_id in (ours, theirs):
            writes.insert_messages(connection, [message(tenant_id, number, 0) for number in range(8)])
        rollups.fold(connection)
        connection.execute(text("UPDATE rollup_daily SET messages = messages + 1 WHERE tenant_id = :t"), {"t": ours})
        connection.execute(text("DELETE FROM rollup_latency"))
        assert list(rollups.differences(connection, ours)) == ["rollup_daily"]
        before = rollups.revision(connection, ours)
        rollups.recount(connection, ours)
        assert rollups.differences(connection, ours) == {}
        assert rollups.revision(connection, ours) > before
    assert_equal_to_recount(worker_engine, ours)
    assert_equal_to_recount(worker_engine, theirs)


def test_recount_after_a_change_of_zone_moves_the_days(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine, "Asia/Kabul")
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [message(tenant_id, 4, 20)])
        rollups.fold(connection)
        connection.execute(text("UPDATE tenants SET time_zone = 'UTC' WHERE tenant_id = :t"), {"t": tenant_id})
        counted = {rollup.table for rollup in ROLLUPS if rollup.grain != "l"}  # no latency: nothing is delivered
        assert set(rollups.differences(connection, tenant_id)) == counted
        rollups.recount(connection, tenant_id)
    assert_equal_to_recount(worker_engine, tenant_id)


@pytest.mark.parametrize("table", [rollup.table for rollup in ROLLUPS])
def test_api_cannot_write_rollups(table: str, api_engine: Engine) -> None:
    with api_engine.begin() as connection:
        granted = connection.execute(
            text(f"SELECT has_table_privilege('{table}', 'INSERT, UPDATE, DELETE, TRUNCATE')")
        ).scalar_one()
    assert granted is False
