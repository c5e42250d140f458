"""The worker's half of business reviews: one moment of the numbers, laid out, signed, stored, and told.

A worker that is killed leaves a job without a worker, and perhaps a file that no row names. The job goes back to the
queue, the next attempt makes a report of its own, and what the first one stored is removed. The row becomes ready and
the event is owed in one transaction, after the file is stored: neither is there without the other, and each only once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from procrastinate import App, JobContext, RetryStrategy
from sqlalchemy import Engine

from gateway.jobs.loops import fold_queued
from gateway.jobs.resources import Resources, resources_of
from gateway.reports.content import content_of, review_of
from gateway.reports.sheet import TEMPLATE, Signature, sheet_of
from gateway.signing import SigningFailed, SigningUnavailable
from gateway.storage import StorageUnavailable
from gateway.store.accounts import get_account
from gateway.store.connections import ABSENCE
from gateway.store.outbox import owe
from gateway.store.qbr import reports as store
from gateway.store.qbr.reports import File, Report
from gateway.texts import choose
from gateway.typesetting.making import NotMade, TooBusy, to_pdf

QUEUE = "reports"
EVENT = "customer-portal.qbr.exported.v1"
MOST_ATTEMPTS = 5
KEPT = timedelta(days=400)
"""A file; so that a quarter can be compared with the same one a year before."""
REMEMBERED = timedelta(days=30)
ORPHAN_AFTER = timedelta(hours=1)
PATIENCE_SECONDS = 30.0

_ANOTHER_TIME: tuple[type[Exception], ...] = (*ABSENCE, TooBusy, SigningUnavailable, StorageUnavailable)
_PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (SigningUnavailable, "signing"),
    (SigningFailed, "signing"),
    (StorageUnavailable, "storage"),
    (NotMade, "layout"),
    (TooBusy, "interrupted"),
    *((absence, "interrupted") for absence in ABSENCE),
)

log = structlog.get_logger("gateway.jobs")


class _NotWanted(Exception):
    """Taken over by another attempt while it was being made."""


class _NothingToReport(Exception):
    """The messages are gone since it was asked for."""


def make_report(context: JobContext, tenant_id: str, report_id: str) -> None:
    """Make one report. Raises what another attempt may mend, but for the last one."""
    perform(resources_of(context), UUID(tenant_id), UUID(report_id))


def perform(resources: Resources, tenant_id: UUID, report_id: UUID) -> None:
    """The same, for whoever has the resources."""
    engine = resources.engine
    with engine.begin() as connection:
        report = store.begin_attempt(connection, tenant_id, report_id, datetime.now(UTC))
    if report is None:
        return
    problem = "interrupted"
    try:
        if report.attempt <= MOST_ATTEMPTS:
            for attempt in range(1, report.attempt):
                resources.reports.remove(key_of(report, attempt))
            _make(resources, report)
            return
    except _NotWanted:
        return
    except _NothingToReport:
        problem = "period_without_traffic"
    except _ANOTHER_TIME as error:
        if report.attempt < MOST_ATTEMPTS:
            raise
        problem = _problem_of(error)
        log.error("report cannot be made", report_id=str(report_id), problem=problem)
    except Exception as error:
        problem = _problem_of(error)
        log.exception("report failed", report_id=str(report_id), problem=problem)
    with engine.begin() as connection:
        store.fail(connection, report, problem, now=datetime.now(UTC), kept=REMEMBERED)


def key_of(report: Report, attempt: int) -> str:
    """Where the file of an attempt is stored."""
    return f"{report.tenant_id}/{report.report_id}.{attempt}.pdf"


def _make(resources: Resources, report: Report) -> None:
    engine, signer, now = resources.engine, resources.signer, datetime.now(UTC)
    _reached(engine, report, 5)
    fold_queued(engine)
    with engine.execution_options(isolation_level="REPEATABLE READ").begin() as connection:
        account = get_account(connection, report.tenant_id)
        if account is None:
            raise _NothingToReport
        review = review_of(account, report.period, now)
        told = content_of(connection, account, review, now, comments_version=report.comments_version)
    if not told.has_traffic:
        raise _NothingToReport
    _reached(engine, report, 30)
    signature = Signature(signer.name, signer.is_development)
    made = to_pdf(TEMPLATE, sheet_of(told, choose([report.language]), signature), now, patience=PATIENCE_SECONDS)
    _reached(engine, report, 60)
    signed = signer.sign(made.pdf, at=now)
    _reached(engine, report, 80)
    key = key_of(report, report.attempt)
    resources.reports.put(key, signed)
    digest = hashlib.sha256(signed).hexdigest()
    file = File(key, len(signed), digest, made.replaced, review.complete)
    if not _finish(engine, report, file, development=signer.is_development):
        resources.reports.remove(key)
        return
    log.info("report made", report_id=str(report.report_id), bytes=len(signed), attempt=report.attempt)


def _finish(engine: Engine, report: Report, file: File, *, development: bool) -> bool:
    with engine.begin() as connection:
        if not store.finish(connection, report, file, now=datetime.now(UTC), kept=KEPT):
            return False
        owe(
            connection,
            report.tenant_id,
            EVENT,
            subject=f"tenants/{report.tenant_id}/reports/{report.report_id}",
            data={
                "reportId": str(report.report_id),
                "tenantId": str(report.tenant_id),
                "period": report.period,
                "locale": report.language,
                "sizeBytes": file.size_bytes,
                "sha256": file.sha256,
                "requestedBy": str(report.created_by),
                "developmentKey": development,
            },
        )
    return True


def _reached(engine: Engine, report: Report, progress: int) -> None:
    with engine.begin() as connection:
        if not store.save_progress(connection, report, progress):
            raise _NotWanted


def _problem_of(error: Exception) -> str:
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), "internal")


def clean_reports(context: JobContext, timestamp: int) -> None:
    """End reports that were kept long enough, and remove their files and those of attempts nobody needs."""
    clean(resources_of(context), datetime.now(UTC))


def clean(resources: Resources, now: datetime) -> None:
    """The same, at `now`."""

    def wanted() -> Iterable[str]:
        with resources.engine.begin() as connection:
            for tenant, report, attempt, key in store.files_wanted(connection):
                yield key or f"{tenant}/{report}.{attempt}.pdf"

    with resources.engine.begin() as connection:
        lost = store.give_up_orphans(connection, now=now, before=now - ORPHAN_AFTER, kept=REMEMBERED)
        ended = store.expire(connection, now=now, remembered=REMEMBERED)
    try:
        removed = resources.reports.sweep(wanted)
    except StorageUnavailable:
        removed = 0
        log.warning("reports' storage cannot be cleaned now")
    if lost or ended or removed:
        log.info("reports cleaned", lost=lost, expired=ended, files=removed)


def register(queue: App) -> None:
    """Tell `queue` the task that a new report's row asks for."""
    queue.task(
        name="make_report", queue=QUEUE, pass_context=True, retry=RetryStrategy(max_attempts=MOST_ATTEMPTS, wait=5)
    )(make_report)
