"""Reports of business reviews: asked for by the API, made by the worker, forgotten after a while.

An insert queues its own job (a trigger does). Of one customer, quarter, language and version of the comments one is
being made at a time: whoever asks meanwhile gets that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.narrowing import Narrowed


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody asks for."""

    period: str
    language: str
    comments_version: int
    created_by: UUID
    created_by_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is shown. `storage_key` is where its file is, while there is one; `complete` whether the quarter
    was over when it was made."""

    tenant_id: UUID
    report_id: UUID
    period: str
    language: str
    comments_version: int
    created_by: UUID
    created_by_name: str
    created_at: datetime
    status: str
    progress: int
    attempt: int
    finished_at: datetime | None
    expires_at: datetime | None
    complete: bool | None
    size_bytes: int | None
    sha256: str | None
    glyphs: tuple[str, ...]
    storage_key: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class File:
    """What an attempt made."""

    storage_key: str
    size_bytes: int
    sha256: str
    glyphs: tuple[str, ...]
    complete: bool


_COLUMNS = """tenant_id, report_id, period, language, comments_version, created_by, created_by_name, created_at, status,
    progress, attempt, finished_at, expires_at, complete, size_bytes, sha256, glyphs, storage_key, problem"""
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('qbr reports ' || CAST(:tenant_id AS text), 0))")
_UNFINISHED = text("""
    SELECT count(*) FROM qbr_reports WHERE tenant_id = :tenant_id AND status IN ('queued', 'running')""")
_SAME = text(f"""
    SELECT {_COLUMNS} FROM qbr_reports
    WHERE tenant_id = :tenant_id AND period = :period AND language = :language
      AND comments_version = :comments_version AND status IN ('queued', 'running')""")  # noqa: S608 — names of ours
_ADD = text(f"""
    INSERT INTO qbr_reports (tenant_id, period, language, comments_version, created_by, created_by_name, created_at)
    VALUES (:tenant_id, :period, :language, :comments_version, :created_by, :created_by_name, :created_at)
    RETURNING {_COLUMNS}""")  # noqa: S608
_GET = text(f"SELECT {_COLUMNS} FROM qbr_reports WHERE report_id = :report_id")  # noqa: S608
_LIST = Narrowed(
    f"""
    SELECT {_COLUMNS} FROM qbr_reports
    WHERE tenant_id = :tenant_id {{narrowed}} ORDER BY report_id DESC LIMIT :limit""",  # noqa: S608
    {"after": "report_id < :after"},
)


def lock(connection: Connection, tenant_id: UUID) -> None:
    """Whoever else asks for a report of this tenant waits until the caller's transaction ends."""
    connection.execute(_LOCK, {"tenant_id": tenant_id})


def count_unfinished(connection: Connection, tenant_id: UUID) -> int:
    found: int = connection.execute(_UNFINISHED, {"tenant_id": tenant_id}).scalar_one()
    return found


def find_unfinished(connection: Connection, tenant_id: UUID, new: NewReport) -> Report | None:
    """The report of the same that is being made, or waits for it."""
    return _report(connection.execute(_SAME, _values(tenant_id, new)).first())


def add_report(connection: Connection, tenant_id: UUID, new: NewReport) -> Report:
    """Keep what is asked for, and queue the work."""
    return _known(connection.execute(_ADD, _values(tenant_id, new)).one())


def get_report(connection: Connection, report_id: UUID) -> Report | None:
    """The report, if whoever asks may know of it."""
    return _report(connection.execute(_GET, {"report_id": report_id}).first())


def list_reports(connection: Connection, tenant_id: UUID, *, limit: int, after: UUID | None = None) -> list[Report]:
    """The newest, or those before the report `after`; ids are in the order of time."""
    rows = _LIST.rows(connection, {"tenant_id": tenant_id, "after": after, "limit": limit})
    return [_known(row) for row in rows]


# -- for the worker ---------------------------------------------------------------------------------------------------

_BEGIN = text(f"""
    UPDATE qbr_reports SET status = 'running', attempt = attempt + 1, progress = 0, started_at = :now
    WHERE tenant_id = :tenant_id AND report_id = :report_id AND status IN ('queued', 'running')
    RETURNING {_COLUMNS}""")  # noqa: S608
