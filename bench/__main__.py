"""``python -m bench [part …]``: measure, keep the figures, and compose ``docs/performance.md`` of the newest of each part.

What is measured at another size, or only tried with ``--quick``, is printed and not kept.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module

from bench import document, machine, results
from bench.measure import Found, Options, table
from bench.results import Run
from bench.stack import ROOT
from bench.targets import TARGETS

PARTS = ("page", "api", "ingest", "webhooks", "reports", "load", "live", "memory", "scale")
LONG = ("memory", "scale")
"""Only measured when they are named: an hour, and a hundred million messages with 140 GB of disk."""
MESSAGES = 10_000_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)}; when none is named all but {', '.join(LONG)}"
    )
    parser.add_argument("--messages", type=int, default=MESSAGES, help="size of the database (made once, kept)")
    parser.add_argument("--quick", action="store_true", help="everything a few times only, to see that it works")
    parser.add_argument("--compose", action="store_true", help="measure nothing, write the report of what is kept")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    options = Options(arguments.messages, arguments.quick)
    kept = options == Options(MESSAGES)
    failed = []
    wanted = arguments.parts or [name for name in PARTS if name not in LONG]
    for part in [] if arguments.compose else [name for name in PARTS if name in wanted]:
        try:
            run = _measure(part, options)
        except Exception:
            # The others are measured all the same: each takes minutes, and each stands for itself.
            traceback.print_exc()
            failed.append(part)
            continue
        print(_told(run), flush=True)
        if missing := _missing(run):
            print(f"without {', '.join(missing)}", file=sys.stderr)
            failed.append(part)
        if kept:
            print(f"kept in {results.write(run).relative_to(ROOT)}", flush=True)
    if kept:
        compose()
    if failed:
        print(f"not measured, or not all of it: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _measure(part: str, options: Options) -> Run:
    began = datetime.now(UTC)
    print(f"== {part}", flush=True)
    with machine.watched() as spent:
        found: Found = import_module(f"bench.{part}_part").measure(options)
    at = began.isoformat(timespec="seconds")
    messages = options.messages if found.messages is None else found.messages
    how = machine.described()
    return Run(part, at, how, messages, spent.seconds, spent.others, found, spent.pace, spent.touch)


def _missing(run: Run) -> list[str]:
    """Figures with a target that the part was to find and has not. Peers and Lighthouse may be out of reach."""
    return [
        target.name
        for target in TARGETS
        if target.part == run.part
        and target.limit is not None
        and target.key not in run.found.figures
        and not target.key.startswith("lighthouse")
    ]


def _told(run: Run) -> str:
    rows = [
        [target.name, target.shown(value), target.wanted, "" if target.holds(value) else "NO"]
        for target in TARGETS
        if target.part == run.part and (value := run.found.figures.get(target.key)) is not None
    ]
    taken = f"{run.part}: {run.seconds:.0f} s, {100 * (run.others or 0):.0f} % of the machine taken by others\n"
    tables = "\n".join(each.markdown() for each in run.found.tables)
    return f"{tables}\n{table(['figure', 'measured', 'target', 'held'], rows)}\n{taken}"


def compose() -> None:
    """Write the report of all that is kept."""
    runs = {part: results.read(part) for part in PARTS}
    (ROOT / "docs" / "performance.md").write_text(document.compose(runs, document.notes()), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
