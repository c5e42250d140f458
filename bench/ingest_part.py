"""Messages accepted and files imported, and what that does to readers."""

from __future__ import annotations

from collections.abc import Sequence

from bench import ingest
from bench.ingest import Measured, Sent
from bench.ingest_files import Imported
from bench.measure import Found, Options, Table

TITLES = (
    ("Messages accepted", "Over loopback HTTP with validation, idempotency, ledger and event, one by one and in batches, while "
     "somebody reads the dashboard. The machine is shared with whoever sends: what two cores could accept follows from the "
     "processor time of each message."),
    ("Files imported", "From the file to messages in the log, counted."),
)  # fmt: skip


def measure(options: Options) -> Found:
    found = ingest.run(
        messages=options.times(ingest.MESSAGES, 2_000),
        rows=options.times(ingest.ROWS, 2_000),
        seconds=float(options.times(int(ingest.SECONDS), 3)),
        minutes=0,
    )
    tables = ingest.tables(found).split("\n\n")
    shown = [Table.parsed(title, text, each) for (title, text), each in zip(TITLES, tables, strict=False)]
    return Found(judged(found), shown, ingest.MESSAGES)


def judged(found: Sequence[Measured]) -> dict[str, float]:
    """The slower format and the program that grows most stand for all."""
    figures: dict[str, float] = {}
    for each in found:
        if isinstance(each, Sent):
            way = "one" if each.size == 1 else "batch"
            figures[f"{way}_per_second"] = each.two_cores
            figures[f"{way}_read_p99_ms"] = each.read_p99
            figures[f"{way}_lag_seconds"] = each.lag_max
        elif isinstance(each, Imported):
            figures["import_per_second"] = min(each.two_cores, figures.get("import_per_second", each.two_cores))
    return figures
