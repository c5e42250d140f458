"""The outbox of platform events: what happened, written in the transaction that made it happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

_EMIT = text("""
    INSERT INTO platform_events (tenant_id, event_type, message_id, data)
    VALUES (:tenant_id, :event_type, :message_id, CAST(:data AS jsonb)) RETURNING event_id""")


def emit(
    connection: Connection, tenant_id: UUID, event_type: str, data: Mapping[str, Any], *, message_id: UUID | None = None
) -> UUID:
    """Record an event of one tenant; whoever listens is told once the transaction is committed, never without it.

    `data` is the event's public content, JSON by orjson; `message_id` ties it to a message's timeline.
    """
    event_id: UUID = connection.execute(
        _EMIT,
        {
            "tenant_id": tenant_id,
            "event_type": event_type,
            "message_id": message_id,
            "data": orjson.dumps(dict(data)).decode(),
        },
    ).scalar_one()
    return event_id
