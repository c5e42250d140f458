"""Work that is done every second or so, each kind on a thread of its own: a job queue would be slower than the work."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gateway.store.rollups import FOLD_LIMIT, fold

FOLD_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0

log = structlog.get_logger("gateway.jobs")


class Loop:
    """Calls `action` every `seconds`, from `start()` until `stop()`.

    With `busy` it goes on at once as long as `action` answers True. The database may go away and come back: the waits
    then grow, up to half a minute, and the loop goes on.
    """

    def __init__(
        self,
        name: str,
        seconds: float,
        action: Callable[[], object],
        wait_after_failure_seconds: float = _LONGEST_WAIT_SECONDS,
        *,
        busy: bool = False,
    ) -> None:
        self._name = name
        self._seconds = seconds
        self._action = action
        self._longest = wait_after_failure_seconds
        self._busy = busy
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the call that may be under way is done."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait = self._seconds
        while not self._stopping.wait(wait):
            try:
                more = self._action() is True
                wait = 0.0 if self._busy and more else self._seconds
            except DBAPIError as error:
                wait = min(max(wait, 0.5) * 2, self._longest)
                log.warning("database trouble", loop=self._name, problem=str(error.orig), retry_seconds=wait)
            except Exception:
                # A loop that dies silently would leave the numbers standing still for ever.
                wait = self._longest
                log.exception("loop failed", loop=self._name, retry_seconds=wait)


def fold_queued(engine: Engine) -> int:
    """Fold what is queued, each batch in a transaction of its own; returns how many deltas there were."""
    total = 0
    while True:
        with engine.begin() as connection:
            if connection.exec_driver_sql("SELECT 1 FROM rollup_deltas LIMIT 1").first() is None:
                return total
            taken = fold(connection)
        total += taken
        if taken < FOLD_LIMIT:
            return total
