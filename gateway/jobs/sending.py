"""The worker's half of sending: takes messages from the queue, hands them to a carrier, records what became of it.

A claim is committed before a message is handed over and says that it *may* have been sent. Should the worker die in
between, the next one asks the carrier; if that cannot tell either, the message counts as sent and its receipt decides.
So nothing is sent twice, and nothing waits for ever (docs/decisions/0011).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Engine

from gateway.carriers.port import Accepted, Carrier, Outbound, Refused, Submission, Unsure, Wait
from gateway.carriers.progress import advance
from gateway.domain.messages import Transition
from gateway.domain.statuses import Status
from gateway.store import outbound
from gateway.store.connections import ABSENCE
from gateway.store.outbound import Queued

POLL_SECONDS = 0.25
LEASE = timedelta(seconds=120)
"""Longer than any submission may take (`Carrier.submit`), with room for a slow machine."""

LATE_ROWS = 200
LONGEST_WAIT_SECONDS = 300.0
PLATFORM = "platform"
EXPIRED = "validity_expired"

log = structlog.get_logger("gateway.jobs")
Handled = tuple[Queued, Submission]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Sends what is queued for one carrier. Several may work for the same one, in as many processes."""

    def __init__(self, engine: Engine, carrier: Carrier, now: Callable[[], datetime] = utc_now) -> None:
        """`engine` is the worker's."""
        self.name = carrier.name
        self._engine = engine
        self._carrier = carrier
        self._now = now
        self._paused_until: datetime | None = None
        self._unrecorded: list[Handled] = []
        self._threads = ThreadPoolExecutor(carrier.concurrency, thread_name_prefix=carrier.name)

    def work(self) -> bool:
        """One round; True when there may be more to do at once."""
        self._record()
        self._look_after_late()
        now = self._now()
        if self._paused_until is not None and now < self._paused_until:
            return False
        with self._engine.begin() as connection:
            taken = outbound.claim(
                connection, self._carrier.name, now=now, until=now + LEASE, limit=self._carrier.concurrency
            )
        self._unrecorded += zip(taken, self._threads.map(self._submit, taken), strict=True)
        self._record()
        return bool(taken)

    def close(self) -> None:
        self._threads.shutdown()

    def _submit(self, queued: Queued) -> Submission:
        if queued.expires_at <= self._now():
            return Refused(EXPIRED)
        try:
            return self._carrier.submit(_outbound(queued))
        except Exception as error:
            # A mistake of ours. It may have been sent before it went wrong, so it must not go out again.
            log.exception("submission failed", carrier=self._carrier.name, error=type(error).__name__)
            return Unsure(type(error).__name__)

    def _record(self) -> None:
        """Write down what became of submissions. When the database is away they are kept for the next round."""
        while self._unrecorded:
            tenant_id = self._unrecorded[0][0].tenant_id
            handled = [item for item in self._unrecorded if item[0].tenant_id == tenant_id]
            try:
                self._record_tenant(tenant_id, handled)
            except ABSENCE:
                raise
            except Exception:
                # One tenant's trouble is not to stop the others; the claims fall due and are looked after then.
                log.exception("submissions not recorded", carrier=self._carrier.name, messages=len(handled))
            self._unrecorded = [item for item in self._unrecorded if item[0].tenant_id != tenant_id]

    def _record_tenant(self, tenant_id: UUID, handled: Sequence[Handled]) -> None:
        now = self._now()
        news = [item for queued, said in handled if (item := self._news(queued, said, now)) is not None]
        delays: dict[UUID, dict[UUID, tuple[datetime, str]]] = defaultdict(dict)
        for queued, said in handled:
            if isinstance(said, Wait) and queued.claim_id is not None:
                delays[queued.claim_id][queued.message_id] = (now + _delay(said, queued.attempts), said.reason)
                self._pause(now, said)
        with self._engine.begin() as connection:
            advance(connection, tenant_id, news)
            for claim_id, each in delays.items():
                outbound.postpone(connection, tenant_id, claim_id, each)

    def _pause(self, now: datetime, said: Wait) -> None:
        if said.seconds > 0:
            pause = now + timedelta(seconds=said.seconds)
            self._paused_until = max(pause, self._paused_until or pause)
            log.warning("carrier is not ready", carrier=self._carrier.name, reason=said.reason, seconds=said.seconds)

    def _news(self, queued: Queued, said: Submission, now: datetime) -> Transition | None:
        message_id, name = queued.message_id, self._carrier.name
        match said:
            case Accepted(reference):
                return Transition(message_id, Status.SENT, now, name, detail=reference)
            case Unsure(reason):
                return Transition(message_id, Status.SENT, now, name, detail=reason)
            case Refused(error_code, carrier_code):
                source = PLATFORM if error_code == EXPIRED and carrier_code is None else name
                return Transition(message_id, Status.REJECTED, now, source, error_code, carrier_code)
            case Wait():
                return None

    def _look_after_late(self) -> None:
        """Resolve the claims of workers that died, and end the wait for receipts that never came."""
        now = self._now()
        with self._engine.begin() as connection:
            late = outbound.take_late(connection, self._carrier.name, now=now, until=now + LEASE, limit=LATE_ROWS)
        claimed, silent = _split(late)
        if claimed:
            log.warning("claims of a worker that died", carrier=self._carrier.name, messages=len(claimed))
        self._unrecorded += [(queued, self._resolved(queued)) for queued in claimed]
        self._record()
        for tenant_id, items in _by_tenant(silent).items():
            news = [Transition(item.message_id, Status.EXPIRED, now, PLATFORM, EXPIRED) for item in items]
            with self._engine.begin() as connection:
                advance(connection, tenant_id, news)

    def _resolved(self, queued: Queued) -> Submission:
        match self._carrier.knows(_outbound(queued)):
            case True:
                return Accepted()
            case False:
                return Wait(0.0, "the worker died before it was sent")
            case None:
                return Unsure("the worker died while it was being sent")


def _outbound(queued: Queued) -> Outbound:
    return Outbound(
        queued.tenant_id, queued.message_id, queued.sender_id, queued.recipient, queued.body, queued.encoding,
        queued.segments, queued.expires_at, queued.attempts,
    )  # fmt: skip


def _delay(said: Wait, attempts: int) -> timedelta:
    """At least what the carrier asks for; twice as long each time, up to five minutes."""
    return timedelta(seconds=max(said.seconds, min(said.seconds * 2 ** min(attempts - 1, 16), LONGEST_WAIT_SECONDS)))


def _split(late: Iterable[Queued]) -> tuple[list[Queued], list[Queued]]:
    claimed: list[Queued] = []
    silent: list[Queued] = []
    for queued in late:
        (claimed if queued.state == "claimed" else silent).append(queued)
    return claimed, silent


def _by_tenant(rows: Iterable[Queued]) -> dict[UUID, list[Queued]]:
    found: dict[UUID, list[Queued]] = defaultdict(list)
    for queued in rows:
        found[queued.tenant_id].append(queued)
    return found
