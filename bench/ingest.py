"""``python -m bench.ingest``: how many messages are accepted in a second, what it does to whoever reads meanwhile, how
soon they are counted, how fast files are imported, and whether memory stays where it is.

A database, a gateway and a worker of its own. The machine is shared: what counts is the processor time of each message,
and what two cores could do with it; messages a second are what they were while others wanted the same cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.ingest_files import Imported, imports
from bench.ingest_stack import Memory, Sent, bench
from bench.measure import table

MESSAGES, ROWS, BATCH, SECONDS = 200_000, 200_000, 500, 20.0

Measured = Sent | Imported | Memory


def run(
    *,
    messages: int = MESSAGES,
    rows: int = ROWS,
    seconds: float = SECONDS,
    minutes: float = 1.0,
    sizes: Sequence[int] = (1, BATCH),
) -> list[Measured]:
    """Measure all of it. `messages` is the size of the database before, `rows` that of each file, `seconds` how long each
    way of sending is kept up, `minutes` how long memory is watched."""
    with tempfile.TemporaryDirectory() as directory, bench(Path(directory), messages) as running:
        found: list[Measured] = [running.sent(size, seconds) for size in sizes]
        found += running.memory(minutes)
        if rows:
            running.rest()
            found += imports(
                running.directory,
                running.environment,
                rows,
                running.new_tenant,
                running.count,
                running.all_of_the_database,
            )
        return found


TARGETS = {"one by one": 800, "in batches": 3000}


def targets(found: Sequence[Measured]) -> list[tuple[str, float, str, bool]]:
    """(what, measured, target, held) for each figure that has a target. Rates are those of the two cores' processor
    time: what was reached on the clock depends on who else was running."""
    rows: list[tuple[str, float, str, bool]] = []
    for each in found:
        if isinstance(each, Sent):
            way = "one by one" if each.size == 1 else "in batches"
            rows.append(
                (f"messages/s accepted {way}", each.two_cores, f"≥ {TARGETS[way]:,}", each.two_cores >= TARGETS[way])
            )
            rows.append((f"dashboard's p99 beside it, ms ({way})", each.read_p99, "≤ 100", each.read_p99 <= 100))
            rows.append((f"rollups behind by, s ({way})", each.lag_max, "≤ 5", each.lag_max <= 5))
        elif isinstance(each, Imported):
            rows.append((f"rows/s imported, {each.format}", each.two_cores, "≥ 20,000", each.two_cores >= 20_000))
        else:
            name = f"memory, last / first tenth, {each.program}"
            rows.append((name, each.growth, "≤ 1.10", each.growth <= 1.10))
    return rows


def tables(found: Sequence[Measured]) -> str:
    """Everything as Markdown."""
    sent = [each for each in found if isinstance(each, Sent)]
    files = [each for each in found if isinstance(each, Imported)]
    sizes = [each for each in found if isinstance(each, Memory)]
    parts = [
        table(
            ["messages a call", "messages", "a second, on the clock", "gateway CPU ms", "database CPU ms", "CPU ms behind",
             "client CPU ms", "a second, of two cores", "reads p50 ms", "reads p99 ms", "counted after s, median",
             "at most", "refused"],
            [
                [each.size, f"{each.messages:,}", f"{each.per_second:,.0f}", f"{each.gateway_ms:.3f}",
                 f"{each.database_ms:.3f}", f"{each.behind_ms:.3f}", f"{each.client_ms:.3f}", f"{each.two_cores:,.0f}",
                 f"{each.read_p50:.1f}", f"{each.read_p99:.1f}", f"{each.lag_p50:.2f}", f"{each.lag_max:.2f}", each.refused]
                for each in sent
            ],
        ),
        table(
            ["file", "rows", "messages", "seconds", "rows a second", "importer CPU ms a thousand", "database CPU ms a thousand"],
            [
                [each.format, f"{each.rows:,}", f"{each.messages:,}", f"{each.seconds:.1f}", f"{each.per_second:,.0f}",
                 f"{each.importer_ms:.1f}", f"{each.database_ms:.1f}"]
                for each in files
            ],
        ),
        table(
            ["program", "minutes", "MB, first tenth", "MB, last tenth"],
            [[each.program, f"{each.minutes:.1f}", f"{each.first:.0f}", f"{each.last:.0f}"] for each in sizes],
        ),
        table(
            ["figure", "measured", "target", "held"],
            [[what, f"{value:,.2f}", target, "yes" if held else "**no**"] for what, value, target, held in targets(found)],
        ),
    ]  # fmt: skip
    return "\n\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="size of the database before")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of each file that is imported; 0 imports none")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each way of sending is kept up")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long memory is watched; 0 leaves it out")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, BATCH], help="messages of a call, each measured")
    arguments = parser.parse_args()
    found = run(
        messages=arguments.messages,
        rows=arguments.rows,
        seconds=arguments.seconds,
        minutes=arguments.minutes,
        sizes=arguments.sizes,
    )
    print(tables(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
