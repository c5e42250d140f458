"""The outbox of platform events: what happened, written in the transaction that made it happen.

The same statement owes the event to every webhook endpoint that subscribed to it: what is told is exactly what was
committed, once for each endpoint, and where nobody subscribed it costs no more than looking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

# The payload is made once, here: every attempt signs and sends the same bytes. Its `data` is the text that orjson made
# and not the jsonb, which would put the fields in another order.
_EMIT = """
    WITH given AS (
        SELECT * FROM unnest(%(event_type)s::text[], %(message_id)s::uuid[], %(data)s::text[])
            WITH ORDINALITY AS g (event_type, message_id, data, place)),
    event AS (
        SELECT uuidv7() AS event_id, clock_timestamp() AS at, g.* FROM given g),
    written AS (
        INSERT INTO platform_events (tenant_id, event_id, event_type, at, message_id, data)
        SELECT %(tenant_id)s::uuid, event_id, event_type, at, message_id, data::jsonb FROM event),
    owed AS (
        INSERT INTO webhook_deliveries (tenant_id, endpoint_id, event_id, event_type, message_id, payload, created_at,
                                        due_at)
        SELECT e.tenant_id, e.endpoint_id, v.event_id, v.event_type, v.message_id,
               format('{"type":%%s,"timestamp":"%%s","data":%%s}', to_json(v.event_type),
                      to_char(v.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), v.data),
               v.at, v.at
        FROM event v JOIN webhook_endpoints e
            ON e.tenant_id = %(tenant_id)s::uuid AND e.status = 'enabled' AND v.event_type = ANY (e.events)
        ORDER BY v.place)
    SELECT event_id FROM event ORDER BY place"""


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """Something that happened to a tenant. `data` is its public content, JSON by orjson; it holds no secret."""

    event_type: str
    data: Mapping[str, Any]
    message_id: UUID | None = None


def emit(
    connection: Connection, tenant_id: UUID, event_type: str, data: Mapping[str, Any], *, message_id: UUID | None = None
) -> UUID:
    """Record an event of one tenant; whoever listens is told once the transaction is committed, never without it.

    `data` is the event's public content, JSON by orjson; `message_id` ties it to a message's timeline.
    """
    return emit_all(connection, tenant_id, [PlatformEvent(event_type, data, message_id)])[0]


def emit_all(connection: Connection, tenant_id: UUID, events: Sequence[PlatformEvent]) -> list[UUID]:
    """Record several events of one tenant in one statement; their ids, in order."""
    if not events:
        return []
    given = {
        "tenant_id": tenant_id,
        "event_type": [event.event_type for event in events],
        "message_id": [event.message_id for event in events],
        "data": [orjson.dumps(dict(event.data)).decode() for event in events],
    }
    return list(connection.exec_driver_sql(_EMIT, given).scalars())


_PURGE = text("DELETE FROM platform_events WHERE at < now() - make_interval(days => :days)")


def purge(connection: Connection, days: int) -> int:
    """Forget events that are older; how many. For the worker."""
    return connection.execute(_PURGE, {"days": days}).rowcount
