"""Health scores: each night's, those of nights that were missed, and those that somebody asks for.

Each day is a transaction of its own, so that a worker that is killed has done the days it has done; the next one goes
on with the first that is missing. One day at a time, whoever asks: days are written by one worker only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate import App, JobContext, RetryStrategy
from sqlalchemy import Engine

from gateway.jobs.loops import fold_queued
from gateway.jobs.resources import resources_of
from gateway.store.connections import Connection
from gateway.store.health import runs
from gateway.store.health.scores import (
    DAILY_FOR_DAYS,
    Days,
    compute_day,
    due_days,
    latest_days,
    lock,
    refresh_current,
    thin,
)

QUEUE = "health"
MOST_ATTEMPTS = 5
RUNS_KEPT = timedelta(days=90)
RECOUNTED_DAYS = 3
"""With a new day so many before it are made anew: receipts come as late as messages are valid, three days at most."""

log = structlog.get_logger("gateway.jobs")


def score_customers(context: JobContext, timestamp: int) -> None:
    """Make the scores of all days that are over and have none: usually one, after a stop of the worker several."""
    score_due(resources_of(context).engine, datetime.now(UTC))


def recompute_health(context: JobContext, run_id: str) -> None:
    """Do a run that somebody asked for."""
    perform(resources_of(context).engine, UUID(run_id), datetime.now(UTC))


def score_due(engine: Engine, now: datetime) -> int:
    """The scores that are due at `now`; how many were made."""
    fold_queued(engine)
    with engine.begin() as connection:
        due = due_days(connection, now)
        again = _recounted(connection, due, now)
    if not due:
        return 0
    made = _make(engine, due, now)
    _make(engine, again, now)
    with engine.begin() as connection:
        thin(connection, _tenants(due), due[-1][0] - timedelta(days=DAILY_FOR_DAYS))
        runs.note(connection, len(due), scores=made, started=now, finished=datetime.now(UTC))
        runs.forget(connection, now - RUNS_KEPT)
    log.info("customers scored", first=due[0][0].isoformat(), last=due[-1][0].isoformat(), scores=made)
    return made


def _recounted(connection: Connection, due: Days, now: datetime) -> Days:
    """The days before those that are due, of the same tenants."""
    made = {(day, tenant) for day, tenants in due for tenant in tenants}
    last = latest_days(connection, now, 1 + RECOUNTED_DAYS, _tenants(due)) if due else []
    left = [(day, [tenant for tenant in tenants if (day, tenant) not in made]) for day, tenants in last]
    return [(day, tenants) for day, tenants in left if tenants]


def _tenants(days: Days) -> list[UUID]:
    return sorted({tenant for _, tenants in days for tenant in tenants})


def perform(engine: Engine, run_id: UUID, now: datetime) -> None:
    """Make the scores of a run (anew). A run that is done is not done again."""
    fold_queued(engine)
    with engine.begin() as connection:
        run = runs.start(connection, run_id, now)
        if run is None:
            return
        tenants = [run.tenant_id] if run.tenant_id is not None else None
        days = latest_days(connection, now, run.days, tenants)

    def advance(done_days: int) -> None:
        with engine.begin() as connection:
            runs.advance(connection, run_id, done_days)

    made = _make(engine, days, now, advance)
    with engine.begin() as connection:
        runs.finish(connection, run_id, scores=made, now=datetime.now(UTC))
    log.info("customers scored on demand", run_id=str(run_id), scores=made)


def _make(engine: Engine, days: Days, now: datetime, advance: Callable[[int], None] | None = None) -> int:
    """The scores of these days; `advance` is told after each how many are made."""
    made = 0
    touched: set[UUID] = set()
    for done, (day, tenants) in enumerate(days, 1):
        with engine.begin() as connection:
            lock(connection)
            made += compute_day(connection, day, tenants, now)
        touched.update(tenants)
        if advance is not None:
            advance(done)
    with engine.begin() as connection:
        lock(connection)
        refresh_current(connection, sorted(touched))
    return made


def register(queue: App) -> None:
    """Tell `queue` the task that a run's row asks for."""
    queue.task(
        name="recompute_health", queue=QUEUE, pass_context=True, retry=RetryStrategy(max_attempts=MOST_ATTEMPTS, wait=5)
    )(recompute_health)
