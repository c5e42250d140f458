"""Messages from phones: what Kannel calls with, and the list customers read."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from gateway.api.models.filters import PageQuery, TenantQuery
from gateway.api.models.shape import Answer, Query, Timestamp

Told = Annotated[str, StringConstraints(max_length=2000)]


class KannelReceiptQuery(Query):
    """The parts of a `dlr-url` (gateway.carriers.kannel_receipts); what Kannel fills in may be anything."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    mac: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    type: int
    smsc: Told = ""
    id: Told = ""
    reply: Told = ""
    at: Told = ""


class KannelInboundQuery(Query):
    """The escapes of the sms-service's `post-url`: `%p %P %I %i %T %C %c`. The text is the body."""

    from_: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    to: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    smsc: Told = ""
    at: Told = ""
    charset: Told = "UTF-8"
    coding: Told = "0"


class Received(Answer):
    received: Literal[True]


class InboundQuery(PageQuery, TenantQuery):
    """Newest first."""


class InboundMessage(Answer):
    """`keyword` is the one that brought the message here; null when the number alone did. The body of a binary message
    is hexadecimal."""

    inbound_id: UUID
    from_: str
    to: str
    keyword: str | None
    encoding: Literal["text", "binary"]
    body: str
    received_at: Timestamp


class InboundPage(Answer):
    items: list[InboundMessage]
    next_cursor: str | None = Field(description="Null on the last page.")
