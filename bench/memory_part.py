"""Memory over an hour in which messages are accepted without a pause."""

from __future__ import annotations

from collections.abc import Sequence

from bench import ingest
from bench.ingest import Memory
from bench.measure import Found, Options, Table

MINUTES = 60.0


def measure(options: Options) -> Found:
    minutes = MINUTES / options.times(1, 120)
    return judged([each for each in ingest.run(rows=0, minutes=minutes, sizes=()) if isinstance(each, Memory)])


def judged(found: Sequence[Memory]) -> Found:
    """The program that grows most stands for all."""
    rows = [
        [
            each.program,
            f"{each.minutes:.0f}",
            f"{each.messages:,}",
            f"{each.first:.0f}",
            f"{each.last:.0f}",
            f"{each.growth:.2f}",
        ]
        for each in found
    ]
    text = (
        "Single messages and batches in turn, five seconds each, by eight connections; the worker sends and counts them. Resident "
        "size of a program's processes together, the middle of the first tenth of the time and of the last."
    )
    head = ["program", "minutes", "messages", "MB, first tenth", "MB, last tenth", "factor"]
    shown = Table("Programs that accept and send", text, head, rows)
    return Found({"growth": max(each.growth for each in found)}, [shown], ingest.MESSAGES)
