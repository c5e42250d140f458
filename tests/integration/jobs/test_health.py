"""Health scores by the worker's own queue: nights, missed nights, runs that somebody asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from gateway.domain.statuses import Status
from gateway.jobs import health
from gateway.settings import GatewaySettings
from gateway.store import writes
from gateway.store.partitions import ensure_months
from tests.integration.store.tenants import add_tenant
from tests.integration.store.test_rollups import message
from tests.support.jobs import work_off


@pytest.fixture
def tenants(worker_engine: Engine) -> list[UUID]:
    """Two with traffic of ten days ago, which nobody has folded yet."""
    found = [add_tenant(worker_engine), add_tenant(worker_engine, "America/New_York")]
    then = datetime.now(UTC) - timedelta(days=10)
    with worker_engine.begin() as connection:
        ensure_months(connection, [then])
        for tenant_id in found:
            rows = [
                message(tenant_id, number, 0, status=status, submitted_at=then + timedelta(minutes=number))
                for number, status in enumerate((Status.DELIVERED, Status.DELIVERED, Status.FAILED, Status.BLOCKED))
            ]
            writes.insert_messages(connection, rows)
    return found


def scores(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT tenant_id, day, score, messages FROM health_scores ORDER BY 1, 2"))
        return [tuple(row) for row in rows]


def test_worker_scores_all_days_that_are_over_and_then_nothing(
    gateway_settings: GatewaySettings, worker_engine: Engine, tenants: list[UUID]
) -> None:
    work_off(gateway_settings, worker_engine, "score_customers")
    made = scores(worker_engine)
    assert {row[0] for row in made} == set(tenants)
    assert 18 <= len(made) <= 22
    assert {row[3] for row in made} == {4}, "what waited to be counted is counted"
    work_off(gateway_settings, worker_engine, "score_customers")
    with worker_engine.begin() as connection:
        assert connection.execute(text("SELECT count(*), sum(scores) FROM health_runs")).one() == (1, len(made))


def test_missed_nights_are_made_when_the_worker_is_back(
    gateway_settings: GatewaySettings, worker_engine: Engine, tenants: list[UUID]
) -> None:
    now = datetime.now(UTC)
    health.score_due(worker_engine, now - timedelta(days=3))
    before = scores(worker_engine)
    work_off(gateway_settings, worker_engine, "score_customers")
    assert len(scores(worker_engine)) == len(before) + 6
    assert set(before) < set(scores(worker_engine))


def test_worker_that_was_interrupted_goes_on_and_ends_with_the_same(
    gateway_settings: GatewaySettings, worker_engine: Engine, tenants: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    compute_day = health.compute_day

    def fall_on_the_fourth(*given: object) -> int:
        made.append(given)
        if len(made) == 4:
            raise KeyboardInterrupt
        return compute_day(*given)  # type: ignore[arg-type]

    now = datetime.now(UTC)
    with monkeypatch.context() as broken:
        broken.setattr(health, "compute_day", fall_on_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            health.score_due(worker_engine, now)
    assert scores(worker_engine)
    health.score_due(worker_engine, now)
    after = scores(worker_engine)
    with worker_engine.begin() as connection:
        connection.execute(text("DELETE FROM health_scores"))
        connection.execute(text("DELETE FROM health_current"))
    health.score_due(worker_engine, now)
    assert scores(worker_engine) == after


def test_run_that_somebody_asks_for_is_queued_with_it(
    gateway_settings: GatewaySettings, worker_engine: Engine, tenants: list[UUID]
) -> None:
    with worker_engine.begin() as connection:
        statement = text("INSERT INTO health_runs (days, asked_by, asked_at) VALUES (2, :t, now())")
        connection.execute(statement, {"t": tenants[0]})
    work_off(gateway_settings, worker_engine)
    assert len(scores(worker_engine)) == 4
    with worker_engine.begin() as connection:
        done = connection.execute(text("SELECT scores, finished_at IS NOT NULL FROM health_runs")).one()
    assert tuple(done) == (4, True)


def test_run_that_is_done_is_not_done_again(
    gateway_settings: GatewaySettings, worker_engine: Engine, tenants: list[UUID]
) -> None:
    with worker_engine.begin() as connection:
        statement = text("INSERT INTO health_runs (days, asked_at, tenant_id) VALUES (2, now(), :t) RETURNING run_id")
        run_id = connection.execute(statement, {"t": tenants[1]}).scalar_one()
    for _ in range(2):
        health.perform(worker_engine, run_id, datetime.now(UTC))
        made = scores(worker_engine)
        assert {row[0] for row in made} == {tenants[1]}
        assert len(made) == 2
        with worker_engine.begin() as connection:
            connection.execute(text("UPDATE health_scores SET score = 1"))
    assert {row[2] for row in scores(worker_engine)} == {1}


def test_receipt_that_comes_late_is_in_the_scores_of_its_days(worker_engine: Engine, tenants: list[UUID]) -> None:
    now = datetime.now(UTC)
    health.score_due(worker_engine, now - timedelta(days=1))
    before = scores(worker_engine)
    with worker_engine.begin() as connection:
        connection.execute(text("UPDATE messages SET status = 'delivered' WHERE status = 'failed'"))
    health.score_due(worker_engine, now)
    after = {row[:2]: row for row in scores(worker_engine)}
    changed = [row for row in before if after[row[:2]] != row]
    assert len(changed) == len(tenants) * health.RECOUNTED_DAYS, "those days and no others"
    for tenant_id in tenants:
        days = sorted(str(row[1]) for row in before if row[0] == tenant_id)
        assert sorted(str(row[1]) for row in changed if row[0] == tenant_id) == days[-health.RECOUNTED_DAYS :]
    current = text("SELECT c.score = s.score FROM health_current c JOIN health_scores s USING (tenant_id, day)")
    with worker_engine.begin() as connection:
        assert set(connection.execute(current).scalars()) == {True}


def test_scores_of_long_ago_are_thinned_to_the_last_days_of_months(worker_engine: Engine, tenants: list[UUID]) -> None:
    now = datetime.now(UTC)
    health.score_due(worker_engine, now - timedelta(days=1))
    before = scores(worker_engine)
    copied = """
        INSERT INTO health_scores
        SELECT (jsonb_populate_record(h, jsonb_build_object('day', d::date))).*
        FROM health_scores h,
             generate_series(now() - interval '500 days', now() - interval '300 days', interval '1 day') AS d
        WHERE h.day = (SELECT min(m.day) FROM health_scores m WHERE m.tenant_id = h.tenant_id)"""
    with worker_engine.begin() as connection:
        connection.execute(text(copied))
    health.score_due(worker_engine, now)
    made = scores(worker_engine)
    assert {row[:2] for row in before} <= {row[:2] for row in made}
    limit = (now - timedelta(days=health.DAILY_FOR_DAYS + 3)).date()
    old = [row[1] for row in made if row[1] < limit]
    assert len(old) in (6, 8), "three or four months of two tenants"
    assert all((day + timedelta(days=1)).day == 1 for day in old)
    assert sum(1 for row in made if limit + timedelta(days=5) < row[1] < limit + timedelta(days=90)) == 2 * 84
