"""``python -m tools.visual [run|approve] [--page NAME …]``: take all pictures and compare, or keep what the last run took."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.browser import open_browser
from tools.visual import report
from tools.visual.baselines import Baselines
from tools.visual.camera import ARGUMENTS, Camera
from tools.visual.looks import PAGES
from tools.visual.run import Run, take
from tools.visual.site import running

ROOT = Path(__file__).resolve().parents[2]
BASELINES = Path(__file__).parent / "baselines"
FOLDER = ROOT / ".build" / "visual"


def run(names: Sequence[str]) -> int:
    """Exit code: 1 when something differs or a page has a fault."""
    unknown = set(names) - {each.name for each in PAGES}
    if unknown:
        sys.exit(f"no page {', '.join(unknown)}; there are: {', '.join(each.name for each in PAGES)}")
    wanted = [each for each in PAGES if not names or each.name in names]
    with tempfile.TemporaryDirectory() as folder, open_browser(*ARGUMENTS) as browser, running(Path(folder)) as site:
        done = take(
            wanted, site, Camera(browser), Baselines.in_folder(BASELINES), FOLDER, whole=not names, after_page=_keep
        )
    done.write(FOLDER)
    written = report.write(done, FOLDER, BASELINES)
    print(report.table(done))
    print(f"report: {written.relative_to(ROOT)}")
    return 1 if done.failed else 0


def _keep(run: Run) -> None:
    """A run that is stopped has what it got so far."""
    run.write(FOLDER)
    print(report.line(run.results[-1].page, run.results), flush=True)


def approve(names: Sequence[str]) -> int:
    """Keep the pictures of the last run that differ: of some pages, or all."""
    try:
        last = Run.read(FOLDER)
    except FileNotFoundError:
        sys.exit("nothing to approve: make visual first")
    chosen = [result for result in last.differing if not names or result.page in names]
    baselines = Baselines.in_folder(BASELINES)
    left = len(last.differing) - len(chosen)
    if not last.judged and left:
        sys.exit(
            "these pictures were made with another browser or other fonts than the approved ones: approve all or none"
        )
    pictures = {
        result.name: np.asarray(Image.open(FOLDER / "after" / f"{result.name}.png").convert("RGB"))
        for result in chosen
        if result.state != "gone"
    }
    baselines.approve(pictures, last.made_with, (result.name for result in chosen if result.state == "gone"))
    last.results = [result for result in last.results if result not in chosen]
    last.write(FOLDER)
    print(f"{len(pictures)} pictures approved, {len(chosen) - len(pictures)} taken away, {left} left")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.visual", description=__doc__)
    parser.add_argument("command", choices=("run", "approve"), nargs="?", default="run")
    parser.add_argument("--page", nargs="*", default=[], help="pages by their names; all of them when left out")
    given = parser.parse_args()
    return run(given.page) if given.command == "run" else approve(given.page)


if __name__ == "__main__":
    sys.exit(main())
