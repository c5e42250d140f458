"""A message as it is written: the row, the events of its history, and news about it.

Rows are named tuples in the order of the table's columns, since millions of them go through COPY.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from gateway.domain import ids, numbers, pricing, segments
from gateway.domain.statuses import FINAL, LEFT, Status


class NewMessage(NamedTuple):
    """One row of `messages`; fields are its columns in order. Build it with `new_message`, which fills in the rest."""

    tenant_id: UUID
    submitted_at: datetime
    message_id: UUID
    sent_at: datetime | None
    final_at: datetime | None
    api_key_id: UUID | None
    status: str
    segments: int
    price: Decimal
    country: str
    operator: str
    destination: str
    recipient: str
    sender_id: str
    encoding: str
    source: str
    error_code: str | None
    carrier_code: str | None
    external_id: str | None
    body: str | None


class NewEvent(NamedTuple):
    """One row of `message_events`; fields are its columns in order. `kind` is "status" or "receipt"."""

    tenant_id: UUID
    submitted_at: datetime
    message_id: UUID
    at: datetime
    seq: int
    status: str | None
    kind: str
    source: str
    carrier_code: str | None
    detail: str | None


class Transition(NamedTuple):
    """News about a message. `status` None: a receipt that is no outcome (buffered, accepted), only recorded."""

    message_id: UUID
    status: Status | None
    at: datetime
    source: str
    error_code: str | None = None
    carrier_code: str | None = None
    detail: str | None = None


def new_message(
    *,
    tenant_id: UUID,
    submitted_at: datetime,
    recipient: str,
    sender_id: str,
    source: str,
    external_id: str | None,
    body: str | None = None,
    status: Status = Status.QUEUED,
    sent_at: datetime | None = None,
    final_at: datetime | None = None,
    error_code: str | None = None,
    carrier_code: str | None = None,
    segment_count: int | None = None,
    encoding: str | None = None,
    price: Decimal | None = None,
    api_key_id: UUID | None = None,
    message_id: UUID | None = None,
) -> NewMessage:
    """A row with its id, operator, country, segments and price worked out from what is given.

    `recipient` is E.164. Without a body the segments may be given, else it counts as one. A final status without its
    time takes the time it was sent, else submitted; times a message of that status cannot have are dropped. A
    `message_id` that is given is one of `ids.new_message_ids` for `submitted_at`.
    """
    submitted_at = ids.to_milliseconds(submitted_at)
    if message_id is None:
        message_id = (
            ids.new_message_id(submitted_at)
            if external_id is None
            else ids.message_id(tenant_id, submitted_at, source, external_id)
        )
    operator, country, destination = numbers.operator_of(recipient)
    if segment_count is None or encoding is None:
        counted = segments.segment(body or "")
        segment_count = counted.segments if segment_count is None else segment_count
        encoding = encoding or counted.encoding
    final_at = (final_at or sent_at or submitted_at) if status in FINAL else None
    sent_at = sent_at if status in LEFT else None
    return NewMessage(
        tenant_id=tenant_id,
        submitted_at=submitted_at,
        message_id=message_id,
        sent_at=sent_at,
        final_at=final_at,
        api_key_id=api_key_id,
        status=status.value,
        segments=segment_count,
        price=pricing.price_of(operator, segment_count, status) if price is None else price,
        country=country,
        operator=operator,
        destination=destination,
        recipient=recipient,
        sender_id=sender_id,
        encoding=encoding,
        source=source,
        error_code=error_code,
        carrier_code=carrier_code,
        external_id=external_id,
        body=body,
    )
