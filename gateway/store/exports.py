"""Exports of the message log: asked for by the API, written by the worker, forgotten after a while.

An insert queues its own job (a trigger does). What is kept of the filter is what it meant when it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from gateway.store.log_filter import LogFilter, Recipient, Search, Window
from gateway.store.narrowing import Narrowed

Format = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class NewExport:
    """What somebody asks for. `wanted` None: nothing can match. `asked` is the filter as they wrote it."""

    created_by: UUID
    created_at: datetime
    file_format: Format
    include_text: bool
    asked: Mapping[str, Any]
    wanted: LogFilter | None
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as it is shown; `creator` is the name of who asked for it, None for one who is gone."""

    export_id: UUID
    created_by: UUID
    creator: str | None
    created_at: datetime
    file_format: Format
    include_text: bool
    asked: dict[str, Any]
    status: str
    attempt: int
    as_of: datetime | None
    rows_total: int | None
    rows_done: int
    size_bytes: int | None
    finished_at: datetime | None
    expires_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What the worker is to write, and which attempt at it this is."""

    tenant_id: UUID
    export_id: UUID
    attempt: int
    created_at: datetime
    file_format: Format
    include_text: bool
    wanted: LogFilter | None
    time_zone: str
    currency: str


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('exports ' || CAST(:tenant_id AS text), 0))")
_COUNT = text("""
    SELECT count(*) FILTER (WHERE status IN ('queued', 'running')), count(*) FROM message_exports
    WHERE tenant_id = :tenant_id""")


def count_exports(connection: Connection, tenant_id: UUID) -> tuple[int, int]:
    """How many are unfinished, and how many there are. Until the transaction ends nobody else of the tenant counts."""
    connection.execute(_LOCK, {"tenant_id": tenant_id})
    unfinished, kept = connection.execute(_COUNT, {"tenant_id": tenant_id}).one()
    return unfinished, kept


_CREATE = text("""
    INSERT INTO message_exports (tenant_id, created_by, created_at, format, include_text, asked, wanted)
    VALUES (:tenant_id, :created_by, :created_at, :format, :include_text, CAST(:asked AS jsonb), CAST(:wanted AS jsonb))
    RETURNING export_id""")


def create_export(connection: Connection, tenant_id: UUID, new: NewExport) -> UUID:
    """Keep what is asked for, and queue the work; its id."""
    understood = {
        "filter": asdict(new.wanted) if new.wanted is not None else None,
        "timeZone": new.time_zone,
        "currency": new.currency,
    }
    made: UUID = connection.execute(
        _CREATE,
        {
            "tenant_id": tenant_id,
            "created_by": new.created_by,
            "created_at": new.created_at,
            "format": new.file_format,
            "include_text": new.include_text,
            "asked": orjson.dumps(dict(new.asked)).decode(),
            "wanted": orjson.dumps(understood).decode(),
        },
    ).scalar_one()
    return made


_SELECT = """
    SELECT e.export_id, e.created_by, u.name, e.created_at, e.format, e.include_text, e.asked, e.status, e.attempt,
           e.as_of, e.rows_total, e.rows_done, e.size_bytes, e.finished_at, e.expires_at, e.problem
    FROM message_exports e LEFT JOIN users u ON u.tenant_id = e.tenant_id AND u.user_id = e.created_by
    WHERE e.tenant_id = :tenant_id"""
_GET = text(f"{_SELECT} AND e.export_id = :export_id")
_LIST = Narrowed(f"{_SELECT} {{narrowed}} ORDER BY e.export_id DESC LIMIT :limit", {"after": "e.export_id < :after"})


def get_export(connection: Connection, tenant_id: UUID, export_id: UUID) -> ExportRow | None:
    row = connection.execute(_GET, {"tenant_id": tenant_id, "export_id": export_id}).first()
    return ExportRow(*row) if row is not None else None


def list_exports(connection: Connection, tenant_id: UUID, *, limit: int, after: UUID | None = None) -> list[ExportRow]:
    """The newest, or those before the export `after`; ids are in the order of time."""
    rows = _LIST.rows(connection, {"tenant_id": tenant_id, "after": after, "limit": limit})
    return [ExportRow(*row) for row in rows]


_DELETE = text("DELETE FROM message_exports WHERE tenant_id = :tenant_id AND export_id = :export_id")


def delete_export(connection: Connection, tenant_id: UUID, export_id: UUID) -> bool:
    """Forget an export; False when there is none. A worker that is writing it notices."""
    return connection.execute(_DELETE, {"tenant_id": tenant_id, "export_id": export_id}).rowcount == 1


# -- for the worker ---------------------------------------------------------------------------------------------------

_BEGIN = text("""
    UPDATE message_exports SET status = 'running', attempt = attempt + 1, started_at = now(),
        as_of = NULL, rows_total = NULL, rows_done = 0
    WHERE tenant_id = :tenant_id AND export_id = :export_id AND status IN ('queued', 'running')
    RETURNING attempt, created_at, format, include_text, wanted""")


def begin_attempt(connection: Connection, tenant_id: UUID, export_id: UUID) -> ExportJob | None:
    """Take an export on, from its beginning; None when it is finished already, or was deleted."""
    row = connection.execute(_BEGIN, {"tenant_id": tenant_id, "export_id": export_id}).first()
    if row is None:
        return None
    attempt, created_at, file_format, include_text, wanted = row
    return ExportJob(
        tenant_id, export_id, attempt, created_at, file_format, include_text, _filter(wanted["filter"]),
        wanted["timeZone"], wanted["currency"],
    )  # fmt: skip


# An attempt changes what is its own, and nothing once it was deleted or taken over.
_PROGRESS = text("""
    UPDATE message_exports SET as_of = :as_of, rows_total = :total, rows_done = :done
    WHERE tenant_id = :tenant_id AND export_id = :export_id AND attempt = :attempt AND status = 'running'""")
_FINISH = text("""
    UPDATE message_exports SET status = 'ready', rows_total = :rows, rows_done = :rows, size_bytes = :size,
        as_of = :as_of, finished_at = :now, expires_at = :expires_at
    WHERE tenant_id = :tenant_id AND export_id = :export_id AND attempt = :attempt AND status = 'running'""")
_FAIL = text("""
    UPDATE message_exports SET status = 'failed', problem = :problem, finished_at = :now, expires_at = :expires_at
    WHERE tenant_id = :tenant_id AND export_id = :export_id AND attempt = :attempt AND status = 'running'""")


def _own(job: ExportJob) -> dict[str, Any]:
    return {"tenant_id": job.tenant_id, "export_id": job.export_id, "attempt": job.attempt}


def save_progress(connection: Connection, job: ExportJob, *, as_of: datetime, total: int, done: int) -> bool:
    """Write down how far it is; False when this attempt has nothing to do any more: deleted, or taken over."""
    return connection.execute(_PROGRESS, {**_own(job), "as_of": as_of, "total": total, "done": done}).rowcount == 1


def finish(
    connection: Connection, job: ExportJob, *, rows: int, size: int, as_of: datetime, now: datetime, kept: timedelta
) -> bool:
    """The file is there; False when nobody wants this attempt's any more."""
    parameters = {**_own(job), "rows": rows, "size": size, "as_of": as_of, "now": now, "expires_at": now + kept}
    return connection.execute(_FINISH, parameters).rowcount == 1


