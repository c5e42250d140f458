"""What others are told of a message: all but its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from gateway.domain import ids


@dataclass(frozen=True, slots=True)
class Summary:
    """A message as it is now; `price` in `currency`."""

    submitted_at: datetime
    recipient: str
    sender_id: str
    operator: str
    country: str
    segments: int
    price: Decimal
    currency: str
    api_key_id: UUID | None


_FIND = """
    SELECT m.message_id, m.submitted_at, m.recipient, m.sender_id, m.operator, m.country, m.segments, m.price,
           coalesce((SELECT t.currency FROM tenants t WHERE t.tenant_id = m.tenant_id), ''), m.api_key_id
    FROM messages m
    WHERE m.tenant_id = %(tenant_id)s AND m.submitted_at = ANY (%(moments)s::timestamptz[])
      AND m.message_id = ANY (%(message_ids)s::uuid[])"""


def find_summaries(connection: Connection, tenant_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, Summary]:
    """The tenant's messages with these ids; unknown ones are missing from the answer."""
    values = {
        "tenant_id": tenant_id,
        "message_ids": list(message_ids),
        "moments": list({ids.submitted_at_of(message_id) for message_id in message_ids}),
    }
    return {row[0]: Summary(*row[1:]) for row in connection.exec_driver_sql(_FIND, values)}
