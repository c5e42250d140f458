from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.integration.imports.conftest import World
from tests.integration.imports.test_kannel_import import receipt, sent


def test_killed_import_ends_with_the_same_database_as_one_that_was_not(world: World, tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    with path.open("w", encoding="utf-8") as file:
        for number in range(22_000):
            to = f"9370{number:07}"
            second = number % 60
            file.write(sent(second, f"f{number}", to) + "\n")
            if number % 500 == 0:
                file.write("a line that means nothing\n")
            if number >= 8000:  # so that receipts come a chunk or two after their messages
                of = number - 8000
                file.write(receipt(min(of % 60 + 1, 59), f"f{of}", 1 + of % 2, "err:027", f"9370{of:07}") + "\n")
    environment = os.environ | {
        "DATABASE_URL": world.settings.database_url or "",
        "GATEWAY_DATA_DIR": str(world.settings.data_dir),
    }
    command = [sys.executable, "-m", "gateway", "import-messages", "--tenant", "acme", "--format", "kannel-access-log"]
    process = subprocess.Popen([*command, str(path)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        while not world.rows("SELECT FROM import_runs WHERE offset_bytes > 0"):
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    interrupted = world.rows("SELECT state FROM import_runs")
    assert [row.state for row in interrupted] == ["running"]
    finished = subprocess.run([*command, str(path)], env=environment, capture_output=True, text=True, check=True)
    contents, account, rejected = world.contents(), finished.stdout.splitlines()[0], world.rejected()
    world.clear()
    world.run(path)
    assert world.contents() == contents
    assert world.out().splitlines()[0] == account
    assert world.rejected() == rejected
    assert len(rejected) == 44
