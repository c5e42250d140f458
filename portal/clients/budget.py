"""How much time the request being served may still spend on upstreams.

A page that needs six answers must not wait six time-outs. Whoever starts serving a request opens a budget; without one
every call has its own limits only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PAGE_SECONDS = 4.5
"""A page answers within five seconds, whatever the platform does: what is left is for drawing it."""
_deadline: ContextVar[float] = ContextVar("upstream_deadline", default=math.inf)


def remaining() -> float:
    """Seconds left; infinite without a budget."""
    return _deadline.get() - time.monotonic()


def start(seconds: float | None = None) -> None:
    """Give the rest of this context ``seconds`` (PAGE_SECONDS); for request set-up, where no block can be opened."""
    _deadline.set(time.monotonic() + (PAGE_SECONDS if seconds is None else seconds))


@contextmanager
def limited_to(seconds: float) -> Iterator[None]:
    """At most ``seconds`` for everything inside the block; never more than was left before."""
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)
