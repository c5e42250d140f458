"""A queue with messages of several tenants, and carriers that do as they are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from flask import Response
from sqlalchemy import Engine, text

from gateway.api.models.sending import SendBody
from gateway.api.submission import Outcome, Sending, submit
from gateway.carriers.port import Accepted, Outbound, Submission
from gateway.domain.messages import NewMessage
from gateway.store import ledger, outbound
from gateway.store.rollups import fold_all
from tests.integration.store.tenants import add_tenant

START = datetime.now(UTC).replace(microsecond=0)
BALANCE = Decimal(1000)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class ToldCarrier:
    """Answers as `answer` says, and notes every submission in a file that several processes may share."""

    path: Path
    answer: Callable[[Outbound], Submission] = lambda _message: Accepted()
    can_tell: bool = False
    name: str = "told"
    concurrency: int = 4
    seen: list[UUID] = field(default_factory=list)

    def submit(self, message: Outbound) -> Submission:
        handle = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        os.write(handle, f"{message.message_id!s:<63}\n".encode())  # 64 divides a page: seen whole or not at all
        os.close(handle)
        self.seen.append(message.tenant_id)
        return self.answer(message)

    def knows(self, message: Outbound) -> bool | None:
        return message.message_id in self.submitted() if self.can_tell else None

    def submitted(self) -> list[UUID]:
        return [UUID(line) for line in self.path.read_text().split()] if self.path.exists() else []


@dataclass
class Office:
    """The sending half on a database of its own."""

    engine: Engine
    clock: Clock

    def tenant(self) -> UUID:
        tenant_id = add_tenant(self.engine)
        with self.engine.begin() as connection:
            ledger.top_up(connection, tenant_id, BALANCE, "", START)
        return tenant_id

    def send(self, tenant_id: UUID, count: int = 1, carrier: str = "told", to: str = "+93701234567") -> list[UUID]:
        sent: list[UUID] = []

        def note(_currency: str, outcomes: Sequence[Outcome]) -> Response:
            sent.extend(each.message_id for each in outcomes if isinstance(each, NewMessage))
            return Response()

        body = SendBody.model_validate({"to": to, "from": "BANK", "body": "Hello"})
        how = Sending(tenant_id, None, "test", carrier, test=False)
        for _ in range(count):
            submit(self.engine, [body], how, None, self.clock(), note)
        assert len(sent) == count
        return sent

    def statuses(self) -> dict[UUID, str]:
        return {row[0]: row[1] for row in self.rows("SELECT message_id, status::text FROM messages")}

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def connections(self) -> int:
        """How many clients the database has, this one included."""
        [[count]] = self.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL"
        )
        assert isinstance(count, int)
        return count

    def balance(self, tenant_id: UUID) -> ledger.Balances:
        """The tenant's balances, when everything agrees with its recount."""
        with self.engine.begin() as connection:
            assert ledger.differences(connection, tenant_id) + outbound.differences(connection, tenant_id) == []
            fold_all(connection)
            return ledger.get_balances(connection, tenant_id)

    def events(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT event_type FROM platform_events ORDER BY event_id")]  # type: ignore[misc]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(worker_engine: Engine, clock: Clock) -> Office:
    return Office(worker_engine, clock)


@pytest.fixture
def carrier(tmp_path: Path) -> ToldCarrier:
    return ToldCarrier(tmp_path / "submitted")
