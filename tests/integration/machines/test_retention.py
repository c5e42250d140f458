"""Messages are retired by whole months: nobody who reads is kept waiting, and nothing that was counted changes."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gateway.domain.messages import NewMessage, new_message
from gateway.domain.statuses import Status
from gateway.store import partitions, retention, rollups, writes
from gateway.store.retention import Retired, first_kept, retire
from tests.integration.store.tenants import add_tenant

MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)
EDGE = datetime(2025, 3, 31, 23, 59, 59, 999000, tzinfo=UTC)


def _message(
    tenant: UUID, at: datetime, number: int, *, status: Status = Status.DELIVERED, source: str = "import"
) -> NewMessage:
    return new_message(
        tenant_id=tenant, submitted_at=at, recipient=f"+9370{number:07}", sender_id="BANK", source=source,
        external_id=str(number), status=status, price=Decimal("0.5"), final_at=at + timedelta(seconds=3),
    )  # fmt: skip


@pytest.fixture
def tenant(worker_engine: Engine) -> UUID:
    """An account of Kabul with messages on both sides of the end of March, to the millisecond."""
    tenant = add_tenant(worker_engine)
    moments = [datetime(2025, 3, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(0, 24 * 61, 3)]
    rows = [_message(tenant, at, n) for n, at in enumerate([*moments, EDGE, EDGE + timedelta(milliseconds=1)])]
    with worker_engine.begin() as connection:
        writes.copy_messages(connection, rows)
        rollups.fold_all(connection)
    return tenant


def _totals(engine: Engine, tenant: UUID) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text("SELECT day, status::text, messages, spend FROM rollup_totals WHERE tenant_id = :t ORDER BY 1, 2"),
                {"t": tenant},
            )
        ]


def _first(engine: Engine) -> tuple[datetime | None, int]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT min(submitted_at), count(*) FROM messages")).one()
    return found[0], found[1]


def test_the_months_that_are_kept() -> None:
    assert first_kept(date(2026, 11, 27), 3) == date(2026, 8, 1)
    assert first_kept(date(2026, 1, 31), 12) == date(2025, 1, 1)
    assert first_kept(date(2025, 12, 5), -1) == date(2026, 1, 1)


def test_what_is_retired_is_gone_and_what_was_counted_of_it_stays(worker_engine: Engine, tenant: UUID) -> None:
    before = _totals(worker_engine, tenant)
    assert retire(worker_engine, APRIL) == Retired((MARCH,))
    assert _first(worker_engine)[0] == EDGE + timedelta(milliseconds=1)
    assert _totals(worker_engine, tenant) == before
    with worker_engine.begin() as connection:
        assert retention.kept_from(connection) == datetime(2025, 4, 1, tzinfo=UTC)
        assert connection.execute(text("SELECT min(submitted_at) FROM message_events")).scalar_one() > EDGE
        assert "2025_03" not in partitions.list_months(connection)
        for parent in ("messages", "message_events"):
            assert connection.execute(text(f"SELECT to_regclass('{parent}_2025_03')")).scalar() is None
        assert rollups.differences(connection, tenant) == {}
    assert retire(worker_engine, APRIL) == Retired()  # again changes nothing


def test_a_recount_keeps_the_days_that_cannot_be_counted_again(worker_engine: Engine, tenant: UUID) -> None:
    before = _totals(worker_engine, tenant)
    retire(worker_engine, APRIL)
    with worker_engine.begin() as connection:
        rollups.recount(connection, tenant)
    assert _totals(worker_engine, tenant) == before
    with worker_engine.begin() as connection:
        # 1 April in Kabul began four and a half hours before it did in UTC, so it is the first day that is not whole.
        connection.execute(text("UPDATE rollup_totals SET messages = messages + 1 WHERE day = '2025-04-02'"))
        assert rollups.differences(connection, tenant) == {"rollup_totals": 2}
        rollups.recount(connection, tenant)
        assert rollups.differences(connection, tenant) == {}
    assert _totals(worker_engine, tenant) == before


def test_nothing_older_comes_back(worker_engine: Engine, tenant: UUID) -> None:
    retire(worker_engine, APRIL)
    with worker_engine.begin() as connection:
        assert partitions.ensure_months(connection, [MARCH, date(2025, 1, 1)]) == []
    for at in (EDGE, datetime(2019, 1, 1, tzinfo=UTC)):
        with pytest.raises(IntegrityError, match="kept"), worker_engine.begin() as connection:
            writes.insert_messages(connection, [_message(tenant, at, 9001)])


def test_rows_that_never_got_their_month_go_too(worker_engine: Engine, tenant: UUID) -> None:
    lost = datetime(2019, 6, 1, tzinfo=UTC)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [_message(tenant, lost, 9002)])
        rollups.fold_all(connection)
    before = _totals(worker_engine, tenant)
    retire(worker_engine, APRIL)
    first, _count = _first(worker_engine)
    assert first is not None
    assert first > EDGE
    assert _totals(worker_engine, tenant) == before


def test_a_long_read_sees_all_of_its_rows_and_lets_others_read_meanwhile(worker_engine: Engine, tenant: UUID) -> None:
    """The long reader holds the log; the retiring one tries, gives way to whoever comes, and succeeds in the end."""
    everything = _first(worker_engine)[1]
    tried, done = threading.Semaphore(0), threading.Event()
    result: list[Retired] = []

    def pause(_seconds: float) -> None:
        tried.release()
        threading.Event().wait(0.01)

    def run() -> None:
        result.append(retire(worker_engine, APRIL, tries=10_000, sleep=pause))
        done.set()

    with worker_engine.connect() as reader:
        cursor = reader.execution_options(yield_per=10).execute(text("SELECT message_id FROM messages"))
        seen = len(cursor.fetchmany(10))
        retiring = threading.Thread(target=run)
        retiring.start()
        for _ in range(3):  # tries that were given up; between and during them everybody else reads
            assert tried.acquire(timeout=60)
            with worker_engine.begin() as other:
                # Far above what one waits behind a try, and far below waiting for the long reader.
                other.exec_driver_sql("SET LOCAL statement_timeout = '20s'")
                assert other.execute(text("SELECT count(*) FROM messages")).scalar_one() == everything
        assert not done.is_set()
        seen += len(cursor.fetchall())
        reader.rollback()
        assert seen == everything
    assert done.wait(60)
    retiring.join()
    assert result == [Retired((MARCH,))]


def test_who_reads_all_the_time_is_left_in_peace(worker_engine: Engine, tenant: UUID) -> None:
    with worker_engine.connect() as reader:
        reader.execute(text("SELECT 1 FROM messages LIMIT 1"))
        found = retire(worker_engine, APRIL, tries=2, sleep=lambda _seconds: None)
        assert found == Retired((), MARCH, "the log was being read all the time")
    assert _first(worker_engine)[0] == datetime(2025, 3, 1, tzinfo=UTC)


def test_a_month_that_owes_something_stays(worker_engine: Engine, tenant: UUID) -> None:
    april = datetime(2025, 4, 10, tzinfo=UTC)
    with worker_engine.begin() as connection:
        writes.insert_messages(connection, [_message(tenant, april, 9003, status=Status.HELD, source="api")])
    assert retire(worker_engine, MAY) == Retired((MARCH,), APRIL, "1 of its messages have not left yet")
    with worker_engine.begin() as connection:
        connection.execute(text("UPDATE messages SET status = 'failed' WHERE status = 'held'"))
    assert retire(worker_engine, MAY) == Retired((APRIL,))


def test_a_month_without_its_invoices_stays(worker_engine: Engine, tenant: UUID) -> None:
    with worker_engine.begin() as connection:
        connection.execute(
            text("""INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, currency)
                    VALUES (:t, '2025-03-20', 'charge', 'balance', 'revenue', 5, 'AFN')"""),
            {"t": tenant},
        )
    assert retire(worker_engine, APRIL) == Retired((), MARCH, "1 accounts have no invoice of it yet")
    with worker_engine.begin() as connection:
        connection.execute(
            text("INSERT INTO billing_settings (tenant_id, billed_until) VALUES (:t, '2025-05-01')"), {"t": tenant}
        )
    assert retire(worker_engine, APRIL) == Retired((MARCH,))


def test_only_whole_months_that_are_over_are_retired(worker_engine: Engine) -> None:
    for until in ("2025-04-02T00:00:00Z", "2199-01-01T00:00:00Z"):
        with pytest.raises(Exception, match="whole months that are over"), worker_engine.begin() as connection:
            connection.execute(text("SELECT retire_messages(CAST(:until AS timestamptz))"), {"until": until})
