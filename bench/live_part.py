"""Open dashboards while nothing happens, and how soon they hear of a message."""

from __future__ import annotations

from bench import live
from bench.measure import Found, Options, Table
from bench.targets import LIVE


def measure(options: Options) -> Found:
    found = live.run(options.times(live.STREAMS, 50), float(options.times(int(live.IDLE_SECONDS), 10)))
    figures = live.figures(found)
    table = Table.parsed(
        "Streams",
        "Each a real connection of a signed-in session to one process of the portal. The other side, which browsers would be, is not "
        "counted. An event is timed from the answer to a message's submission.",
        live.table(found),
    )
    return Found({target.key: figures[target.key] for target in LIVE}, [table], live.MESSAGES)
