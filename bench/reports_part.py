"""What is made for reading later: business reviews, exports, invoices, health scores."""

from __future__ import annotations

from collections.abc import Sequence

from bench import billing, exports, health, qbr
from bench.billing import Billed, Read
from bench.exports import Written
from bench.health import Listed, Night
from bench.measure import Found, Options, Table
from bench.qbr import Reviewed
from bench.stack import running

MANY = 5_000
"""Customers of the account manager whose list is judged."""


def measure(options: Options) -> Found:
    found = Found()
    with running(options.messages) as stack:
        print("reviews and exports", flush=True)
        found.attempt(lambda: reviews(qbr.run(stack, options.times(qbr.REPORTS, 4))))
        found.attempt(lambda: exported(exports.run(stack)))
    print("invoices", flush=True)
    found.attempt(lambda: invoices(*billing.run(options.times(billing.MESSAGES, 20_000))))
    print("health scores", flush=True)
    few, fewer = options.times(health.MESSAGES, 100_000), options.times(health.TENANTS, MANY)
    found.attempt(lambda: scores(*health.run(few, fewer)))
    return found


def reviews(reviewed: Sequence[Reviewed]) -> Found:
    made = [each for each in reviewed if each.name.startswith("report")]
    return Found(
        {"review_p95_ms": max(each.p95_ms for each in made)},
        [
            Table(
                "Business reviews",
                "Of the largest customer, over loopback HTTP, one at a time; a report, signed, from the request until it can be fetched, "
                "asked for every 50 ms, in the four languages in turn.",
                ["what", "messages of the quarter", "times", "p50 ms", "p95 ms", "KB"],
                [
                    [each.name, f"{each.messages:,}", str(each.times), f"{each.p50_ms:,.0f}", f"{each.p95_ms:,.0f}",
                     f"{each.kilobytes:,.0f}"]
                    for each in reviewed
                ],
            )
        ],
    )  # fmt: skip


def exported(written: Sequence[Written]) -> Found:
    figures = {}
    for each in written:
        figures[f"export_{each.file_format}_seconds"] = each.seconds / each.rows * 1e6
        figures[f"export_{each.file_format}_mb"] = each.worker_megabytes
    return Found(
        figures,
        [
            Table(
                "Exports of the log",
                "With what was written to whom, from the request until the file can be fetched.",
                ["format", "rows", "seconds", "file, MB", "worker's highest size, MB"],
                [
                    [each.file_format, f"{each.rows:,}", f"{each.seconds:.1f}", f"{each.file_megabytes:.0f}",
                     f"{each.worker_megabytes:.0f}"]
                    for each in written
                ],
            )
        ],
    )  # fmt: skip


def invoices(billed: Sequence[Billed], read: Sequence[Read]) -> Found:
    return Found(
        {"invoice_seconds": max(each.seconds for each in billed)},
        [
            Table(
                "A month's invoice",
                "Of one account, in a database of its own.",
                ["charged", "messages", "lines", "seconds", "processor s of the database",
                 "database's private memory, MB", "worker grows by, MB"],
                [
                    [each.charged, f"{each.messages:,}", str(each.lines), f"{each.seconds:.1f}", f"{each.cpu_seconds:.1f}",
                     f"{each.database_megabytes:.0f}", f"{each.worker_megabytes:.0f}"]
                    for each in billed
                ],
            ),
            Table(
                "Reading invoices",
                "The API in process.",
                ["what", "times", "p50 ms", "longest ms"],
                [[each.name, str(each.times), f"{each.p50_ms:.1f}", f"{each.longest_ms:.1f}"] for each in read],
            ),
        ],
    )  # fmt: skip


def scores(nights: Sequence[Night], listed: Sequence[Listed]) -> Found:
    (night,) = [each for each in nights if each.name == "a night"]
    first_rows = [each.p50_ms for each in listed if each.tenants == MANY and each.name.startswith("first")]
    return Found(
        {"health_seconds": night.seconds, "health_list_ms": max(first_rows)},
        [
            Table(
                "Health scores",
                "Of a database of its own, with as many messages counted in the one rollup that scores read.",
                ["run", "customers", "messages", "scores", "seconds"],
                [
                    [each.name, f"{each.tenants:,}", f"{each.messages:,}", f"{each.scores:,}", f"{each.seconds:.1f}"]
                    for each in nights
                ],
            ),
            Table(
                "Reading health scores",
                "The API in process.",
                ["what", "customers seen", "times", "p50 ms", "longest ms", "KB"],
                [
                    [each.name, f"{each.tenants:,}", str(each.times), f"{each.p50_ms:.1f}", f"{each.longest_ms:.1f}",
                     f"{each.kilobytes:.0f}"]
                    for each in listed
                ],
            ),
        ],
    )  # fmt: skip
