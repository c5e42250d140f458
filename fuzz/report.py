"""The last figures, in docs/security.md between two marks."""

from __future__ import annotations

import os
import platform
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.support.api_machine import Figures
from tools import marked


@dataclass(frozen=True)
class Run:
    """All of one run."""

    minutes: float
    seed: int
    stories: Figures
    parsers: Counter[str]


def table(run: Run) -> str:
    """The run as a sentence and a Markdown table."""
    calls = run.stories.calls
    by_class = Counter(dict.fromkeys("245", 0))
    for (_, status), count in calls.items():
        by_class[str(status)[0]] += count
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [
        f"Last run on {datetime.now(UTC):%Y-%m-%d}, {machine}: {run.minutes:g} minutes, seed {run.seed}. Nothing was found.",
        "",
        "| tried | how much |",
        "|---|--:|",
        f"| stories told to the running gateway | {run.stories.stories:,} |",
        f"| calls in them (of {len({name for name, _ in calls})} kinds) | {sum(calls.values()):,} |",
        f"| of these about something an earlier call made, and asked by another account too | {sum(run.stories.followed.values()):,} |",
        f"| answered with success, refused, failed | {by_class['2']:,}, {by_class['4']:,}, {by_class['5']:,} |",
        *(f"| {group}: examples | {count:,} |" for group, count in run.parsers.items()),
    ]
    return "\n".join(lines)


def write(run: Run) -> None:
    """Replace what stands between the marks."""
    marked.replace(marked.SECURITY, "make fuzz", table(run))
