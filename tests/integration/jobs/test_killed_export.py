"""An export survives the worker that was writing it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from tests.integration.api.test_exports import EXPORTS, ask, folder_of, rows_of, settings_of, wait_until_running
from tests.integration.api.test_message_log import ordered_ids
from tests.support.api_world import build_world
from tests.support.jobs import work_off

ROOT = Path(__file__).parents[3]


def test_export_of_a_killed_worker_is_written_by_the_next(fresh_database: str, tmp_path: Path) -> None:
    with build_world(fresh_database, tmp_path, messages=300) as world:
        settings = settings_of(world)
        environment = {
            **os.environ, "DATABASE_URL": fresh_database, "GATEWAY_DATA_DIR": str(tmp_path),
            "GATEWAY_PUBLIC_URL": "http://localhost:1",
        }  # fmt: skip
        export = ask(world)
        with world.worker_engine.connect() as connection:
            # The worker has begun its file and waits for its first row.
            connection.execute(text("SET ROLE gateway_owner"))
            connection.execute(text("LOCK TABLE messages_2026_11"))
            with subprocess.Popen(
                [sys.executable, "-m", "gateway", "worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE
            ) as process:
                wait_until_running(world, export)
                while not folder_of(world):
                    assert process.poll() is None
                process.send_signal(signal.SIGKILL)
            connection.rollback()
        assert process.returncode == -signal.SIGKILL
        assert folder_of(world) == [f"{export['exportId']}.1.csv.part"]
        with world.worker_engine.begin() as connection:
            connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        work_off(settings, world.worker_engine, "retry_stalled")
        work_off(settings, world.worker_engine)
        found = world.get("owner", f"{EXPORTS}/{export['exportId']}").json
        assert (found["status"], found["rowsDone"]) == ("ready", 300)
        assert folder_of(world) == [f"{export['exportId']}.2.csv"]
        assert [row["messageId"] for row in rows_of(world, found)] == ordered_ids(world)
