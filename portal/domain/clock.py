"""The present, asked in one place: pages say "today" and "5 minutes ago", and drawings of them are to be repeatable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_standing: ContextVar[dt.datetime | None] = ContextVar("clock", default=None)


def now() -> dt.datetime:
    """The instant, in UTC."""
    return _standing.get() or dt.datetime.now(dt.UTC)


@contextmanager
def standing_at(moment: dt.datetime) -> Iterator[None]:
    """Inside the block, and in what is made in its context, it is ``moment`` (aware): for drawings and tests."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)
