"""Reading the message log: pages by keyset and single messages. Newest first, by (submitted_at, message_id).

A page costs what its rows cost, however deep: the log is never counted, never sorted as a whole, and a page starts
where the last one ended. Statements are written once for each shape of question (see log_pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.log_conditions import moments_of
from gateway.store.log_filter import LogFilter, Window
from gateway.store.log_pages import ROW_COLUMNS, Counted, columns, question
from gateway.store.positions import Position

_DETAIL_COLUMNS = (
    *ROW_COLUMNS,
    "body",
    "encoding",
    "destination",
    "sent_at",
    "carrier_code",
    "external_id",
    "source",
    "reference",
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One line of the log; `price` in the tenant's currency."""

    message_id: UUID
    submitted_at: datetime
    recipient: str
    sender_id: str
    status: str
    operator: str
    country: str
    error_code: str | None
    final_at: datetime | None
    segments: int
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class MessageDetail(MessageRow):
    """Everything that is known about one message."""

    body: str | None
    encoding: str
    destination: str
    sent_at: datetime | None
    carrier_code: str | None
    external_id: str | None
    source: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One entry of a message's history."""

    seq: int
    at: datetime
    kind: str
    status: str | None
    source: str
    carrier_code: str | None
    detail: str | None


def list_messages(
    connection: Connection,
    wanted: LogFilter,
    *,
    limit: int,
    after: Position | None = None,
    offset: int = 0,
    counted: Counted | None = None,
) -> list[MessageRow]:
    """Up to `limit` rows older than `after`; `offset` (bounded by the caller) serves numbered pages.

    With `counted` the rollups are asked first whether anything can match, where that is worth it.
    """
    asked = question(wanted, limit=limit, after=after, offset=offset, counted=counted)
    if asked is None:
        return []
    if not asked.plan_is_kept:
        # Until the transaction ends, which kept plans from its beginning on (`enter_account`).
        connection.exec_driver_sql("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
    # All at once: row by row each would go through the driver's and the toolkit's own steps.
    return [MessageRow(*row) for row in connection.exec_driver_sql(asked.statement, asked.values).all()]


_GET = f"""
    SELECT {columns(_DETAIL_COLUMNS)} FROM messages
    WHERE tenant_id = %(tenant_id)s AND message_id = %(message_id)s
      AND submitted_at >= %(id_at)s::timestamptz AND submitted_at < %(id_past)s::timestamptz"""  # noqa: S608


def get_message(connection: Connection, tenant_id: UUID, message_id: UUID) -> MessageDetail | None:
    """One message, or None. Its submission time is part of the id, so one partition is read."""
    named = {"tenant_id": tenant_id, "message_id": message_id, **moments_of(message_id)}
    row = connection.exec_driver_sql(_GET, named).first()
    return MessageDetail(*row) if row is not None else None


_EVENTS = text("""
    SELECT seq, at, kind, status::text, source, carrier_code, detail
    FROM message_events
    WHERE tenant_id = :tenant_id AND submitted_at = :submitted_at AND message_id = :message_id
    ORDER BY seq
""")


def list_events(connection: Connection, tenant_id: UUID, message: MessageDetail) -> list[MessageEvent]:
    """The message's history, oldest first."""
    key = {"tenant_id": tenant_id, "submitted_at": message.submitted_at, "message_id": message.message_id}
    return [MessageEvent(*row) for row in connection.execute(_EVENTS, key)]


_SPAN = text("""
    SELECT (SELECT submitted_at FROM messages WHERE tenant_id = :tenant_id ORDER BY submitted_at LIMIT 1),
           (SELECT submitted_at FROM messages WHERE tenant_id = :tenant_id ORDER BY submitted_at DESC LIMIT 1)
""")


def log_span(connection: Connection, tenant_id: UUID) -> Window | None:
    """The time the tenant has messages from; None when there are none."""
    oldest, newest = connection.execute(_SPAN, {"tenant_id": tenant_id}).one()
    return Window(oldest, newest + timedelta(milliseconds=1)) if oldest is not None else None
