"""A page names its scripts by their bytes, and any process may be asked for them: all must have made the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_NAMES = """
import sys
from pathlib import Path
from tests.support import portal_on_fakes
server, app = portal_on_fakes.build(Path(sys.argv[1]))
server.test_client().get("/no-such-page")
print(app.assets.bundle.url, app.assets.guard.url)
"""


def test_processes_that_hash_differently_make_the_same_scripts(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _NAMES, str(tmp_path)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed}, cwd=Path(__file__).parents[4],
        )
        for seed in ("1", "2")
    ]  # fmt: skip
    named = [process.communicate()[0] for process in started]
    assert "/portal." in named[0]
    assert "/guard." in named[0]
    assert named[0] == named[1]
