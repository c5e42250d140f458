"""A report survives the worker that was making it: made again, once, and told once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.api.test_qbr_reports import asked, events, files_of, job, own_of
from tests.support.api_world import World, build_world
from tests.support.jobs import work_off

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("locked", "files"),
    [("ledger_entries", []), ("event_outbox", ["{}.1.pdf"])],
    ids=["before the file is stored", "after it is stored and before it is told"],
)
def test_report_of_a_killed_worker_is_made_again_once(
    fresh_database: str, tmp_path: Path, locked: str, files: list[str]
) -> None:
    with build_world(fresh_database, tmp_path, messages=300) as world:
        work_off(own_of(world).settings, world.worker_engine)  # what the world itself queued
        environment = {
            **os.environ, "DATABASE_URL": fresh_database, "GATEWAY_DATA_DIR": str(tmp_path),
            "GATEWAY_PUBLIC_URL": "http://localhost:1",
        }  # fmt: skip
        report = asked(world, period="2026-Q4", language="en")
        with world.worker_engine.connect() as connection:
            connection.execute(text("SET ROLE gateway_owner"))
            connection.execute(text(f"LOCK TABLE {locked}"))
            with subprocess.Popen(
                [sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
            ) as process:
                while not _reached(world, report, files):
                    assert process.poll() is None
                process.send_signal(signal.SIGKILL)
            connection.rollback()
        assert process.returncode == -signal.SIGKILL
        assert files_of(world) == [name.format(report["jobId"]) for name in files]
        assert job(world, report["jobId"]).json["status"] == "running"
        assert events(world, report) == []
        with world.worker_engine.begin() as connection:
            connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        for _ in range(2):
            work_off(own_of(world).settings, world.worker_engine, "retry_stalled")
            work_off(own_of(world).settings, world.worker_engine)
        found = job(world, report["jobId"]).json
        assert (found["status"], found["problem"]) == ("ready", None)
        assert files_of(world) == [f"{report['jobId']}.2.pdf"]
        assert len(events(world, report)) == 1


def _reached(world: World, report: dict[str, Any], files: list[str]) -> bool:
    """The worker has begun, and has stored what it is to have stored."""
    found = job(world, report["jobId"]).json
    return found["progress"] > 0 and files_of(world) == [name.format(report["jobId"]) for name in files]
