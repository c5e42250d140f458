"""The worker's loop that tells events to NATS: in their order, each until it is taken, none twice under another id."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from sqlalchemy import Engine

from gateway.events.envelope import MEDIA_TYPE, SOURCE, envelope
from gateway.events.nats import EventsUnavailable, Told
from gateway.store import outbox
from gateway.store.outbox import Owed

POLL_SECONDS = 1.0
BATCH = 50
LONGEST_WAIT_SECONDS = 30.0
DAYS = 30
"""How long an event waits for somebody to take it. Without NATS configured, too: who adds it has the last month's."""

log = structlog.get_logger("gateway.jobs")


class Publisher(Protocol):
    def publish(self, messages: Sequence[Told], taken: Callable[[int], None]) -> None:
        """Publish in order; `taken(i)` for each that was taken. Raises EventsUnavailable at the first that was not."""
        ...


class Telling:
    """Tells what is owed, a batch a call. Waits longer and longer while nobody takes anything, up to half a minute."""

    def __init__(
        self,
        engine: Engine,
        publisher: Publisher,
        source: str = SOURCE,
        clock: Callable[[], float] = time.monotonic,
        longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        self._engine = engine
        self._publisher = publisher
        self._source = source
        self._clock = clock
        self._longest = longest_wait_seconds
        self._wait = 0.0
        self._not_before = 0.0

    def work(self) -> bool:
        """True when there may be more at once."""
        if self._clock() < self._not_before:
            return False
        with self._engine.begin() as connection:
            if not outbox.anything_owed(connection):
                return False
        told: list[Owed] = []
        problem: EventsUnavailable | None = None
        # One transaction: until it ends no other worker tells anything. Killed in the middle, what was told is told
        # again under the same ids, which the stream drops.
        with self._engine.begin() as connection:
            owed = outbox.next_owed(connection, BATCH)
            if not owed:
                return False
            messages = [
                Told(each.event_type, str(each.event_id), envelope(each, self._source), MEDIA_TYPE) for each in owed
            ]
            try:
                self._publisher.publish(messages, lambda number: told.append(owed[number]))
            except EventsUnavailable as error:
                problem = error
            outbox.forget(connection, told)
        if problem is not None:
            self._rest(problem, len(told))
            return False
        self._wait, self._not_before = 0.0, 0.0
        log.info("events told", count=len(told))
        return len(told) == BATCH

    def _rest(self, problem: EventsUnavailable, told: int) -> None:
        self._wait = min(max(1.0, self._wait * 2), self._longest)
        self._not_before = self._clock() + self._wait
        log.warning("events not taken", problem=str(problem), told=told, retry_seconds=self._wait)
