"""The worker's queue, worked off inside a test."""

from __future__ import annotations

import asyncio

from sqlalchemy import Engine

from gateway.jobs.resources import Resources
from gateway.jobs.tasks import QUEUE
from gateway.jobs.worker import create_queue
from gateway.settings import GatewaySettings


def work_off(settings: GatewaySettings, engine: Engine, *names: str) -> None:
    """Queue the periodic tasks named and work until the queue is empty."""

    async def go() -> None:
        queue = create_queue(settings)
        queue.periodic_registry.periodic_tasks.clear()  # or a minute that begins meanwhile would queue what is due then
        async with queue.open_async():
            for name in names:
                await queue.configure_task(name, queue=QUEUE).defer_async(timestamp=0)
            await queue.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False,
                additional_context={"resources": Resources.of(settings, engine)},
            )  # fmt: skip

    asyncio.run(go())
