"""What is counted about API keys: in memory for each call, in the database every few seconds.

A call costs no write. Sums are exact as long as the process ends by itself; one that is killed loses what it counted
since the last flush, some seconds of statistics. When the database does not answer, the counts wait for it.
"""

from __future__ import annotations

import atexit
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import Flask, Response, g, request

from gateway.api.context import dependencies
from gateway.domain.api_keys import KnownKey
from gateway.store.api_key_usage import CountedCalls, RefusedCall

FLUSH_SECONDS = 10.0
REFUSALS_A_MINUTE = 60
"""Of one tenant in one process; further ones are counted and not listed."""

# Every zone of the world is a multiple of it away from UTC, so no quarter lies in two local days.
_QUARTER = timedelta(minutes=15)
_MOST_REFUSALS = 5000

log = structlog.get_logger("gateway.api")

_Place = tuple[UUID, UUID, datetime]
"""An account, its key, and the quarter of an hour."""

Write = Callable[[Sequence[CountedCalls], Sequence[RefusedCall]], None]


@dataclass(slots=True)
class _Counts:
    """Calls of one key in one quarter of an hour, until they are written."""

    calls: int = 0
    refused: int = 0
    used_at: datetime | None = None

    def add(self, calls: int, refused: int, used_at: datetime | None) -> None:
        self.calls += calls
        self.refused += refused
        if used_at is not None and (self.used_at is None or self.used_at < used_at):
            self.used_at = used_at


@dataclass(frozen=True, slots=True)
class KeyCall:
    """One finished call. `refusal` is None for a call that was answered as asked; `let_in` says it passed the door."""

    key: KnownKey
    at: datetime
    let_in: bool
    refusal: RefusedCall | None


class KeyUsage:
    """Counts calls and writes them by `write`, every `seconds` from the first call on, and when it is closed."""

    def __init__(self, write: Write, *, seconds: float = FLUSH_SECONDS) -> None:
        self._write = write
        self._seconds = seconds
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._counted: defaultdict[_Place, _Counts] = defaultdict(_Counts)
        self._refusals: list[RefusedCall] = []
        self._minute: datetime | None = None
        self._in_minute: Counter[object] = Counter()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, call: KeyCall) -> None:
        """Count one call."""
        place = call.key.tenant_id, call.key.key_id, _floor(call.at, _QUARTER)
        with self._lock:
            self._counted[place].add(1, 1 if call.refusal is not None else 0, call.at if call.let_in else None)
            if call.refusal is not None and self._lists(call.refusal):
                self._refusals.append(call.refusal)
            if self._thread is None and not self._closing.is_set():
                # Not before: a process that forks its workers would leave the thread behind.
                self._thread = threading.Thread(target=self._run, name="key usage", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def flush(self) -> None:
        """Write what was counted; when that fails it is kept, and the error is raised."""
        with self._flushing:
            with self._lock:
                counted, self._counted = self._counted, defaultdict(_Counts)
                refusals, self._refusals = self._refusals, []
            if not counted:
                return
            try:
                self._write(
                    [CountedCalls(*place, each.calls, each.refused, each.used_at) for place, each in counted.items()],
                    refusals,
                )
            except BaseException:
                with self._lock:
                    for place, each in counted.items():
                        self._counted[place].add(each.calls, each.refused, each.used_at)
                    self._refusals = (refusals + self._refusals)[:_MOST_REFUSALS]
                raise

    def close(self) -> None:
        """Stop the thread and write the rest."""
        self._closing.set()
        atexit.unregister(self.close)
        if self._thread is not None:
            self._thread.join()
        self._try_to_flush()

    def _run(self) -> None:
        while not self._closing.wait(self._seconds):
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
        except Exception as error:
            log.warning("key_usage_not_written", error=type(error).__name__)

    def _lists(self, refusal: RefusedCall) -> bool:
        minute = _floor(refusal.at, timedelta(minutes=1))
        if minute != self._minute:
            self._minute, self._in_minute = minute, Counter()
        self._in_minute[refusal.tenant_id] += 1
        return self._in_minute[refusal.tenant_id] <= REFUSALS_A_MINUTE and len(self._refusals) < _MOST_REFUSALS


def register(app: Flask) -> None:
    @app.after_request
    def count_call(response: Response) -> Response:
        key: KnownKey | None = g.get("api_key")
        if key is not None:
            now = dependencies().now()
            refusal = _refusal(key, now, response) if 400 <= response.status_code < 500 else None
            dependencies().key_usage.note(KeyCall(key, now, "principal" in g, refusal))
        return response


def _refusal(key: KnownKey, now: datetime, response: Response) -> RefusedCall:
    return RefusedCall(
        tenant_id=key.tenant_id,
        at=now,
        key_id=key.key_id,
        method=request.method,
        route=request.url_rule.rule if request.url_rule else "",
        status=response.status_code,
        code=str(g.get("key_refusal") or g.get("problem_code") or "refused"),
        request_id=g.get("request_id", ""),
    )


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % step
