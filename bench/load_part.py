"""Five hundred people who click, and as many dashboard views as the portal can."""

from __future__ import annotations

from bench import load
from bench.measure import Found, Options, Table
from bench.stack import running


def measure(options: Options) -> Found:
    with running(options.messages) as stack:
        found = load.run(
            stack,
            sessions=options.times(load.SESSIONS, 20),
            seconds=options.times(int(load.SECONDS), 10),
            views=options.times(load.VIEWS, 50),
        )
    head, rows = load.table(found)
    table = Table(
        "People who click",
        "Signed-in sessions, each with cookies of its own, whose clicks are due at set times: what is told is how long after that the "
        "whole answer was there. Then dashboards of eight people at once, as fast as they come. Processor time is for one click; the "
        "generator shares the machine.",
        head,
        rows,
    )
    return Found(load.targets(found), [table])
