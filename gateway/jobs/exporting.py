"""The worker's half of exports: one snapshot of the log into one file, again from the beginning after an interruption.

A worker that is killed leaves a draft and a job without a worker. The job goes back to the queue, the next attempt
reads a snapshot of its own, and what the first one wrote is part of no file: a file holds one moment, not two.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from procrastinate import App, JobContext, RetryStrategy
from procrastinate.exceptions import JobAborted
from sqlalchemy import Engine

from gateway.exports.files import ExportFiles
from gateway.exports.writing import write_csv, write_parquet
from gateway.jobs.resources import resources_of
from gateway.store import exports as store
from gateway.store.connections import ABSENCE
from gateway.store.exports import ExportJob
from gateway.store.message_rows import Shape, Snapshot, header, snapshot

QUEUE = "exports"
MOST_ATTEMPTS = 5
PROGRESS_SECONDS = 0.5
REMEMBERED = timedelta(days=30)
ORPHAN_AFTER = timedelta(hours=1)
_LOOK_EVERY = 2000
_ANOTHER_TIME: tuple[type[Exception], ...] = (JobAborted, *ABSENCE)

log = structlog.get_logger("gateway.jobs")


class _NotWanted(Exception):
    """Deleted, or taken over by another worker, while it was being written."""


def write_export(context: JobContext, tenant_id: str, export_id: str) -> None:
    """Write one export. Raises what another attempt may mend: a database that is away, a worker told to stop."""
    resources = resources_of(context)
    engine, files, kept = resources.engine, resources.exports, resources.exports_kept
    with engine.begin() as connection:
        job = store.begin_attempt(connection, UUID(tenant_id), UUID(export_id))
    if job is None:
        return
    files.remove(job.tenant_id, job.export_id)  # what attempts before this one left
    problem = "interrupted"
    try:
        if job.attempt <= MOST_ATTEMPTS:
            _write(engine, files, job, context, kept)
            return
    except _NotWanted:
        return
    except _ANOTHER_TIME:
        raise
    except OSError as error:
        problem = "storage"
        log.error("export cannot be written", export_id=export_id, error=errno.errorcode.get(error.errno or 0, "?"))
    except Exception:
        problem = "internal"
        log.exception("export failed", export_id=export_id)
    with engine.begin() as connection:
        store.fail(connection, job, problem, now=datetime.now(UTC), kept=kept)


def clean_exports(context: JobContext, timestamp: int) -> None:
    """End exports that were kept long enough, and remove their files and those of attempts nobody needs."""
    resources, now = resources_of(context), datetime.now(UTC)

    def wanted() -> list[tuple[UUID, UUID, int, store.Format]]:
        with resources.engine.begin() as connection:
            return list(store.files_wanted(connection))

    with resources.engine.begin() as connection:
        lost = store.give_up_orphans(connection, now=now, before=now - ORPHAN_AFTER, kept=resources.exports_kept)
        ended = store.expire(connection, now=now, remembered=REMEMBERED)
    removed = resources.exports.sweep(wanted)
    if lost or ended or removed:
        log.info("exports cleaned", lost=lost, expired=ended, files=removed)


def register(queue: App) -> None:
    """Tell `queue` the task that a new export's row asks for."""
    queue.task(
        name="write_export", queue=QUEUE, pass_context=True, retry=RetryStrategy(max_attempts=MOST_ATTEMPTS, wait=5)
    )(write_export)


def _write(engine: Engine, files: ExportFiles, job: ExportJob, context: JobContext, kept: timedelta) -> None:
    shape = Shape(job.time_zone, job.currency, job.include_text, guarded=job.file_format == "csv")
    named = (job.tenant_id, job.export_id, job.attempt, job.file_format)
    with files.writing(named) as path:
        if job.wanted is None:
            as_of, rows = datetime.now(UTC), 0
            _put(job, iter([header(shape)]), path)
        else:
            with snapshot(engine, job.wanted, job.created_at) as read:
                as_of, rows = read.as_of, read.count()
                _put(job, _watched(engine, job, context, read, shape, rows), path)
        size = path.stat().st_size
    with engine.begin() as connection:
        wanted = store.finish(connection, job, rows=rows, size=size, as_of=as_of, now=datetime.now(UTC), kept=kept)
    if not wanted:
        files.path(named).unlink(missing_ok=True)
        return
    log.info("export written", export_id=str(job.export_id), rows=rows, bytes=size, attempt=job.attempt)


def _put(job: ExportJob, lines: Iterator[bytes], path: Path) -> None:
    (write_csv if job.file_format == "csv" else write_parquet)(lines, path)


def _watched(
    engine: Engine, job: ExportJob, context: JobContext, read: Snapshot, shape: Shape, total: int
) -> Iterator[bytes]:
    """The lines, with progress written down now and then. Raises `_NotWanted`, or JobAborted when told to stop."""
    done, next_look = -1, 0.0  # the first line holds the names
    for line in read.lines(shape):
        if done % _LOOK_EVERY == 0 and time.monotonic() >= next_look:
            next_look = time.monotonic() + PROGRESS_SECONDS
            if context.should_abort():
                raise JobAborted
            with engine.begin() as connection:
                if not store.save_progress(connection, job, as_of=read.as_of, total=total, done=done):
                    raise _NotWanted
        yield line
        done += 1
    if done != total:
        raise RuntimeError(f"{done} rows were read of a snapshot that has {total}")
