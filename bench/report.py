"""``docs/performance.md`` and a JSON beside it, from one run."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.api import Timing
from bench.exports import Written
from bench.measure import median, table
from bench.pages import Measured, middle
from bench.stack import ROOT

if TYPE_CHECKING:
    from bench.billing import Billed, Read
    from bench.health import Listed, Night
    from bench.qbr import Reviewed

HEAD = """# Performance

Written by `make bench`; nobody edits it by hand. Every row of a table was measured in the same run on the same machine,
in alternation. The machine is shared, so trust bytes and requests first, then ratios, then milliseconds.
"""


def _by(measured: list[Measured], name: str) -> Measured:
    return next(entry for entry in measured if entry.name == name)


def _pages(measured: list[Measured]) -> str:
    lines = ["first", "cable", "mobile"]
    rows = []
    for entry in measured:
        loop = entry.first["loopback"]
        rows.append(
            [
                entry.name,
                f"{middle(loop, 'kilobytes'):,.0f}",
                f"{middle(loop, 'requests'):.0f}",
                f"{middle(loop, 'startup_posts'):.0f}",
                *(f"{middle(entry.first[line], 'painted'):,.0f}" for line in entry.first),
                *(f"{middle(entry.first[line], 'interactive'):,.0f}" for line in entry.first),
                f"{middle(entry.repeat, 'painted'):,.0f}",
                f"{middle(loop, 'shift'):.3f}",
                "–" if entry.cpu_ms is None else f"{entry.cpu_ms:.1f}",
                "–" if entry.memory is None else f"{entry.memory:.0f}",
            ]
        )
    names = list(measured[0].first)
    head = ["page", "first load KB", "requests", "start-up requests", *(f"painted, {n} ms" for n in names),
            *(f"interactive, {n} ms" for n in names), "painted again ms", "layout shift", "server CPU ms a view", "server MB"]  # fmt: skip
    assert lines
    return table(head, rows)


def _targets(measured: list[Measured], timings: list[Timing], written: list[Written]) -> str:
    rows: list[list[str]] = []

    def row(what: str, value: float, limit: float, form: str = "{:.2f}") -> None:
        rows.append([what, form.format(value), "≤ " + form.format(limit), "yes" if value <= limit else "**no**"])

    if measured:
        ours, floor, dash = (_by(measured, name) for name in ("portal", "static page", "plain Dash"))
        loop = ours.first["loopback"]
        row("first load, KB", middle(loop, "kilobytes"), 640, "{:.0f}")
        row("requests of a first load", middle(loop, "requests"), 14, "{:.0f}")
        row("start-up requests (callbacks before the page is complete)", middle(loop, "startup_posts"), 0, "{:.0f}")
        for line in ours.first:
            mine, still, plain = (middle(entry.first[line], "painted") for entry in (ours, floor, dash))
            row(f"painted, portal / static page, {line}", mine / still, 1.25)
            row(f"painted, portal / plain Dash, {line}", mine / plain, 0.1)
            row(
                f"interactive, portal / plain Dash, {line}",
                middle(ours.first[line], "interactive") / middle(dash.first[line], "interactive"),
                1 / 3,
            )
        row("painted on a repeat visit, ms", middle(ours.repeat, "painted"), 200, "{:.0f}")
        row("layout shift", middle(loop, "shift"), 0.02, "{:.3f}")
        row("portal CPU a dashboard view, ms", ours.cpu_ms or 0, 25, "{:.1f}")
    if timings:
        row("slowest p50 of the API, ms", max(timing.p50 for timing in timings), 20, "{:.1f}")
        row("slowest p99 of the API, ms", max(timing.p99 for timing in timings), 60, "{:.1f}")
    for export in written:
        row(f"a million rows as {export.file_format}, s", export.seconds / export.rows * 1e6, 60, "{:.1f}")
        row(f"worker's highest size meanwhile, {export.file_format}, MB", export.worker_megabytes, 300, "{:.0f}")
    return table(["figure", "measured", "budget", "held"], rows)


def compose(
    measured: list[Measured],
    timings: list[Timing],
    written: list[Written],
    invoiced: tuple[list[Billed], list[Read]] | None,
    scored: tuple[list[Night], list[Listed]] | None,
    reviewed: list[Reviewed],
    messages: int,
    tenant_messages: int,
) -> str:
    """The report in Markdown; a part that was not measured is left out."""
    parts = [
        HEAD,
        f"Measured on {_now():%Y-%m-%d}, {_machine()}. Database: {messages:,} messages, {tenant_messages:,} of them in the customer that signs in.",
        f"Of the last quarter of an hour on average {os.getloadavg()[2]:.1f} programs wanted to run at a time; the measured ones "
        "are about 2 of them. What is more ran beside them and makes milliseconds longer, also those that have a budget.\n",
        "## Against the budgets\n",
        _targets(measured, timings, written) + "\n",
    ]
    if measured:
        parts += [
            "## The dashboard, first load (90 days, five charts)\n",
            "Cable is 5 Mbit/s and 28 ms, mobile 1.6 Mbit/s, 150 ms and a four times slower processor; medians. Painted is the "
            "end of the first frame with all charts in it, interactive of the first with all of them drawn by Plotly. The static "
            "page is the portal's own HTML without any script. Plain Dash shows the same charts of the same numbers as its documentation "
            "teaches, without sign-in.\n",
            _pages(measured) + "\n",
        ]
    if timings:
        parts += [
            "## The gateway's API\n",
            "Over loopback HTTP, one client, authentication and row-level security included.\n",
            table(
                ["question", "p50 ms", "p99 ms", "KB"],
                [
                    [timing.name, f"{timing.p50:.1f}", f"{timing.p99:.1f}", f"{timing.kilobytes:.1f}"]
                    for timing in timings
                ],
            )
            + f"\n\nMedian of all p50: {median([timing.p50 for timing in timings]):.1f} ms.\n",
        ]
    if written:
        parts += [
            "## Exports of the log\n",
            "With what was written to whom, from the request until the file can be fetched.\n",
            table(
                ["format", "rows", "seconds", "file, MB", "worker's highest size, MB"],
                [
                    [each.file_format, f"{each.rows:,}", f"{each.seconds:.1f}", f"{each.file_megabytes:.0f}",
                     f"{each.worker_megabytes:.0f}"]
                    for each in written
                ],
            )
            + "\n",
        ]  # fmt: skip
    if invoiced:
        parts.append(billing(*invoiced))
    if scored:
        parts.append(health(*scored))
    if reviewed:
        parts.append(reviews(reviewed))
    return "\n".join(parts)


BILLING = "## A month's invoice\n"


def billing(billed: list[Billed], read: list[Read]) -> str:
    """The section about billing, with its own day: it can be measured alone."""
    return "\n".join(
        [
            BILLING,
            f"Of one account, in a database of its own. Measured on {_now():%Y-%m-%d}, {_machine()}, while {os.getloadavg()[1]:.1f} programs "
            "wanted to run at a time.\n",
            table(
                ["charged", "messages", "lines", "seconds", "processor s of the database", "database's private memory, MB", "worker grows by, MB"],
                [
                    [each.charged, f"{each.messages:,}", each.lines, f"{each.seconds:.1f}",
                     f"{each.cpu_seconds:.1f}", f"{each.database_megabytes:.0f}", f"{each.worker_megabytes:.0f}"]
                    for each in billed
                ],
            )
            + "\n",
            table(
                ["reading it, in process", "times", "p50 ms", "longest ms"],
                [[each.name, each.times, f"{each.p50_ms:.1f}", f"{each.longest_ms:.1f}"] for each in read],
            )
            + "\n",
        ]
    )  # fmt: skip


HEALTH = "## Health scores\n"
NIGHT_SECONDS, LIST_MS = 60, 300


def health(nights: list[Night], listed: list[Listed]) -> str:
    """The section about health scores, with its own day: it can be measured alone."""
    return "\n".join(
        [
            HEALTH,
            f"Of a database of its own. Measured on {_now():%Y-%m-%d}, {_machine()}, while {os.getloadavg()[1]:.1f} programs wanted to run at "
            f"a time. Budgets: a night ≤ {NIGHT_SECONDS} s; the first rows of 5,000 customers ≤ {LIST_MS} ms.\n",
            table(
                ["run", "customers", "messages", "scores", "seconds"],
                [
                    [each.name, f"{each.tenants:,}", f"{each.messages:,}", f"{each.scores:,}", f"{each.seconds:.1f}"]
                    for each in nights
                ],
            )
            + "\n",
            table(
                ["reading them, in process", "customers seen", "times", "p50 ms", "longest ms", "KB"],
                [
                    [each.name, f"{each.tenants:,}", each.times, f"{each.p50_ms:.1f}", f"{each.longest_ms:.1f}",
                     f"{each.kilobytes:.0f}"]
                    for each in listed
                ],
            )
            + "\n",
        ]
    )  # fmt: skip


REVIEWS = "## Business reviews\n"
REPORT_SECONDS = 5


def reviews(reviewed: list[Reviewed]) -> str:
    """The section about business reviews, with its own day: it can be measured alone."""
    return "\n".join(
        [
            REVIEWS,
            f"Of the largest customer of the database, over loopback HTTP, one at a time; a report from the request until it can be fetched, "
            f"asked for every 50 ms, in the four languages in turn. Measured on {_now():%Y-%m-%d}, {_machine()}, while "
            f"{os.getloadavg()[1]:.1f} programs wanted to run at a time. Budget: p95 of a report ≤ {REPORT_SECONDS} s.\n",
            table(
                ["what", "messages of the quarter", "times", "p50 ms", "p95 ms", "KB"],
                [
                    [each.name, f"{each.messages:,}", each.times, f"{each.p50_ms:,.0f}", f"{each.p95_ms:,.0f}",
                     f"{each.kilobytes:,.0f}"]
                    for each in reviewed
                ],
            )
            + "\n",
        ]
    )  # fmt: skip


def put(section: str) -> None:
    """Put one section in the place of the one with its heading, or at the end, and leave the others as they are."""
    path, heading = ROOT / "docs" / "performance.md", section.partition("\n")[0]
    parts = path.read_text(encoding="utf-8").split("\n## ")
    kept = [part for part in parts if f"## {part}".partition("\n")[0] != heading]
    path.write_text(
        "\n## ".join(part.rstrip("\n") + "\n" for part in [*kept, section.removeprefix("## ")]), encoding="utf-8"
    )


def write(
    text: str,
    measured: list[Measured],
    timings: list[Timing],
    written: list[Written],
    invoiced: tuple[list[Billed], list[Read]],
    scored: tuple[list[Night], list[Listed]],
    reviewed: list[Reviewed],
    messages: int,
) -> None:
    """Keep the report of a whole run, and its figures one by one beside it."""
    results = ROOT / "bench" / "results"
    results.mkdir(parents=True, exist_ok=True)
    record = {"at": _now().isoformat(timespec="seconds"), "machine": _machine(), "messages": messages,
              "pages": [asdict(entry) for entry in measured], "api": [asdict(timing) for timing in timings],
              "exports": [asdict(each) for each in written], "billing": [asdict(each) for part in invoiced for each in part],
              "health": [asdict(each) for part in scored for each in part],
              "reviews": [asdict(each) for each in reviewed]}  # fmt: skip
    (results / f"{_now():%Y-%m-%d}.json").write_text(json.dumps(record, indent=1) + "\n")
    (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")


def _now() -> datetime:
    return datetime.now(UTC)


def _machine() -> str:
    system = f"{platform.machine()}, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}"
