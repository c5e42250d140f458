from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import Engine, text

from gateway.domain.messages import new_message
from gateway.domain.statuses import Status
from gateway.store import partitions, rollups, writes
from tests.integration.store.tenants import add_tenant

FAR = date(2031, 5, 17)


def test_ensure_ahead_makes_this_month_and_the_next_once(worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        made = partitions.ensure_ahead(connection, FAR)
        assert made == [date(2031, 5, 1), date(2031, 6, 1), date(2031, 7, 1), date(2031, 8, 1)]
        assert partitions.ensure_ahead(connection, FAR) == []
        assert {"2031_05", "2031_08"} <= set(partitions.list_months(connection))


def test_ensure_ahead_crosses_the_year(worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        assert partitions.ensure_ahead(connection, date(2033, 11, 30))[-1] == date(2034, 2, 1)


def test_ensure_months_reads_moments_in_utc(worker_engine: Engine) -> None:
    early = datetime(2031, 9, 1, 2, tzinfo=timezone(timedelta(hours=4, minutes=30)))
    with worker_engine.begin() as connection:
        assert partitions.ensure_months(connection, [early, early]) == [date(2031, 8, 1)]


def test_messages_that_wait_in_the_default_partition_move_into_their_month(worker_engine: Engine) -> None:
    tenant_id = add_tenant(worker_engine)
    at = datetime(2031, 5, 17, 12, tzinfo=UTC)
    row = new_message(
        tenant_id=tenant_id, submitted_at=at, recipient="+93700000141", sender_id="BANK", source="api", external_id="a",
        status=Status.DELIVERED,
    )  # fmt: skip
    where = text("SELECT DISTINCT tableoid::regclass::text FROM messages WHERE tenant_id = :t")
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [row])
        rollups.fold_all(connection)
        assert connection.execute(where, {"t": tenant_id}).scalars().all() == ["messages_default"]
    with worker_engine.begin() as connection:
        assert partitions.ensure_months(connection, [at]) == [date(2031, 5, 1)]
        assert connection.execute(where, {"t": tenant_id}).scalars().all() == ["messages_2031_05"]
        assert connection.execute(text("SELECT count(*) FROM message_events")).scalar_one() == 3
        assert rollups.pending(connection) == 0  # moving is not a change
        assert rollups.differences(connection, tenant_id) == {}


def test_ensure_months_by_several_at_once_makes_each_month_once(worker_engine: Engine) -> None:
    def make(_: int) -> list[date]:
        with worker_engine.begin() as connection:
            return partitions.ensure_ahead(connection, FAR)

    with ThreadPoolExecutor(4) as pool:
        made = [month for months in pool.map(make, range(4)) for month in months]
    assert sorted(made) == sorted(set(made))
    assert len(made) == 4


def test_lookup_by_id_reads_one_partition(worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        plan = connection.execute(
            text("""EXPLAIN SELECT * FROM messages WHERE tenant_id = gen_random_uuid()
                    AND submitted_at = '2026-11-05 12:00:00.123+00' AND message_id = gen_random_uuid()""")
        ).scalars()
        scans = [line for line in plan if "Scan" in line and " on messages" in line]
    assert len(scans) == 1


def test_new_partition_is_closed_like_the_others(worker_engine: Engine, owner_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        partitions.ensure_months(connection, [FAR])
    with owner_engine.begin() as connection:
        rows = connection.execute(
            text("""
                SELECT c.relrowsecurity, c.relforcerowsecurity, has_table_privilege('gateway_api', c.oid, 'SELECT'),
                       (SELECT array_agg(pg_get_indexdef(indexrelid)) IS NOT NULL FROM pg_index WHERE indrelid = c.oid)
                FROM pg_class c WHERE c.relname IN ('messages_2031_05', 'message_events_2031_05')""")
        ).all()
    assert [tuple(row) for row in rows] == [(True, True, False, True)] * 2
