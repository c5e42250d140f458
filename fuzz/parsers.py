"""The property tests of everything that reads what others wrote, with many more examples than `make test` has time for."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
GROUPS: Mapping[str, tuple[str, ...]] = {
    "imports: Kannel's log, CSV, Parquet, lines": ("tests/unit/gateway/imports",),
    "cookies and sealed values": (
        "tests/unit/portal/web/test_sealing.py",
        "tests/unit/portal/web/test_session.py",
        "tests/unit/gateway/identity/test_sealing.py",
    ),
    "reports of browsers, both formats": ("tests/unit/portal/web/test_violations.py",),
    "searches, filters, addresses": (
        "tests/unit/gateway/api/test_search.py",
        "tests/unit/gateway/api/test_filters.py",
        "tests/unit/gateway/domain/test_numbers.py",
        "tests/unit/portal/domain/test_query.py",
        "tests/unit/portal/domain/test_message_filter.py",
        "tests/unit/portal/web/test_return_path.py",
    ),
    "receipts of carriers": ("tests/unit/gateway/carriers/test_kannel_receipts.py",),
    "cursors, ids, keys": (
        "tests/unit/gateway/api/test_cursors.py",
        "tests/unit/gateway/domain/test_ids.py",
        "tests/unit/gateway/domain/test_api_keys.py",
    ),
    "texts of messages": ("tests/unit/gateway/domain/test_segments.py",),
}
_PASSED = re.compile(r"(\d+) passing, (\d+) failing")


class Wrong(Exception):
    """A property does not hold; the words are pytest's, with the example."""


def try_all(seconds: float, seed: int) -> Counter[str]:
    """Rounds over all groups until the time is over (one at least): examples tried by group. Raises Wrong."""
    end, draw, tried = time.monotonic() + seconds, Random(seed), Counter[str]()
    while not tried or time.monotonic() < end:
        number = draw.randrange(2**32)
        for group, files in GROUPS.items():
            tried[group] += _round(files, number)
    return tried


def _round(files: tuple[str, ...], number: int) -> int:
    asked = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", "timeout=0",
        "--hypothesis-profile=fuzz", f"--hypothesis-seed={number}", "--hypothesis-show-statistics", *files,
    ]  # fmt: skip
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong(f"repeat with: {' '.join(asked[1:])}\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
    return sum(int(passed) for passed, _ in _PASSED.findall(done.stdout))
