"""Events for other programs of the operator's, owed in the transaction that makes them true, told by the worker later.

Customers' webhooks have their own way (gateway/store/events.py): those are the customer's, these the platform's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Owed:
    """An event that is still to be told. `position` is its place in the order in which they came to be true."""

    position: int
    event_id: UUID
    tenant_id: UUID
    event_type: str
    subject: str
    at: datetime
    data: dict[str, Any]


# Until the transaction ends nobody else owes anything: places are taken in the order of commits, and whoever reads up
# to one has all before it.
_ORDER = text("SELECT pg_advisory_xact_lock(hashtextextended('event outbox', 0))")
_OWE = text("""
    INSERT INTO event_outbox (tenant_id, event_type, subject, at, data)
    VALUES (:tenant_id, :event_type, :subject, clock_timestamp(), CAST(:data AS jsonb)) RETURNING event_id""")


def owe(connection: Connection, tenant_id: UUID, event_type: str, *, subject: str, data: Mapping[str, Any]) -> UUID:
    """Owe an event about `subject` (a path such as `tenants/<id>/reports/<id>`); its id. For the worker.

    It is told once the transaction is committed, never without it, after all that were owed before. `data` is JSON by
    orjson and holds no secret.
    """
    connection.execute(_ORDER)
    given = {
        "tenant_id": tenant_id,
        "event_type": event_type,
        "subject": subject,
        "data": orjson.dumps(dict(data)).decode(),
    }
    made: UUID = connection.execute(_OWE, given).scalar_one()
    return made


_ANY = text("SELECT EXISTS (SELECT FROM event_outbox)")
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('event outbox relay', 0))")
_NEXT = text("""
    SELECT position, event_id, tenant_id, event_type, subject, at, data FROM event_outbox
    ORDER BY position LIMIT :limit""")
_DONE = text("DELETE FROM event_outbox WHERE position = ANY (:positions)")
_PURGE = text("DELETE FROM event_outbox WHERE at < now() - make_interval(days => :days)")


def anything_owed(connection: Connection) -> bool:
    return bool(connection.execute(_ANY).scalar_one())


def next_owed(connection: Connection, limit: int) -> list[Owed]:
    """The oldest, in order; none while another worker is telling them, so that there is one order. That is so until the
    transaction ends."""
    if not connection.execute(_ALONE).scalar_one():
        return []
    return [Owed(*row) for row in connection.execute(_NEXT, {"limit": limit})]


def forget(connection: Connection, told: Sequence[Owed]) -> None:
    """These were taken by whoever they were for."""
    connection.execute(_DONE, {"positions": [each.position for each in told]})


def purge(connection: Connection, days: int) -> int:
    """Forget what nobody took in so many days; how many."""
    return connection.execute(_PURGE, {"days": days}).rowcount
