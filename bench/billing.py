"""A month of a million messages of one account as an invoice, and what reading that takes.

A database of its own. Measured twice: traffic that was sent elsewhere and is charged by the day, and traffic that was
sent here, where the ledger holds an entry for each message.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from bench.measure import median
from gateway import demo
from gateway.api.access import Principal
from gateway.api.app import create_app
from gateway.api.context import EXTENSION
from gateway.domain.billing_periods import GRACE, Month
from gateway.postgres import database
from gateway.settings import GatewaySettings
from gateway.store.accounts import Account, get_account
from gateway.store.engine import create_engine
from gateway.store.invoices import list_lines
from gateway.store.invoicing import issue_due
from gateway.store.schema import migrate

MESSAGES = 1_000_000
READS = 20
END = datetime(2026, 10, 31, 19, 29, 59, tzinfo=UTC)  # the last second of October in Kabul
INVOICES = "/v1/billing/invoices"

# What sending would have written, without its triggers: they keep the balance, which billing does not read.
_BY_MESSAGE = """
    INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, message_id)
    SELECT tenant_id, submitted_at + interval '1 second', 'charge', 'reserved', 'revenue', price, message_id
    FROM messages WHERE price > 0"""


@dataclass(frozen=True)
class Billed:
    """One invoice. `cpu_seconds` is the processor time of the server's process that made it, `database_megabytes` its
    highest private memory, `worker_megabytes` what our own process grew by."""

    charged: str
    messages: int
    lines: int
    seconds: float
    cpu_seconds: float
    database_megabytes: float
    worker_megabytes: float


@dataclass(frozen=True)
class Read:
    """The middle and the longest of so many answers of the API, in process."""

    name: str
    times: int
    p50_ms: float
    longest_ms: float


def run(messages: int = MESSAGES) -> tuple[list[Billed], list[Read]]:
    """Make the database, bill it twice, read the invoice; some minutes."""
    with tempfile.TemporaryDirectory() as directory, database(GatewaySettings(data_dir=Path(directory))) as settings:
        migrate(settings)
        demo.load(settings, messages=messages, tenants=1, days=31, until=END)
        worker, api, owner = (create_engine(settings, role) for role in ("worker", "api", "owner"))
        try:
            with worker.begin() as connection:
                account = get_account(
                    connection, connection.execute(text("SELECT tenant_id FROM tenants")).scalar_one()
                )
            assert account is not None
            _run(owner, "ANALYZE")  # as the server does by itself after a while
            billed = [_bill(worker, account, "by the day", keep=False)]
            off, on = (f"ALTER TABLE ledger_entries {word} TRIGGER USER" for word in ("DISABLE", "ENABLE"))
            _run(owner, "TRUNCATE ledger_entries", off, _BY_MESSAGE, on, "ANALYZE")
            billed.append(_bill(worker, account, "by message", keep=True))
            return billed, list(_read(settings, api, account.tenant_id))
        finally:
            for engine in (worker, api, owner):
                engine.dispose()


def _run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _bill(engine: Engine, account: Account, charged: str, *, keep: bool) -> Billed:
    stop = Month.of(END, ZoneInfo(account.time_zone)).stop
    with engine.connect() as connection:
        server = int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        connection.rollback()
        with _watched(server) as database_peak, _watched("self") as own_peak:
            began, busy = time.perf_counter(), _cpu_seconds(server)
            (invoice,) = issue_due(connection, account, stop + GRACE)
            lines = list_lines(connection, account.tenant_id, invoice.invoice_id)
            connection.commit() if keep else connection.rollback()
            seconds, cpu = time.perf_counter() - began, _cpu_seconds(server) - busy
    messages = sum(line.messages for line in lines)
    return Billed(charged, messages, len(lines), seconds, cpu, max(database_peak), max(own_peak) - own_peak[0])


@contextmanager
def _watched(process: int | str) -> Iterator[list[float]]:
    """The private memory of a process, in MB, every hundredth of a second."""
    seen, over = [_private_megabytes(process)], threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            seen.append(_private_megabytes(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _private_megabytes(process: int | str) -> float:
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon:"))


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read(settings: GatewaySettings, engine: Engine, tenant_id: UUID) -> Iterator[Read]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    app = create_app(replace(settings, public_url="http://127.0.0.1:9"), engine, now=lambda: END)
    owner = Principal(uuid4(), tenant_id, "customer", frozenset({"owner"}))
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], verify=lambda _token: owner)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer of-the-owner"
    (listed,) = client.get(INVOICES).json["items"]
    address = f"{INVOICES}/{listed['invoiceId']}"
    lines = client.get(address).json["lines"]
    pages = [f"/v1/messages?invoiceLineId={line['lineId']}" for line in lines if line["messageFilter"]]
    pdf = client.get(f"{address}/pdf-url?locale=fa-AF").json["url"].removeprefix("http://127.0.0.1:9")
    yield _timed("the list of invoices", client, [INVOICES] * READS)
    yield _timed("the invoice with its lines", client, [address] * READS)
    yield _timed("a line's first page of messages, each line", client, pages * 3)
    yield _timed("the invoice as PDF", client, [pdf] * READS)


def _timed(name: str, client: FlaskClient, addresses: list[str]) -> Read:
    taken = []
    for address in addresses:
        began = time.perf_counter()
        answer = client.get(address, buffered=True)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} was answered with {answer.status_code}")
    return Read(name, len(taken), median(taken), max(taken))
