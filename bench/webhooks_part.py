"""Webhook deliveries: one worker, and whether two do twice as much."""

from __future__ import annotations

from collections.abc import Sequence

from bench import webhooks
from bench.measure import Found, Options, Table, median
from bench.webhooks import Delivered


def measure(options: Options) -> Found:
    return judged(webhooks.run(options.times(webhooks.DELIVERIES, 500), rounds=options.times(webhooks.ROUNDS)))


def judged(rounds: Sequence[Delivered]) -> Found:
    """Medians of the rounds with one worker and with two."""
    by_workers = {count: [each for each in rounds if each.workers == count] for count in (1, 2)}
    rates = {count: median([each.per_second for each in found]) for count, found in by_workers.items()}
    rows = [
        [str(count), str(found[0].endpoints), f"{found[0].deliveries:,}", f"{rates[count]:,.0f}",
         f"{median([each.cpu_ms for each in found]):.2f}", f"{median([each.database_ms for each in found]):.2f}"]
        for count, found in by_workers.items()
    ]  # fmt: skip
    return Found(
        {
            "one_per_second": rates[1],
            "two_over_one": rates[2] / rates[1],
            "cpu_ms": median([each.cpu_ms for each in by_workers[1]]),
            "database_ms": median([each.database_ms for each in by_workers[1]]),
        },
        [
            Table(
                "Deliveries",
                "Signed, over loopback HTTP, to receivers in a process of their own that answer at once, each attempt written down; "
                "medians of rounds in turn. All of it shares the machine: two workers, PostgreSQL and the receivers are four programs.",
                [
                    "workers",
                    "endpoints",
                    "deliveries",
                    "a second",
                    "worker's processor ms each",
                    "PostgreSQL's processor ms each",
                ],
                rows,
            )
        ],
    )
