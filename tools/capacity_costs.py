"""What a message costs on this machine, by counting: ``python -m tools.capacity_costs``.

Bytes are those of the tables after a load, divided by its messages; processor time is what the kernel counted for the
programs, not what a clock showed, so that a busy machine changes little. docs/scale.md uses the numbers.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

MESSAGES = 300_000
SENT = 2_000
VIEWS = 200
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    import structlog

    from gateway.demo import loading
    from gateway.postgres import EmbeddedPostgres
    from gateway.settings import GatewaySettings
    from gateway.store.schema import migrate

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="costs-") as folder, EmbeddedPostgres(Path(folder) / "pg") as server:
        settings = GatewaySettings(
            database_url=server.url, data_dir=Path(folder), public_url="http://localhost:9",
            limit_account_reads=0, limit_account_writes=0, limit_person_reads=0, limit_person_writes=0,
            limit_key_reads=0, limit_key_writes=0,
        )  # fmt: skip
        migrate(settings)
        loading.load(settings, messages=MESSAGES)
        found = {**_bytes(server.url), **_seconds(server, settings)}
    json.dump(found, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


def _bytes(url: str) -> dict[str, float]:
    """Bytes for each message, of its rows and of their indexes."""
    sizes = """
        SELECT {what}, sum({size}(c.oid)) FROM pg_class c
        WHERE c.relkind = 'r' AND c.relname ~ '{names}' GROUP BY 1"""
    found: dict[str, float] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        [(messages,)] = connection.execute("SELECT count(*) FROM messages").fetchall()
        for name, names in (
            ("message", "^messages_(default|[0-9_]+)$"), ("events", "^message_events_(default|[0-9_]+)$"),
            ("rollups", "^rollup_"), ("ledger", "^ledger_"), ("webhooks", "^(platform_events|webhook_)"),
        ):  # fmt: skip
            for size, kind in (("pg_table_size", "rows"), ("pg_indexes_size", "indexes")):
                rows = connection.execute(sizes.format(what="1", size=size, names=names)).fetchall()
                found[f"{name}_{kind}_bytes"] = round(float(rows[0][1]) / messages, 1)
    return {"messages": float(messages), **found}


def _seconds(server: Any, settings: Any) -> dict[str, float]:
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal
    from uuid import uuid4

    from gateway.api.access import Principal
    from gateway.api.app import create_app
    from gateway.api.context import EXTENSION
    from gateway.carriers.choice import open_carriers
    from gateway.carriers.simulator import Simulator
    from gateway.jobs.loops import fold_queued
    from gateway.jobs.sending import Sender
    from gateway.store import ledger
    from gateway.store.accounts import find_tenant
    from gateway.store.engine import create_engine

    worker = create_engine(settings, "worker")
    with worker.begin() as connection:
        tenant = find_tenant(connection, "demo-bank")
        assert tenant is not None  # noqa: S101 - of the demo
        ledger.top_up(connection, tenant, Decimal(10_000_000), "")
        person = connection.exec_driver_sql("SELECT user_id FROM users WHERE email = 'owner@demo.example'").scalar_one()
    app, began = create_app(settings), datetime.now(UTC)
    owner = Principal(person, tenant, "customer", frozenset({"owner", "customer"}))
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], verify=lambda _token: owner)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer x"

    def post(times: int) -> None:
        for number in range(times):
            answer = client.post(
                "/v1/messages",
                json={"to": f"+9370{number % 10_000_000:07}", "from": "BANK", "body": "Your code is 123456"},
                headers={"Idempotency-Key": str(uuid4())},
            )
            assert answer.status_code in (200, 201, 202), answer.text  # noqa: S101

    senders = [Sender(worker, carrier) for carrier in open_carriers(settings, worker)]
    simulator = Simulator(worker)

    def deliver(_times: int) -> None:
        waiting = "SELECT count(*) FROM messages WHERE tenant_id = %s AND submitted_at >= %s AND status = ANY ('{queued,sent}')"
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            while True:
                for sender in senders:
                    sender.work()
                simulator.deliver()
                fold_queued(worker)
                if connection.execute(waiting, [tenant, began]).fetchall()[0][0] <= SENT // 25:
                    return
                time.sleep(0.5)

    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=89)), "to": str(today)}

    def view(times: int) -> None:
        for _ in range(times):
            for path, query in (
                ("summary", {**period, "compare": "previous"}), ("breakdown", {**period, "dimension": "operator"}),
                ("timeseries", {**period, "metric": "volume", "interval": "day", "groupBy": "status"}),
                ("heatmap", period), ("top", {**period, "dimension": "senderId"}),
            ):  # fmt: skip
                assert client.get(f"/v1/analytics/{path}", query_string=query).status_code == 200  # noqa: S101

    post(50)  # connections, plans, caches
    view(5)
    found: dict[str, float] = {}
    for name, act, times in (("post", post, SENT), ("delivery", deliver, SENT), ("view", view, VIEWS)):
        found |= {f"{name}_{kind}": value for kind, value in _measured(server, act, times).items()}
    for sender in senders:
        sender.close()
    return found


def _measured(server: Any, act: Callable[[int], None], times: int) -> dict[str, float]:
    """Milliseconds of processor for each time, of this program and of the database, and bytes of WAL."""
    ours, theirs, log = time.process_time(), _of_database(server), _log(server.url)
    act(times)
    return {
        "program_ms": round((time.process_time() - ours) * 1000 / times, 3),
        "database_ms": round((_of_database(server) - theirs) * 1000 / times, 3),
        "wal_bytes": round((_log(server.url) - log) / times, 1),
    }


def _of_database(server: Any) -> float:
    """Seconds of processor of all its processes, the ended ones included."""
    total = 0
    leader = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    for pid in _processes():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if pid == leader:
            total += sum(int(field) for field in fields[11:15])  # with the children that were waited for
        elif int(fields[1]) == leader:
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _processes() -> Iterator[int]:
    yield from (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _log(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        [(found,)] = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchall()
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
