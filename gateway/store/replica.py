"""Reading from a streaming replica, and never less than what was true when the question came.

A replica is always a little behind. Each question is asked of it only once it has everything that the first server had
when the question was put (`position`): whoever has just written something reads it, by whichever gateway and whichever
server. A replica that takes too long, is away or refuses is left alone for a moment, and the first server answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.store.connections import ABSENCE
from gateway.store.tenancy import set_scope

Outcome = Literal["replica", "resting", "behind", "away", "no_replica", "failed"]
"""Who answered: the replica, or the first server, and why."""

RESTS_SECONDS = {"behind": 1.0, "away": 5.0, "no_replica": 30.0, "failed": 1.0}
"""How long the replica is not asked after that."""

_LOOK_SECONDS = 0.003

# What is committed asynchronously can be seen before it is flushed; then only the end of what was written covers it.
_POSITION = text("""
    SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
           ELSE pg_current_wal_flush_lsn() END::text""")
_REPLAYED = text("""
    SELECT pg_is_in_recovery() AS follows,
           pg_wal_lsn_diff(CAST(:position AS pg_lsn), pg_last_wal_replay_lsn()) AS behind""")


class ReplicaFailed(RuntimeError):
    """The replica did not get to the end of an answer that it had begun: ask the first server for all of it."""


class Replica:
    """The replica behind `engine`, waited for up to `wait_seconds`. `count` is told who answered."""

    def __init__(
        self,
        engine: Engine,
        *,
        wait_seconds: float,
        count: Callable[[Outcome], None] = lambda _outcome: None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._wait_seconds = wait_seconds
        self._count = count
        self._monotonic = monotonic
        self._sleep = sleep
        self._asks_again_at = 0.0

    @contextmanager
    def transaction(
        self, position: str, tenant_id: UUID | None, *, actor: str, steady: bool = False
    ) -> Iterator[Connection | None]:
        """A transaction there that sees all up to `position`, and of that what the tenant and the actor may see; None
        when the first server is to be asked instead. Raises ReplicaFailed where the replica breaks it off."""
        connection = self._caught_up(position)
        if connection is None:
            yield None
            return
        with connection:
            if steady:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            try:
                with connection.begin():
                    set_scope(connection, tenant_id, actor)
                    yield connection
            except DBAPIError as error:
                # Among others: the first server removed rows that this answer was still to read.
                self._rest("failed")
                raise ReplicaFailed(str(error.orig)) from error
            self._count("replica")

    def close(self) -> None:
        self._engine.dispose()

    def _caught_up(self, position: str) -> Connection | None:
        if self._monotonic() < self._asks_again_at:
            self._count("resting")
            return None
        try:
            connection = self._engine.connect()
        except ABSENCE:
            self._rest("away")
            return None
        try:
            outcome = self._wait_for(connection, position)
            connection.rollback()
        except ABSENCE:
            outcome = "away"
        if outcome == "replica":
            return connection
        connection.close()
        self._rest(outcome)
        return None

    def _wait_for(self, connection: Connection, position: str) -> Outcome:
        end = self._monotonic() + self._wait_seconds
        while True:
            found = connection.execute(_REPLAYED, {"position": position}).one()
            if not found.follows or found.behind is None:
                return "no_replica"  # promoted, or never was one: what it holds is another history
            if found.behind <= 0:
                return "replica"
            if self._monotonic() >= end:
                return "behind"
            self._sleep(_LOOK_SECONDS)

    def _rest(self, outcome: Outcome) -> None:
        self._count(outcome)
        self._asks_again_at = self._monotonic() + RESTS_SECONDS[outcome]


def position_of(connection: Connection) -> str:
    """How far the first server is: everything that can be read there now lies before it."""
    found: str = connection.execute(_POSITION).scalar_one()
    return found
