"""The gateway's answers at a hundred million messages: ten times as many as everything else is measured with.

The database takes 140 GB and an hour to be made. Where there is not so much room, a file system that compresses does:
what PostgreSQL keeps takes a sixth on Btrfs with Zstandard. Its place is ``.data/bench/100000000``.
"""

from __future__ import annotations

from bench import answers
from bench.measure import Found, Options
from bench.targets import SCALE

TIMES = 10
#: Rare filters together take seconds there, and a thousand combinations of them hours.
COMBINED = {"most": 2, "again": 10}


def measure(options: Options) -> Found:
    """Beside a hundredth of the messages."""
    found = answers.compared(min(answers.SMALLER, options.messages), TIMES * options.messages, options, COMBINED)
    # What an answer costs beside its SQL is the other part's: it depends on the gateway and not on the table.
    found.figures = {target.key: found.figures[target.key] for target in SCALE if target.key in found.figures}
    return found
