"""Batches of messages as the API takes them, and what they left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from gateway.api.idempotency import HEADER
from gateway.store import ledger, outbound, rollups
from tests.support.api_world import World

GOOD = {"to": "+93701234567", "from": "BANK", "body": "Your code is 123456"}
LEFT = Decimal("749.5")
PRICE = Decimal("0.35")


def message(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (GOOD | changes).items() if value is not ...}


def send(world: World, messages: Any, who: str = "developer", key: str | None = None, **headers: str) -> Any:
    headers |= {HEADER: key} if key else {}
    return world.client(who).post("/v1/messages/batch", json={"messages": messages}, headers=headers)


def stored(world: World, tenant: UUID | None = None) -> list[Any]:
    return world.sql(
        "SELECT m.*, o.carrier, o.state, o.due_at FROM messages m LEFT JOIN outbound_messages o USING (tenant_id, message_id)"
        " WHERE source IN ('api', 'test') AND tenant_id = :tenant ORDER BY m.submitted_at, m.message_id",
        tenant=tenant or world.tenant,
    )


def balance(world: World, tenant: UUID | None = None) -> ledger.Balances:
    with world.worker_engine.begin() as connection:
        owner = tenant or world.tenant
        assert ledger.differences(connection, owner) + outbound.differences(connection, owner) == []
        assert rollups.differences(connection, owner) == {}
        return ledger.get_balances(connection, owner)


def leave(world: World, amount: Decimal) -> None:
    with world.worker_engine.begin() as connection:
        ledger.adjust(connection, world.tenant, amount - ledger.get_balances(connection, world.tenant).available, "")


# -- one by one, in order --------------------------------------------------------------------------------------------