# An attempt changes what is its own, and nothing once it was taken over.
_OWN = "WHERE tenant_id = :tenant_id AND report_id = :report_id AND attempt = :attempt AND status = 'running'"
_PROGRESS = text(f"UPDATE qbr_reports SET progress = :progress {_OWN}")  # noqa: S608
_FINISH = text(f"""
    UPDATE qbr_reports SET status = 'ready', progress = 100, finished_at = :now, expires_at = :expires_at,
        complete = :complete, size_bytes = :size_bytes, sha256 = :sha256, glyphs = :glyphs, storage_key = :storage_key
    {_OWN}""")  # noqa: S608
_FAIL = text(f"""
    UPDATE qbr_reports SET status = 'failed', problem = :problem, finished_at = :now, expires_at = :expires_at
    {_OWN}""")  # noqa: S608
# A job that failed for good (the database was away too long) leaves its report behind.
_GIVE_UP = text("""
    UPDATE qbr_reports r
    SET status = 'failed', problem = 'interrupted', finished_at = :now, expires_at = :expires_at
    WHERE r.status IN ('queued', 'running') AND r.created_at < :before AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j WHERE j.task_name = 'make_report' AND j.status IN ('todo', 'doing')
            AND j.args ->> 'report_id' = r.report_id::text)""")
_EXPIRE = text("""
    UPDATE qbr_reports SET status = 'expired', storage_key = NULL WHERE status = 'ready' AND expires_at <= :now""")
_FORGET = text("DELETE FROM qbr_reports WHERE status IN ('expired', 'failed') AND expires_at <= :before")
_KEPT = text("""
    SELECT tenant_id, report_id, attempt, storage_key FROM qbr_reports WHERE status IN ('running', 'ready')""")


def begin_attempt(connection: Connection, tenant_id: UUID, report_id: UUID, now: datetime) -> Report | None:
    """Take a report on, from its beginning; None when it is finished already, or forgotten."""
    values = {"tenant_id": tenant_id, "report_id": report_id, "now": now}
    return _report(connection.execute(_BEGIN, values).first())


def save_progress(connection: Connection, report: Report, progress: int) -> bool:
    """Write down how far it is, 0 to 100; False when another attempt has taken it over."""
    return connection.execute(_PROGRESS, {**_named(report), "progress": progress}).rowcount == 1


def finish(connection: Connection, report: Report, file: File, *, now: datetime, kept: timedelta) -> bool:
    """The file is there; False when nobody wants this attempt's any more, and then nothing is changed."""
    values = {
        **_named(report), "now": now, "expires_at": now + kept, "complete": file.complete, "sha256": file.sha256,
        "size_bytes": file.size_bytes, "glyphs": list(file.glyphs), "storage_key": file.storage_key,
    }  # fmt: skip
    return connection.execute(_FINISH, values).rowcount == 1


def fail(connection: Connection, report: Report, problem: str, *, now: datetime, kept: timedelta) -> None:
    """It cannot be made. `problem` is a code."""
    connection.execute(_FAIL, {**_named(report), "problem": problem, "now": now, "expires_at": now + kept})


def give_up_orphans(connection: Connection, *, now: datetime, before: datetime, kept: timedelta) -> int:
    """Fail the reports from before `before` that no job is working on or will."""
    return connection.execute(_GIVE_UP, {"now": now, "before": before, "expires_at": now + kept}).rowcount


def expire(connection: Connection, *, now: datetime, remembered: timedelta) -> int:
    """End what was kept long enough, and forget it altogether a while later; how many ended."""
    ended = connection.execute(_EXPIRE, {"now": now}).rowcount
    connection.execute(_FORGET, {"before": now - remembered})
    return ended


def files_wanted(connection: Connection) -> Sequence[tuple[UUID, UUID, int, str | None]]:
    """Tenant, report, attempt and key of all that have a file, or are getting one (no key yet)."""
    return [(tenant, report, attempt, key) for tenant, report, attempt, key in connection.execute(_KEPT)]


def _values(tenant_id: UUID, new: NewReport) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id, "period": new.period, "language": new.language, "created_by": new.created_by,
        "comments_version": new.comments_version, "created_by_name": new.created_by_name, "created_at": new.created_at,
    }  # fmt: skip


def _named(report: Report) -> dict[str, Any]:
    return {"tenant_id": report.tenant_id, "report_id": report.report_id, "attempt": report.attempt}


def _report(row: Any) -> Report | None:
    return _known(row) if row is not None else None


def _known(row: Any) -> Report:
    found = row._mapping
    return Report(**{**found, "glyphs": tuple(found["glyphs"])})
