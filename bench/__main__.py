"""``python -m bench``: run all measurements and write ``docs/performance.md``; a part of them is only printed."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta

import requests

from bench import api, billing, exports, health, pages, qbr, report
from bench.sign_in import access_token
from bench.stack import running


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000_000, help="size of the database (made once, kept)")
    parser.add_argument("--only", choices=["pages", "api", "exports", "health", "qbr"], help="one part, only printed")
    parser.add_argument("--rounds", type=int, default=api.ROUNDS, help="times each API question is asked")
    arguments = parser.parse_args()
    if arguments.only == "health":  # it has a database of its own
        print(report.health(*health.run()))
        return 0
    with running(arguments.messages) as stack:
        timings = api.run(stack, arguments.rounds) if arguments.only in (None, "api") else []
        for timing in timings:
            print(f"{timing.name:<40} p50 {timing.p50:6.1f} ms  p99 {timing.p99:6.1f} ms", flush=True)
        measured = pages.run(stack) if arguments.only in (None, "pages") else []
        written = exports.run(stack) if arguments.only in (None, "exports") else []
        reviewed = qbr.run(stack) if arguments.only in (None, "qbr") else []
        today = date.today()  # noqa: DTZ011 - the demo's traffic ends today
        summary = requests.get(
            f"{stack.gateway_url}/v1/analytics/summary",
            params={"from": str(today - timedelta(days=150)), "to": str(today)},
            headers={"Authorization": f"Bearer {access_token(stack, pages.OWNER)}"},
            timeout=60,
        ).json()
    invoiced = billing.run() if arguments.only is None else None
    scored = health.run() if arguments.only is None else None
    text = report.compose(
        measured, timings, written, invoiced, scored, reviewed, arguments.messages, summary["messages"]
    )
    if invoiced is not None and scored is not None:
        report.write(text, measured, timings, written, invoiced, scored, reviewed, arguments.messages)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
