"""The dispatcher: takes what is due, attempts it, writes down what came of it; on a thread of its own in the worker.

Three things go on at once in one event loop: looking for due deliveries whenever slots are free, attempts, and
settling, which writes many outcomes in one transaction. SQL runs on threads beside the loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from gateway.identity.sealing import Sealer
from gateway.store.connections import ABSENCE, Engine
from gateway.store.webhooks import queue
from gateway.store.webhooks.queue import Claim, Demand, Outcome
from gateway.webhooks import signing
from gateway.webhooks.fairness import Slots
from gateway.webhooks.secrets import Opener, SecretUnreadable
from gateway.webhooks.sender import USER_AGENT, Result, Sender
from gateway.webhooks.settling import next_batch, outcome_of, settle

_BUSY_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 0.05
_SETTLED_AT_ONCE = 500
_TROUBLE_SECONDS = 2.0
_LAST_TRIES = 3

log = structlog.get_logger("gateway.webhooks")


@dataclass(frozen=True)
class Pace:
    """How much goes on at once, and how often the dispatcher looks while it has nothing to do.

    After `lease` a delivery is due again that was taken by a worker of which nothing more was heard: longer than an
    attempt and its settling may take. `grace_seconds` is how long attempts may go on when it is told to stop.
    """

    most_under_way: int = 256
    look_seconds: float = 0.25
    lease: timedelta = timedelta(seconds=60)
    grace_seconds: float = 5.0


class Dispatcher:
    """Delivers webhooks from `start()` until `stop()`. `engine` has the worker's role."""

    def __init__(
        self, engine: Engine, sealer: Sealer, make_sender: Callable[[], Sender], pace: Pace | None = None
    ) -> None:
        self._engine = engine
        self._secrets = Opener(sealer)
        self._make_sender = make_sender
        self._pace = pace or Pace()
        self._slots = Slots(self._pace.most_under_way)
        self._outcomes: list[Outcome] = []
        self._attempts: dict[asyncio.Task[None], Claim] = {}
        self._stopping = threading.Event()
        self._finished = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="webhooks")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, wait a moment for what is under way, give the rest back."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    async def _run(self) -> None:
        async with self._make_sender() as sender:
            settler = asyncio.create_task(self._keep_settling())
            await self._keep_looking(sender)
            await self._finish()
            self._finished = True
            await settler

    async def _keep_looking(self, sender: Sender) -> None:
        while not self._stopping.is_set():
            wait = self._pace.look_seconds
            try:
                taken = await self._take() if self._slots.free else []
                for claim in taken:
                    self._begin(sender, claim)
                if taken or not self._slots.free:
                    wait = _BUSY_LOOK_SECONDS
            except ABSENCE as error:
                wait = _TROUBLE_SECONDS
                log.warning("database trouble", loop="webhooks", problem=type(error).__name__, retry_seconds=wait)
            except Exception:
                # A dispatcher that dies silently would leave everybody untold for ever.
                wait = _TROUBLE_SECONDS
                log.exception("looking for deliveries failed", retry_seconds=wait)
            await asyncio.sleep(wait)

    async def _take(self) -> list[Claim]:
        shares = self._slots.share(await asyncio.to_thread(self._demands))
        return await asyncio.to_thread(self._claim, shares) if shares else []

    def _demands(self) -> list[Demand]:
        with self._engine.begin() as connection:
            return queue.list_demands(connection)

    def _claim(self, shares: list[tuple[UUID, UUID, int]]) -> list[Claim]:
        with self._engine.begin() as connection:
            return queue.claim(connection, shares, self._pace.lease)

    def _begin(self, sender: Sender, claim: Claim) -> None:
        self._slots.begin(claim.endpoint_id)
        task = asyncio.create_task(self._attempt(sender, claim))
        self._attempts[task] = claim
        task.add_done_callback(self._attempts.pop)

    async def _attempt(self, sender: Sender, claim: Claim) -> None:
        succeeded = False
        try:
            outcome = await self._outcome(sender, claim)
            self._outcomes.append(outcome)
            succeeded = outcome.succeeded
        finally:
            self._slots.end(claim.endpoint_id, succeeded=succeeded)

    async def _outcome(self, sender: Sender, claim: Claim) -> Outcome:
        started, body = datetime.now(UTC), claim.payload.encode()
        headers = {"content-type": "application/json", "user-agent": USER_AGENT, "accept-encoding": "identity"}
        try:
            kept = (claim.sealed_secret, claim.previous_secret, claim.previous_until)
            valid = self._secrets.valid(claim.endpoint_id, *kept, started)
            headers |= signing.headers(valid, signing.webhook_id(claim.event_id), started, body)
            result = await sender.post(claim.url, body, headers)
        except SecretUnreadable as error:
            log.error("signing secret unreadable", endpoint_id=str(claim.endpoint_id))
            result = Result(latency_ms=0, error_kind="secret", error_detail=str(error))
        except Exception as error:
            log.exception("attempt failed unforeseen", delivery_id=str(claim.delivery_id))
            result = Result(latency_ms=0, error_kind="protocol", error_detail=type(error).__name__)
        return outcome_of(claim, result, started, headers)

    async def _keep_settling(self) -> None:
        tries = 0
        while not self._finished or (self._outcomes and tries < _LAST_TRIES):
            batch = next_batch(self._outcomes, _SETTLED_AT_ONCE)
            if not batch:
                await asyncio.sleep(_SETTLE_SECONDS)
                continue
            try:
                await asyncio.to_thread(partial(settle, self._engine, batch))
            except ABSENCE as error:
                tries += self._finished
                log.warning("database trouble", loop="webhooks settling", problem=type(error).__name__)
                await asyncio.sleep(_TROUBLE_SECONDS)
                continue
            written = set(map(id, batch))
            self._outcomes = [outcome for outcome in self._outcomes if id(outcome) not in written]

    async def _finish(self) -> None:
        """Let attempts end; those that do not are given back to be made by another worker."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=self._pace.grace_seconds)
        left = dict(self._attempts)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
            try:
                await asyncio.to_thread(self._release, list(left.values()))
            except ABSENCE:
                log.warning("deliveries not given back", count=len(left))

    def _release(self, claims: list[Claim]) -> None:
        with self._engine.begin() as connection:
            queue.release(connection, claims)
