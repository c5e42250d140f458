"""The periodic tasks. Each is short, harmless when it runs twice, and finds its engines in the job's context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from procrastinate import App, JobContext

from gateway.jobs import exporting, health, reporting
from gateway.jobs.billing import issue_invoices, tell_low_balances, tell_overdue_invoices
from gateway.jobs.exporting import clean_exports
from gateway.jobs.health import score_customers
from gateway.jobs.reporting import clean_reports
from gateway.jobs.resources import resources_of
from gateway.jobs.telling import DAYS
from gateway.jobs.tickets import count_tickets
from gateway.storage.marks import tell_own
from gateway.store import api_key_usage, call_limits, outbox, simulated
from gateway.store.api_keys import end_graces
from gateway.store.events import emit
from gateway.store.events import purge as purge_events
from gateway.store.idempotency import purge
from gateway.store.identity.purging import purge_expired
from gateway.store.partitions import ensure_ahead
from gateway.store.retention import first_kept, retire
from gateway.store.submissions import purge_references
from gateway.store.webhooks.queue import prune, prune_hours

FINISHED_JOBS_HOURS = 72
SIMULATED_KEPT = timedelta(days=2)
WEBHOOK_DAYS = 30
QUEUE = "maintenance"

log = structlog.get_logger("gateway.jobs")


def make_partitions(context: JobContext, timestamp: int) -> None:
    """Make the message log's partitions of the coming months."""
    with resources_of(context).engine.begin() as connection:
        made = ensure_ahead(connection, datetime.now(UTC).date())
    if made:
        log.info("partitions made", months=[month.isoformat() for month in made])


def retire_messages(context: JobContext, timestamp: int) -> None:
    """Take out the months that are older than messages are kept."""
    resources = resources_of(context)
    if not resources.message_months:
        return
    until = first_kept(datetime.now(UTC).date(), resources.message_months)
    retired = retire(resources.engine, until)
    if retired.months:
        log.info("messages retired", months=[f"{month:%Y-%m}" for month in retired.months])
    if retired.because:
        log.warning("messages not retired", month=f"{retired.stopped_at:%Y-%m}", because=retired.because)


def tell_folders(context: JobContext, timestamp: int) -> None:
    """Say that this worker still uses its folders."""
    resources = resources_of(context)
    with resources.engine.begin() as connection:
        tell_own(resources.settings, connection)


def purge_identity(context: JobContext, timestamp: int) -> None:
    """Remove codes, tokens and sessions that can no longer matter."""
    with resources_of(context).engine.begin() as connection:
        removed = {kind: count for kind, count in purge_expired(connection).items() if count}
    if removed:
        log.info("expired rows removed", **removed)


def purge_idempotency(context: JobContext, timestamp: int) -> None:
    """Forget the answers and the references kept for requests that nobody will repeat any more."""
    now = datetime.now(UTC)
    with resources_of(context).engine.begin() as connection:
        purge(connection, now)
        purge_references(connection, now)


def end_key_graces(context: JobContext, timestamp: int) -> None:
    """Write down, and tell, that rotated keys have ended."""
    with resources_of(context).engine.begin() as connection:
        for key in end_graces(connection, datetime.now(UTC)):
            data = {"keyId": str(key.key_id), "name": key.name, "reason": "rotated"}
            emit(connection, key.tenant_id, "key.revoked", data)


def purge_key_usage(context: JobContext, timestamp: int) -> None:
    """Forget refused calls and daily counts that are too old."""
    with resources_of(context).engine.begin() as connection:
        api_key_usage.purge(connection, datetime.now(UTC))


def purge_call_limits(context: JobContext, timestamp: int) -> None:
    """Forget who has not called for a while."""
    with resources_of(context).engine.begin() as connection:
        call_limits.purge(connection, datetime.now(UTC))


def purge_simulated(context: JobContext, timestamp: int) -> None:
    """Forget the simulator's receipts that were delivered days ago."""
    with resources_of(context).engine.begin() as connection:
        simulated.purge(connection, datetime.now(UTC) - SIMULATED_KEPT)


def prune_webhooks(context: JobContext, timestamp: int) -> None:
    """Forget deliveries that are done with, and events, after WEBHOOK_DAYS; in batches, so that nobody waits for it."""
    engine, removed = resources_of(context).engine, 0
    while True:
        with engine.begin() as connection:
            batch = prune(connection, days=WEBHOOK_DAYS)
        removed += batch
        if not batch:
            break
    with engine.begin() as connection:
        prune_hours(connection, days=WEBHOOK_DAYS)
        purge_events(connection, WEBHOOK_DAYS)
    if removed:
        log.info("old deliveries removed", count=removed)


def purge_outbox(context: JobContext, timestamp: int) -> None:
    """Forget events that nobody took for a month."""
    with resources_of(context).engine.begin() as connection:
        lost = outbox.purge(connection, DAYS)
    if lost:
        log.warning("events forgotten that nobody took", count=lost, days=DAYS)


async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give the jobs of workers that died (no heartbeat for 30 s) back to the queue: nobody else would."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        log.warning("job given back to the queue", task=job.task_name, job_id=job.id)
        await jobs.retry_job(job)


async def forget_finished_jobs(context: JobContext, timestamp: int) -> None:
    """Remove the rows of finished jobs after some days; failed ones stay to be looked at."""
    await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_HOURS)


SCHEDULE: Mapping[str, tuple[str, Callable[..., object]]] = {
    "make_partitions": ("17 * * * *", make_partitions),
    "retire_messages": ("53 * * * *", retire_messages),
    "tell_folders": ("3 * * * *", tell_folders),
    "purge_identity": ("*/10 * * * *", purge_identity),
    "purge_idempotency": ("23 * * * *", purge_idempotency),
    "end_key_graces": ("* * * * *", end_key_graces),
    "purge_key_usage": ("31 * * * *", purge_key_usage),
    "purge_call_limits": ("*/10 * * * *", purge_call_limits),
    "purge_simulated": ("29 * * * *", purge_simulated),
    "purge_outbox": ("33 * * * *", purge_outbox),
    "prune_webhooks": ("47 * * * *", prune_webhooks),
    "clean_exports": ("*/10 * * * *", clean_exports),
    "clean_reports": ("*/10 * * * *", clean_reports),
    "issue_invoices": ("7 * * * *", issue_invoices),
    "tell_overdue_invoices": ("37 * * * *", tell_overdue_invoices),
    "tell_low_balances": ("* * * * *", tell_low_balances),
    "count_tickets": ("*/10 * * * *", count_tickets),
    "score_customers": ("13 * * * *", score_customers),
    "retry_stalled": ("* * * * *", retry_stalled),
    "forget_finished_jobs": ("41 3 * * *", forget_finished_jobs),
}
"""Task name → when (cron, UTC), and what."""


def register(queue: App) -> None:
    """Tell `queue` the tasks and when to run them. A task that still waits is not queued a second time."""
    for name, (cron, function) in SCHEDULE.items():
        task = queue.task(name=name, queue=QUEUE, queueing_lock=name, pass_context=True)(function)
        queue.periodic(cron=cron)(task)
    exporting.register(queue)
    health.register(queue)
    reporting.register(queue)
