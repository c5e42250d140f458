"""What came of a run: a page to look at differences with, and a table for the terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tools.visual.run import Result, Run

_PAGE = Path(__file__).parent / "report.html"
HEADING = f"{'page':<18} {'looks':>5} {'same':>5} {'changed':>7} {'new':>4} {'gone':>4} {'faults':>6}"
_PLACE = '{"results": []}'


def write(run: Run, folder: Path, baselines: Path) -> Path:
    """The page, in ``folder`` beside the pictures; what is the same is shown from ``baselines``."""
    told = {
        "madeWith": run.made_with,
        "approvedWith": run.approved_with,
        "judged": run.judged,
        "baselines": os.path.relpath(baselines, folder),
        "results": [asdict(result) for result in run.results],
    }
    inert = json.dumps(told, ensure_ascii=False).replace("</", "<\\/")
    file = folder / "index.html"
    file.write_text(_PAGE.read_text(encoding="utf-8").replace(_PLACE, inert), encoding="utf-8")
    return file


def line(page: str, results: Iterable[Result]) -> str:
    """What came of one page, under ``HEADING``."""
    mine = [result for result in results if result.page == page]
    counts = [sum(result.state == state for result in mine) for state in ("same", "changed", "new", "gone")]
    faults = sum(len(result.faults) for result in mine)
    return f"{page:<18} {len(mine):>5} {counts[0]:>5} {counts[1]:>7} {counts[2]:>4} {counts[3]:>4} {faults:>6}"


def table(run: Run) -> str:
    """A line for each page, each fault, and what it comes to."""
    pages = dict.fromkeys(result.page for result in run.results)
    lines = [HEADING, *(line(page, run.results) for page in pages)]
    for result in run.faulty:
        lines += [f"{result.name}: {fault}" for fault in result.faults]
    if not run.judged:
        lines.append(
            "The approved pictures were made with "
            + _told(run.approved_with)
            + "; these with "
            + _told(run.made_with)
            + ". That alone changes letters, so differences are shown and not judged."
        )
    pictures = sum(result.state != "looked through" for result in run.results)
    lines.append(
        f"{pictures} pictures, {len(run.differing)} differ; {sum(len(r.faults) for r in run.faulty)} faults in"
        f" {len(run.results)} looks"
    )
    return "\n".join(lines)


def _told(made_with: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in made_with.items()) or "nothing yet"
