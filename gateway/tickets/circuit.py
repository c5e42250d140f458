"""A circuit breaker for a support system: after repeated failures it is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from gateway.tickets.port import TicketsUnavailable

FAILURES = 5
SECONDS = 30.0


class Circuit:
    """Open after `failures` in a row for `seconds`, or for as long as the system asked; then one caller may try,
    and the others are told at once. For one process, and for any number of threads."""

    def __init__(
        self, failures: int = FAILURES, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._last = TicketsUnavailable("unreachable")

    def check(self) -> None:
        """Raises what happened last while the circuit is open."""
        with self._lock:
            now = self._clock()
            if now < self._until:
                raise TicketsUnavailable(self._last.problem, self._until - now)
            if self._failures >= self._most:
                self._until = now + self._seconds  # this caller tries; nobody else, until it is known

    def answered(self) -> None:
        with self._lock:
            self._failures, self._until = 0, 0.0

    def failed(self, error: TicketsUnavailable) -> None:
        with self._lock:
            self._failures += 1
            self._last = error
            waits = error.retry_after or 0.0
            if self._failures >= self._most:
                waits = max(waits, self._seconds)
            if waits:
                self._until = self._clock() + waits
