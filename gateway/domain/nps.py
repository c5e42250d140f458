"""Whom to ask how likely they are to recommend us, and how often: one question, once in a quarter."""

from __future__ import annotations

from datetime import datetime, timedelta

ASKED_EVERY = timedelta(days=90)
"""A person who answered, or did not want to, is left alone for so long."""

KNOWN_FOR = timedelta(days=30)
"""Nobody is asked before they have had so long to find out."""

HIGHEST = 10
LONGEST_COMMENT = 1000


def ask_again_at(last: datetime | None, known_since: datetime) -> datetime:
    """When a person may be asked (next): `last` is when they answered or put the question away."""
    return last + ASKED_EVERY if last is not None else known_since + KNOWN_FOR
