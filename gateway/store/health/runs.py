"""Runs that make scores: who asked for which, and how far each is. Whoever asks only writes a run down; the database
queues the worker's job with it (migration 0020)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

GIVEN_UP_AFTER = timedelta(hours=1)
"""A run that is not finished by then is not waited for."""


@dataclass(frozen=True, slots=True)
class Run:
    """The last `days` days of one tenant, or of all (None). `scores` are those made, `done_days` the days that are;
    `asked_by` None: the worker."""

    run_id: UUID
    tenant_id: UUID | None
    days: int
    asked_by: UUID | None
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    scores: int
    done_days: int


_COLUMNS = "run_id, tenant_id, days, asked_by, asked_at, started_at, finished_at, scores, done_days"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('health runs', 0))")
_WAITING = text(f"""
    SELECT {_COLUMNS} FROM health_runs
    WHERE finished_at IS NULL AND started_at IS NULL AND asked_at > :since
      AND tenant_id IS NOT DISTINCT FROM CAST(:tenant_id AS uuid) AND days >= :days
    ORDER BY asked_at LIMIT 1""")  # noqa: S608 — names of ours
_ADD = text(f"""
    INSERT INTO health_runs (tenant_id, days, asked_by, asked_at) VALUES (:tenant_id, :days, :person, :now)
    RETURNING {_COLUMNS}""")  # noqa: S608
_LATEST = text(f"""
    SELECT {_COLUMNS} FROM health_runs
    WHERE tenant_id IS NOT DISTINCT FROM CAST(:tenant_id AS uuid) AND asked_by IS NOT NULL
    ORDER BY asked_at DESC, run_id DESC LIMIT :limit""")  # noqa: S608
_GET = text(f"SELECT {_COLUMNS} FROM health_runs WHERE run_id = :run_id")  # noqa: S608
_LAST = text(f"""
    SELECT {_COLUMNS} FROM health_runs WHERE tenant_id IS NULL AND finished_at IS NOT NULL
    ORDER BY finished_at DESC LIMIT 1""")  # noqa: S608
_START = text(f"""
    UPDATE health_runs SET started_at = :now WHERE run_id = :run_id AND finished_at IS NULL RETURNING {_COLUMNS}""")  # noqa: S608
_NOTE = text("""
    INSERT INTO health_runs (days, asked_at, started_at, finished_at, scores, done_days)
    VALUES (:days, :started, :started, :finished, :scores, :days)""")
_FINISH = text("UPDATE health_runs SET finished_at = :now, scores = :scores, done_days = days WHERE run_id = :run_id")
_ADVANCE = text("UPDATE health_runs SET done_days = :done WHERE run_id = :run_id")
_FORGET = text("DELETE FROM health_runs WHERE asked_at < :before")


def ask(connection: Connection, tenant_id: UUID | None, days: int, *, person: UUID, now: datetime) -> Run:
    """A run of these days: the one that is waiting already, or a new one."""
    connection.execute(_LOCK)
    wanted = {"tenant_id": tenant_id, "days": days, "person": person, "now": now, "since": now - GIVEN_UP_AFTER}
    row = connection.execute(_WAITING, wanted).first() or connection.execute(_ADD, wanted).one()
    return Run(*row)


def get_run(connection: Connection, run_id: UUID) -> Run | None:
    """The run, if whoever asks may know of it."""
    return _run(connection.execute(_GET, {"run_id": run_id}).first())


def list_latest(connection: Connection, tenant_id: UUID | None, *, limit: int) -> list[Run]:
    """The latest runs of a tenant, or of all tenants (None), that somebody asked for and the caller may know of."""
    return [Run(*row) for row in connection.execute(_LATEST, {"tenant_id": tenant_id, "limit": limit})]


def last_finished(connection: Connection) -> Run | None:
    """The latest run over all tenants that is done."""
    return _run(connection.execute(_LAST).first())


def start(connection: Connection, run_id: UUID, now: datetime) -> Run | None:
    """Begin (anew) with a run (worker's connection); None when it is done already or forgotten."""
    return _run(connection.execute(_START, {"run_id": run_id, "now": now}).first())


def advance(connection: Connection, run_id: UUID, done_days: int) -> None:
    """Write down how many days of a run are made."""
    connection.execute(_ADVANCE, {"run_id": run_id, "done": done_days})


def finish(connection: Connection, run_id: UUID, *, scores: int, now: datetime) -> None:
    connection.execute(_FINISH, {"run_id": run_id, "scores": scores, "now": now})


def note(connection: Connection, days: int, *, scores: int, started: datetime, finished: datetime) -> None:
    """Write down what the worker did by itself, over all tenants."""
    values = {"days": days, "scores": scores, "started": started, "finished": finished}
    connection.execute(_NOTE, values)


def forget(connection: Connection, before: datetime) -> None:
    """Remove runs asked for before then."""
    connection.execute(_FORGET, {"before": before})


def _run(row: Any) -> Run | None:
    return Run(*row) if row is not None else None
