from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from gateway.domain.messages import new_message
from gateway.jobs.loops import Loop, fold_queued
from gateway.jobs.tasks import SCHEDULE
from gateway.jobs.worker import run
from gateway.settings import GatewaySettings
from gateway.store import rollups, writes
from tests.integration.store.tenants import add_tenant
from tests.support.jobs import work_off

ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker_process(gateway_settings: GatewaySettings) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ, "DATABASE_URL": gateway_settings.database_url or "",
        "GATEWAY_DATA_DIR": str(gateway_settings.data_dir), "GATEWAY_PUBLIC_URL": "http://localhost:1",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def write_one(engine: Engine) -> None:
    tenant_id = add_tenant(engine)
    row = new_message(
        tenant_id=tenant_id, submitted_at=datetime.now(UTC), recipient="+93700000141", sender_id="BANK", source="api",
        external_id="a",
    )  # fmt: skip
    with engine.begin() as connection:
        writes.insert_messages(connection, [row])


def wait_for_fold(engine: Engine) -> None:
    """Returns when the queue is empty: told by the fold's own notification, so nothing is slept through."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("LISTEN tenant_revisions"))
        driver = connection.connection.driver_connection
        assert driver is not None
        while rollups.pending(connection):
            for _ in driver.notifies(timeout=60, stop_after=1):
                break


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_worker_folds_new_messages_and_stops_when_told(
    stop_signal: signal.Signals, worker_process: subprocess.Popen[bytes], worker_engine: Engine
) -> None:
    write_one(worker_engine)
    wait_for_fold(worker_engine)
    with worker_engine.begin() as connection:
        assert connection.execute(text("SELECT sum(messages) FROM rollup_daily")).scalar_one() == 1
    worker_process.send_signal(stop_signal)
    _, said = worker_process.communicate(timeout=60)
    assert worker_process.returncode == 0
    assert b"Traceback" not in said


def test_worker_on_a_database_without_schema_says_what_to_do(
    empty_database: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(GatewaySettings(database_url=empty_database, data_dir=tmp_path)) == 1
    assert "python -m gateway migrate" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(SCHEDULE))
def test_periodic_task_runs_with_the_rights_of_the_worker(
    name: str, gateway_settings: GatewaySettings, worker_engine: Engine
) -> None:
    work_off(gateway_settings, worker_engine, name)
    with worker_engine.begin() as connection:
        jobs = connection.execute(text("SELECT task_name, status::text FROM procrastinate_jobs")).all()
    assert (name, "succeeded") in [tuple(job) for job in jobs]
    assert {status for _, status in jobs} == {"succeeded"}


def test_job_of_a_worker_that_died_is_done_by_the_next(
    gateway_settings: GatewaySettings, worker_engine: Engine
) -> None:
    with worker_engine.begin() as connection:
        dead = connection.execute(
            text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id")
        ).scalar_one()
        job = connection.execute(
            text("""INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)
                    VALUES ('maintenance', 'make_partitions', '{"timestamp": 0}', 'doing', :dead) RETURNING id"""),
            {"dead": dead},
        ).scalar_one()
    work_off(gateway_settings, worker_engine, "retry_stalled")
    work_off(gateway_settings, worker_engine)
    with worker_engine.begin() as connection:
        status = connection.execute(text("SELECT status::text FROM procrastinate_jobs WHERE id = :id"), {"id": job})
        assert status.scalar_one() == "succeeded"


def test_fold_queued_empties_the_queue(worker_engine: Engine) -> None:
    write_one(worker_engine)
    assert fold_queued(worker_engine) == 2  # counts and hours; nothing is delivered
    assert fold_queued(worker_engine) == 0


def test_loop_goes_on_after_a_failure() -> None:
    calls: list[int] = []
    third = threading.Event()

    def act() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise ValueError("once")
        third.set()

    loop = Loop("test", 0.001, act, wait_after_failure_seconds=0.001)
    loop.start()
    assert third.wait(30)
    loop.stop()
    loop.stop()
    assert len(calls) >= 2


def test_loop_that_was_never_started_can_be_stopped() -> None:
    Loop("test", 1.0, lambda: None).stop()


def test_worker_outlives_the_loss_of_its_database_connections(
    worker_process: subprocess.Popen[bytes], worker_engine: Engine, gateway_settings: GatewaySettings
) -> None:
    """It is not started anew for that: what sends and delivers goes on as soon as the database is there."""

    def comes(question: str, **named: object) -> object:
        """What the worker makes of the database, as soon as there is something."""
        end = time.monotonic() + 60
        while time.monotonic() < end and worker_process.poll() is None:
            with worker_engine.begin() as connection:
                if (found := connection.execute(text(question), named).scalar()) is not None:
                    return found
            time.sleep(0.05)
        pytest.fail(f"nothing came of {question!r}; the process ended with {worker_process.poll()}")

    comes("SELECT id FROM procrastinate_workers")
    with psycopg.connect(gateway_settings.database_url or "", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'gateway%'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        job = connection.execute("""
            INSERT INTO procrastinate_jobs (queue_name, task_name, args)
            VALUES ('maintenance', 'make_partitions', '{"timestamp": 0}') RETURNING id""").fetchone()
    worker_engine.dispose()
    assert job is not None
    comes("SELECT id FROM procrastinate_jobs WHERE id = :job AND status = 'succeeded'", job=job[0])
    write_one(worker_engine)
    wait_for_fold(worker_engine)
    worker_process.send_signal(signal.SIGTERM)
    worker_process.communicate(timeout=60)
    assert worker_process.returncode == 0
