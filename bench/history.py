"""Earlier runs beside the newest, so that a figure that got worse is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.measure import median, table
from bench.results import Run
from bench.targets import Target

SHOWN = 6
COMPARED = 3
MOST = 0.2
"""A steady figure that is worse by more than this share is flagged."""


@dataclass(frozen=True)
class Regression:
    """A steady figure beside the middle of the runs before; `share` is by how much of that it got worse."""

    target: Target
    before: float
    now: float
    share: float


def regressions(targets: Sequence[Target], runs: Sequence[Run]) -> list[Regression]:
    """What of one part's newest run (the last of `runs`) is worse by more than `MOST` than the runs before it.

    Only steady figures, and only runs over as many messages: the others differ for reasons of their own.
    """
    if not runs:
        return []
    newest = runs[-1]
    alike = [run for run in runs[:-1] if run.messages == newest.messages]
    found = []
    for target in targets:
        earlier = [run.found.figures[target.key] for run in alike if target.key in run.found.figures][-COMPARED:]
        now = newest.found.figures.get(target.key)
        if not target.steady or now is None or not earlier:
            continue
        before = median(earlier)
        share = target.worsened(before, now)
        # What is shown alike has not changed, whatever its last digit.
        if share > MOST and target.shown(before) != target.shown(now):
            found.append(Regression(target, before, now, share))
    return found


def told(targets: Sequence[Target], runs: Sequence[Run]) -> str:
    """A table of the last runs, one column each; figures that were found only once are left out."""
    shown = list(runs[-SHOWN:])
    worse = {each.target.key for each in regressions(targets, runs)}
    rows = []
    for target in targets:
        values = [run.found.figures.get(target.key) for run in shown]
        if sum(value is not None for value in values) < 2:
            continue
        cells = ["–" if value is None else target.shown(value) for value in values]
        rows.append([target.name, target.wanted, *cells, "**worse**" if target.key in worse else ""])
    if not rows:
        return ""
    return table(["figure", "target", *(run.day for run in shown), ""], rows)
