"""``docs/chaos.md`` and a JSON beside it, from one run."""

from __future__ import annotations

import json
import os
import platform
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from chaos.product import ROOT
from chaos.reconcile import Check
from tools import marked

LIMIT_SECONDS = 15.0
HEAD = """# Killed under load

Written by `make chaos`; nobody edits it by hand. Programs of the running product are killed (SIGKILL) at random moments
while clients send messages, ask for exports and import files. Afterwards everything is counted from the tables.
"""


@dataclass(frozen=True)
class Kill:
    """``answers``: seconds until portal and gateway were ready again; ``delivers``: until a new message came through."""

    victim: str
    at: float
    answers: float | None
    delivers: float | None


@dataclass(frozen=True)
class Run:
    """All of one run."""

    seed: int
    minutes: float
    kills: list[Kill]
    settled_seconds: float
    left: dict[str, int]
    numbers: dict[str, int]
    checks: list[Check]

    busy: float = field(default_factory=lambda: os.getloadavg()[2])

    @property
    def whole(self) -> bool:
        """Nothing was lost, doubled or left."""
        return not self.left and not any(check.wrong for check in self.checks)

    @property
    def late(self) -> int:
        """How many times it took longer than the limit until all answered again."""
        return sum(_or_endless(kill.answers) > LIMIT_SECONDS for kill in self.kills)

    @property
    def passed(self) -> bool:
        return self.whole and not self.late


def table(run: Run) -> str:
    """The run as Markdown tables."""
    by_victim: dict[str, list[Kill]] = defaultdict(list)
    for kill in run.kills:
        by_victim[kill.victim].append(kill)
    lines = [
        "| killed | times | answers again, seconds: median | longest | delivers again, seconds: longest |",
        "|---|--:|--:|--:|--:|",
    ]
    for victim, kills in sorted(by_victim.items()):
        answers = sorted(_or_endless(kill.answers) for kill in kills)
        delivers = max(_or_endless(kill.delivers) for kill in kills)
        lines.append(
            f"| {victim} | {len(kills)} | {answers[len(answers) // 2]:.1f} | {answers[-1]:.1f} | {delivers:.1f} |"
        )
    lines += ["", "| there was | how much |", "|---|--:|"]
    lines += [f"| {name} | {count:,} |" for name, count in run.numbers.items()]
    lines += ["", "| wrong | how many |", "|---|--:|"]
    lines += [f"| {check.name} | {check.wrong:,} |" for check in run.checks]
    lines += [f"| still under way: {name} | {count:,} |" for name, count in run.left.items()]
    return "\n".join(lines)


def write(run: Run) -> None:
    """The files, and the sentence in docs/security.md."""
    results = ROOT / "chaos" / "results"
    results.mkdir(exist_ok=True)
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "passed": run.passed, **asdict(run)}
    (results / "latest.json").write_text(json.dumps(said, indent=1) + "\n")
    (ROOT / "docs" / "chaos.md").write_text(
        f"{HEAD}\n{sentence(run)}"
        f" Of the last quarter of an hour on average {run.busy:.1f} programs wanted to run at a time on these cores, those of others included."
        f" After the last client had its answer {run.settled_seconds:.0f} seconds passed until nothing was under way any more: what a killed worker"
        f" had taken is taken up when its lease ends.\n\n{table(run)}\n"
    )
    marked.replace(marked.SECURITY, "make chaos", sentence(run))


def sentence(run: Run) -> str:
    """When, where, how much, and how it ended."""
    verdict = "Nothing was lost, doubled or left." if run.whole else "**Something is wrong: see below.**"
    late = "It was kept each time." if not run.late else f"**It was passed {run.late} of {len(run.kills)} times.**"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    return (
        f"Run on {datetime.now(UTC):%Y-%m-%d}, {machine}: {len(run.kills)} kills in {run.minutes:g} minutes, seed {run.seed}."
        f" All answers again within {LIMIT_SECONDS:.0f} seconds is the limit. {late} {verdict}"
    )


def _or_endless(seconds: float | None) -> float:
    return float("inf") if seconds is None else seconds
