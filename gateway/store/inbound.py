"""Inbound messages: the numbers they are routed by, those of tenants, and those that are nobody's yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.domain.inbound import Inbound
from gateway.store.narrowing import Narrowed
from gateway.store.positions import Position


class NumberTaken(ValueError):
    """Another account has the number with this keyword."""


@dataclass(frozen=True, slots=True)
class InboundRow:
    """One message of the list; `keyword` is the one that routed it, empty when the number alone did."""

    inbound_id: UUID
    received_at: datetime
    sender: str
    number: str
    keyword: str
    encoding: str
    body: str


_ROUTE = text("SELECT tenant_id, keyword FROM find_inbound_route(:number, :word)")
_KEEP = text("""
    INSERT INTO inbound_messages
        (tenant_id, received_at, carrier, carrier_reference, sender, number, keyword, encoding, body)
    VALUES (:tenant_id, :received_at, :carrier, :reference, :sender, :number, :keyword, :encoding, :body)
    ON CONFLICT (tenant_id, carrier, carrier_reference) DO NOTHING RETURNING inbound_id""")
_KEEP_UNROUTED = text("""
    INSERT INTO unrouted_messages (carrier, carrier_reference, received_at, sender, number, encoding, body)
    VALUES (:carrier, :reference, :received_at, :sender, :number, :encoding, :body) ON CONFLICT DO NOTHING""")
_LIST = Narrowed(
    """
    SELECT inbound_id, received_at, sender, number, keyword, encoding, body FROM inbound_messages
    WHERE tenant_id = :tenant_id {narrowed}
    ORDER BY received_at DESC, inbound_id DESC LIMIT :limit""",
    {"after_at": "(received_at, inbound_id) < (:after_at, :after_id)"},
)
_LOCK_NUMBERS = text("LOCK TABLE inbound_numbers IN SHARE ROW EXCLUSIVE MODE")
_HOLDER = text("SELECT tenant_id FROM inbound_numbers WHERE number = :number AND keyword = :keyword")
_ADD_NUMBER = text("INSERT INTO inbound_numbers (tenant_id, number, keyword) VALUES (:tenant_id, :number, :keyword)")
_TAKE_UNROUTED = text("""
    DELETE FROM unrouted_messages WHERE number = :number
    RETURNING carrier, carrier_reference, received_at, sender, number, encoding, body""")
_COUNT_UNROUTED = text("SELECT number, count(*) FROM unrouted_messages GROUP BY number ORDER BY count(*) DESC, number")


def find_route(connection: Connection, number: str, word: str) -> tuple[UUID, str] | None:
    """(tenant, the keyword that decided) for a message to `number` that begins with `word`."""
    row = connection.execute(_ROUTE, {"number": number, "word": word}).first()
    return (row[0], row[1]) if row is not None else None


def keep(connection: Connection, tenant_id: UUID, keyword: str, message: Inbound) -> UUID | None:
    """Store a tenant's message; its id, or None when it was there already."""
    values = {"tenant_id": tenant_id, "keyword": keyword, **_values(message)}
    found: UUID | None = connection.execute(_KEEP, values).scalar_one_or_none()
    return found


def keep_unrouted(connection: Connection, message: Inbound) -> bool:
    """Put aside what is nobody's; False when it was there already."""
    return connection.execute(_KEEP_UNROUTED, _values(message)).rowcount == 1


def list_inbound(
    connection: Connection, tenant_id: UUID, *, limit: int, after: Position | None = None
) -> Sequence[InboundRow]:
    """Up to `limit` messages older than `after`, newest first."""
    place = (after.submitted_at, after.message_id) if after is not None else (None, None)
    values = {"tenant_id": tenant_id, "limit": limit, "after_at": place[0], "after_id": place[1]}
    return [InboundRow(*row) for row in _LIST.rows(connection, values)]


def add_number(connection: Connection, tenant_id: UUID, number: str, keyword: str) -> bool:
    """Give a number with a keyword ('' for all others) to a tenant; False when it has it. Raises NumberTaken.

    For the worker's connection.
    """
    connection.execute(_LOCK_NUMBERS)
    holder = connection.execute(_HOLDER, {"number": number, "keyword": keyword}).scalar_one_or_none()
    if holder == tenant_id:
        return False
    if holder is not None:
        raise NumberTaken(number)
    connection.execute(_ADD_NUMBER, {"tenant_id": tenant_id, "number": number, "keyword": keyword})
    return True


def take_unrouted(connection: Connection, number: str) -> list[Inbound]:
    """Take out what was put aside for a number, oldest first; the caller finds each a place in the same transaction."""
    rows = connection.execute(_TAKE_UNROUTED, {"number": number})
    return sorted((Inbound(*row) for row in rows), key=lambda message: message.received_at)


def count_unrouted(connection: Connection) -> list[tuple[str, int]]:
    """(number, messages put aside), most first."""
    return [(row[0], row[1]) for row in connection.execute(_COUNT_UNROUTED)]


def _values(message: Inbound) -> dict[str, object]:
    return {
        "carrier": message.carrier, "reference": message.reference, "received_at": message.received_at,
        "sender": message.sender, "number": message.number, "encoding": message.encoding, "body": message.body,
    }  # fmt: skip
