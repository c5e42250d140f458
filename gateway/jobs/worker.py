"""The worker process: sends, delivers webhooks, folds rollups all the time, and runs jobs from the database's queue."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine

from gateway import texts
from gateway.api import logs
from gateway.carriers.choice import open_carriers
from gateway.carriers.simulator import Simulator
from gateway.events.nats import Nats
from gateway.identity.backchannel import deliver_due
from gateway.identity.policy import IdentityPolicy
from gateway.jobs import tasks
from gateway.jobs.loops import FOLD_SECONDS, Loop, fold_queued
from gateway.jobs.resources import Resources
from gateway.jobs.sending import POLL_SECONDS, Sender
from gateway.jobs.telling import POLL_SECONDS as TELLING_SECONDS
from gateway.jobs.telling import Telling
from gateway.postgres import database
from gateway.settings import GatewaySettings
from gateway.storage.marks import tell_own
from gateway.store.connections import ABSENCE
from gateway.store.engine import conninfo, create_engine, require_database_url
from gateway.store.partitions import ensure_ahead
from gateway.store.schema import SchemaError, require_newest
from gateway.webhooks.dispatcher import Dispatcher
from gateway.webhooks.sender import Sender as WebhookSender

log = structlog.get_logger("gateway.jobs")
CONCURRENCY = 6
LOGOUT_SECONDS = 5.0
_AWAY: tuple[type[Exception], ...] = (ConnectorException, *ABSENCE)
QUEUE_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""How long running jobs may take when the worker is told to stop; what is cut off is retried by the next worker."""


def create_queue(settings: GatewaySettings) -> App:
    """The job queue on the gateway's database, as the worker's role; open it before use."""
    url = settings.database_worker_url or require_database_url(settings)
    connector = PsycopgConnector(
        conninfo=conninfo(url, options="-c role=gateway_worker -c timezone=UTC"),
        kwargs={"application_name": "gateway-jobs"},
        min_size=1,
        max_size=CONCURRENCY,
    )
    queue = App(connector=connector)
    tasks.register(queue)
    return queue


def run(settings: GatewaySettings) -> int:
    """Work until SIGTERM or SIGINT; 0 when it stopped as told, 1 when the database is not usable."""
    texts.offer_pseudo(settings.pseudo_locales)
    with database(settings) as ready:
        try:
            require_newest(ready)
        except SchemaError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        logs.configure()
        logging.basicConfig(level=logging.WARNING)
        asyncio.run(_work(ready))
    return 0


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM and SIGINT from now on."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


async def _run_jobs(settings: GatewaySettings, resources: Resources, told: asyncio.Event) -> None:
    """Run jobs until told to stop. Procrastinate gives up when it loses the database: it is started anew, and sending,
    webhooks and all else, which wait for the database by themselves, go on meanwhile."""
    while not told.is_set():
        try:
            queue = create_queue(settings)
            async with queue.open_async():
                running = asyncio.create_task(
                    queue.run_worker_async(
                        concurrency=CONCURRENCY,
                        shutdown_graceful_timeout=GRACE_SECONDS,
                        install_signal_handlers=False,
                        additional_context={"resources": resources},
                    )
                )
                stop = asyncio.create_task(told.wait())
                await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
                stop.cancel()
                if told.is_set():
                    running.cancel()
                with suppress(asyncio.CancelledError):
                    await running
        except _AWAY as error:
            log.warning("database trouble", loop="jobs", problem=type(error).__name__, retry_seconds=QUEUE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), QUEUE_SECONDS)


def _telling(settings: GatewaySettings, engine: Engine) -> tuple[Loop, ...]:
    if settings.reports.nats_url is None:
        return ()
    telling = Telling(engine, Nats(settings.reports))
    return (Loop("events", TELLING_SECONDS, telling.work, busy=True),)


async def _work(settings: GatewaySettings) -> None:
    engine, identity = create_engine(settings, "worker"), create_engine(settings, "identity")
    policy = IdentityPolicy.from_settings(settings)
    resources = Resources.of(settings, engine)
    senders = [Sender(engine, carrier) for carrier in open_carriers(settings, engine)]
    loops: tuple[Loop | Dispatcher, ...] = (
        Loop("rollups", FOLD_SECONDS, partial(fold_queued, engine)),
        Loop("logout notices", LOGOUT_SECONDS, partial(deliver_due, identity, policy)),
        *(Loop(f"sending by {sender.name}", POLL_SECONDS, sender.work, busy=True) for sender in senders),
        Loop("simulated receipts", POLL_SECONDS, Simulator(engine).deliver, busy=True),
        Dispatcher(engine, policy.sealer, partial(WebhookSender, allow_private=settings.webhook_allow_private)),
        *_telling(settings, engine),
    )
    try:
        with engine.begin() as connection:
            ensure_ahead(connection, datetime.now(UTC).date())
            tell_own(settings, connection)
        for loop in loops:
            loop.start()
        await _run_jobs(settings, resources, told_to_stop())
    finally:
        for loop in loops:
            loop.stop()
        for sender in senders:
            sender.close()
        engine.dispose()
        identity.dispose()