def fail(connection: Connection, job: ExportJob, problem: str, *, now: datetime, kept: timedelta) -> None:
    """It cannot be written. `problem` is a code."""
    connection.execute(_FAIL, {**_own(job), "problem": problem, "now": now, "expires_at": now + kept})


# A job that failed for good (the database was away too long) leaves its export behind.
_GIVE_UP = text("""
    UPDATE message_exports e
    SET status = 'failed', problem = 'interrupted', finished_at = :now, expires_at = :expires_at
    WHERE e.status IN ('queued', 'running') AND e.created_at < :before AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j WHERE j.task_name = 'write_export' AND j.status IN ('todo', 'doing')
            AND j.args ->> 'export_id' = e.export_id::text)""")
_EXPIRE = text("UPDATE message_exports SET status = 'expired' WHERE status = 'ready' AND expires_at <= :now")
_FORGET = text("DELETE FROM message_exports WHERE status IN ('expired', 'failed') AND expires_at <= :before")
_KEPT = text("SELECT tenant_id, export_id, attempt, format FROM message_exports WHERE status IN ('running', 'ready')")


def give_up_orphans(connection: Connection, *, now: datetime, before: datetime, kept: timedelta) -> int:
    """Fail the exports from before `before` that no job is working on or will."""
    return connection.execute(_GIVE_UP, {"now": now, "before": before, "expires_at": now + kept}).rowcount


def expire(connection: Connection, *, now: datetime, remembered: timedelta) -> int:
    """End what was kept long enough, and forget it altogether a while later; how many ended."""
    ended = connection.execute(_EXPIRE, {"now": now}).rowcount
    connection.execute(_FORGET, {"before": now - remembered})
    return ended


def files_wanted(connection: Connection) -> Sequence[tuple[UUID, UUID, int, Format]]:
    """Tenant, export, attempt and format of every file that has a reason to be there."""
    return [(tenant, export, attempt, form) for tenant, export, attempt, form in connection.execute(_KEPT)]


def _filter(kept: Mapping[str, Any] | None) -> LogFilter | None:
    if kept is None:
        return None
    windows, recipient, search = kept["windows"], kept["recipient"], kept["search"]
    return LogFilter(
        tenant_id=UUID(kept["tenant_id"]),
        start=_moment(kept["start"]),
        end=_moment(kept["end"]),
        windows=None if windows is None else tuple(_window(each) for each in windows),
        recipient=Recipient(recipient["number"], recipient["prefix"]) if recipient else None,
        search=Search(search["number_prefix"], tuple(search["sender_ids"])) if search else None,
        message_id=UUID(kept["message_id"]) if kept["message_id"] else None,
        invoice_line=UUID(kept["invoice_line"]) if kept.get("invoice_line") else None,
        **{name: tuple(kept[name]) for name in _LISTS},
    )


_LISTS = ("statuses", "operators", "sender_ids", "error_codes", "countries", "destinations")


def _window(kept: Mapping[str, str]) -> Window:
    return Window(datetime.fromisoformat(kept["start"]), datetime.fromisoformat(kept["end"]))


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept is not None else None
