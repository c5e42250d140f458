"""How many deliveries workers make to receivers that are well, and what each costs them.

A database of its own, a receiver in a process of its own, and each dispatcher in one: its processor time is what the
machine's other guests do not disturb. One worker and two take turns.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from bench.machine import database_seconds
from gateway.identity.sealing import Sealer
from gateway.postgres import database
from gateway.settings import GatewaySettings
from gateway.store.accounts import create_tenant
from gateway.store.engine import create_engine
from gateway.store.events import PlatformEvent, emit_all
from gateway.store.schema import migrate
from gateway.store.tenancy import tenant_transaction
from gateway.webhooks import secrets
from gateway.webhooks.dispatcher import Dispatcher
from gateway.webhooks.sender import Sender
from gateway.webhooks.signing import new_secret

DELIVERIES, ENDPOINTS, ROUNDS = 5000, 10, 3
SEALER = Sealer(b"only of measurements, 32 bytes or longer")
_LEFT = "SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL"


@dataclass(frozen=True)
class Delivered:
    """One round. `cpu_ms` is the dispatchers' processor time for each delivery, `database_ms` that of PostgreSQL."""

    workers: int
    endpoints: int
    deliveries: int
    per_second: float
    cpu_ms: float
    database_ms: float


def run(deliveries: int = DELIVERIES, endpoints: int = ENDPOINTS, rounds: int = ROUNDS) -> list[Delivered]:
    """Deliver so many with one worker and with two, several times over."""
    with (
        tempfile.TemporaryDirectory() as name,
        database(GatewaySettings(data_dir=Path(name))) as settings,
        _receiver() as url,
    ):
        migrate(settings)
        worker, api = create_engine(settings, "worker"), create_engine(settings, "api")
        try:
            tenants = _subscribe(worker, url, endpoints)
            found = []
            for workers in (1, 2) * (rounds + 1):
                _owe(api, tenants, deliveries // endpoints)
                found.append(_deliver(worker, settings, workers, endpoints))
            return found[2:]  # the first of each only warms
        finally:
            worker.dispose()
            api.dispose()


def _subscribe(worker: Engine, url: str, endpoints: int) -> list[UUID]:
    now, tenants = datetime.now(UTC), []
    with worker.begin() as connection:
        for number in range(endpoints):
            tenants.append(create_tenant(connection, slug=f"bench-{number}", name="Bench"))
            endpoint_id = uuid4()
            connection.execute(
                text(
                    "INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, status_at, sealed_secret,"
                    " secret_at, created_at, updated_at)"
                    " VALUES (:tenant, :id, :url, '{message.delivered}', :at, :sealed, :at, :at, :at)"
                ),
                {
                    "tenant": tenants[-1],
                    "id": endpoint_id,
                    "url": f"{url}/{number}",
                    "sealed": secrets.seal(SEALER, endpoint_id, new_secret()),
                    "at": now,
                },
            )
    return tenants


def _owe(api: Engine, tenants: list[UUID], each: int) -> None:
    data = {"messageId": "msg_01KA8Z5M3W7T9Q2RBVXC4DEFGH", "to": "+93700000141", "status": "delivered", "segments": 1}
    for tenant in tenants:
        with tenant_transaction(api, tenant) as connection:
            emit_all(connection, tenant, [PlatformEvent("message.delivered", data)] * each)


def _deliver(engine: Engine, settings: GatewaySettings, workers: int, endpoints: int) -> Delivered:
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(workers)]
    processes = [context.Process(target=_work, args=(settings, theirs)) for _, theirs in pairs]
    with engine.connect() as connection:
        waiting: Callable[[], int] = lambda: int(connection.execute(text(_LEFT)).scalar_one())  # noqa: E731
        total = waiting()
        connection.rollback()
        try:
            for process in processes:
                process.start()
            for ours, _ in pairs:
                ours.recv()  # ready to begin
            database_busy = database_seconds(settings.data_dir)
            began = time.perf_counter()
            for ours, _ in pairs:
                ours.send("begin")
            while waiting():
                connection.rollback()
                time.sleep(0.05)
            took = time.perf_counter() - began
            served = database_seconds(settings.data_dir) - database_busy
            for ours, _ in pairs:
                ours.send("end")
            used = sum(ours.recv() for ours, _ in pairs)
        finally:
            for process in processes:
                process.join(10)
                process.kill()
    return Delivered(workers, endpoints, total, total / took, used * 1000 / total, served * 1000 / total)


def _work(settings: GatewaySettings, pipe: Pipe) -> None:
    """A worker: it says when it is ready, and at the end what processor time it used."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts the measurement ends it by its pipe
    engine = create_engine(settings, "worker")
    dispatcher = Dispatcher(engine, SEALER, partial(Sender, allow_private=True))
    with engine.connect():
        pipe.send("ready")
    try:
        pipe.recv()
        busy = time.process_time()
        dispatcher.start()
        try:
            pipe.recv()
        finally:
            used = time.process_time() - busy
            dispatcher.stop()
        pipe.send(used)
    except EOFError:
        pass
    finally:
        engine.dispose()


@contextmanager
def _receiver() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_receive, args=(theirs,))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


class _Answer(asyncio.Protocol):
    """Reads each request whole and answers 204: as little as a receiver can do, for it shares the machine."""

    def __init__(self) -> None:
        self._pending = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pending += data
        while True:
            head, found, rest = self._pending.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or b"0") if found else 0
            if not found or len(rest) < length:
                return
            self._pending = rest[length:]
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def _receive(pipe: Pipe) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())
