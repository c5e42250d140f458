"""A circuit breaker for a group of endpoints: after repeated failures, fail at once for a while instead of waiting.

pybreaker holds its lock while the guarded call runs, which would queue all of a worker's threads behind one slow
answer. So calls run outside of it and only their outcomes are reported to it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pybreaker

from portal.clients import budget
from portal.domain.errors import UpstreamUnavailable


class Circuit:
    """Open after ``failures`` in a row for ``seconds``; then one caller may try.

    The others wait up to ``patience`` seconds for what that one finds: a page asks many things at once, and would else
    show the first of them among errors that are over.
    """

    def __init__(self, name: str, failures: int = 5, seconds: float = 15.0, patience: float = 1.0) -> None:
        self._seconds = seconds
        self._patience = patience
        self._storage = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures,
            reset_timeout=seconds,
            exclude=[lambda error: not isinstance(error, UpstreamUnavailable)],
            state_storage=self._storage,
            name=name,
            throw_new_error_on_trip=False,
        )
        self._trial = threading.Lock()

    @property
    def is_open(self) -> bool:
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def resets_in(self) -> float:
        """Seconds until the upstream is tried again; 0 when it may be now."""
        opened_at = self._storage.opened_at
        if not self.is_open or opened_at is None:
            return 0.0
        return max(0.0, self._seconds - (datetime.now(UTC) - opened_at).total_seconds())

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run one call. Raises UpstreamUnavailable with ``resets_in`` instead while the circuit is open."""
        if not self.is_open:
            yield from self._reported()
            return
        waits = self.resets_in()
        if waits <= 0 and self._trial.acquire(blocking=False):
            try:
                yield from self._reported()
            finally:
                self._trial.release()
        elif waits <= 0 and self._found_working():
            yield from self._reported()
        else:
            raise UpstreamUnavailable("circuit open", resets_in=max(waits, 1.0))

    def _found_working(self) -> bool:
        """Whether somebody else's try, which is under way, closes the circuit soon."""
        if self._trial.acquire(timeout=max(0.0, min(self._patience, budget.remaining()))):
            self._trial.release()
        return not self.is_open

    def _reported(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._report(error)
            raise
        self._report(None)

    def _report(self, error: Exception | None) -> None:
        def outcome() -> None:
            if error is not None:
                raise error

        # The error is re-raised by the caller; here only the breaker gets to know of it.
        with suppress(Exception):
            self._breaker.call(outcome)
