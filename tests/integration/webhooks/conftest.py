"""A database with two tenants, a receiver, and a dispatcher in a hurry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from gateway.store.events import emit
from gateway.store.tenancy import tenant_transaction
from gateway.webhooks.dispatcher import Dispatcher, Pace
from gateway.webhooks.sender import Sender
from tests.integration.store.tenants import add_tenant
from tests.support.receiver import Receiver, receiving
from tests.support.webhook_rows import SEALER, add_endpoint

HURRY = Pace(look_seconds=0.02, grace_seconds=0.5)


@dataclass(frozen=True)
class Hooks:
    """The store as an emitting service and a curious test see it."""

    tenant: UUID
    other: UUID
    api_engine: Engine
    worker_engine: Engine

    def endpoint(self, url: str, *, tenant: UUID | None = None, **more: Any) -> UUID:
        with self.worker_engine.begin() as connection:
            return add_endpoint(connection, tenant or self.tenant, datetime.now(UTC), url=url, **more)

    def emit(self, number: int = 0, *, tenant: UUID | None = None, event_type: str = "message.delivered") -> UUID:
        owner = tenant or self.tenant
        with tenant_transaction(self.api_engine, owner) as connection:
            return emit(connection, owner, event_type, {"number": number, "text": "سلام"})

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        with self.worker_engine.connect() as connection:
            return list(connection.execute(text(statement), parameters))

    def change(self, statement: str, **parameters: Any) -> None:
        with self.worker_engine.begin() as connection:
            connection.execute(text(statement), parameters)

    def until(self, statement: str, expected: Any, **parameters: Any) -> None:
        """Wait until the first value of `statement` is as expected."""
        end = time.monotonic() + 60
        while (found := self.rows(statement, **parameters)[0][0]) != expected:
            assert time.monotonic() < end, (statement, found, self.rows("SELECT * FROM webhook_deliveries"))
            time.sleep(0.01)

    def hurry(self) -> None:
        """What waits for its next attempt is due now."""
        self.change("UPDATE webhook_deliveries SET due_at = now() WHERE due_at IS NOT NULL")


Dispatching = Callable[..., AbstractContextManager[Dispatcher]]


@pytest.fixture
def hooks(api_engine: Engine, worker_engine: Engine) -> Hooks:
    return Hooks(add_tenant(worker_engine), add_tenant(worker_engine), api_engine, worker_engine)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def dispatching(worker_engine: Engine) -> Dispatching:
    """A context in which a dispatcher runs; arguments are the sender's."""

    @contextmanager
    def run(pace: Pace = HURRY, **sender: Any) -> Iterator[Dispatcher]:
        dispatcher = Dispatcher(worker_engine, SEALER, partial(Sender, **{"allow_private": True} | sender), pace)
        dispatcher.start()
        try:
            yield dispatcher
        finally:
            dispatcher.stop()

    return run


def soon(moment: datetime, after: datetime, delay: timedelta) -> bool:
    """Is `moment` that much after `after`, jitter and the test machine's own delays allowed for?"""
    return delay <= moment - after <= delay * 1.1 + timedelta(seconds=30)
