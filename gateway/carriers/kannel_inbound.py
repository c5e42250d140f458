"""What Kannel's sms-service hands in, as a message: numbers in one form, the text out of its character set."""

from __future__ import annotations

import codecs
from datetime import datetime
from typing import Protocol

from gateway.carriers.kannel import NAME
from gateway.carriers.kannel_receipts import moment_of
from gateway.domain.inbound import Inbound, readable_sender, routed_number

BINARY = "1"


class Call(Protocol):
    """The escapes of the address, by name."""

    from_: str
    to: str
    id: str
    at: str
    charset: str
    coding: str


def message_of(call: Call, body: bytes, now: datetime) -> Inbound:
    """The message in a call. Raises InvalidNumber when there is no number it was sent to."""
    binary = call.coding == BINARY
    return Inbound(
        carrier=NAME,
        reference=call.id,
        received_at=moment_of(call.at, now),
        sender=readable_sender(call.from_),
        number=routed_number(call.to),
        encoding="binary" if binary else "text",
        body=body.hex() if binary else _text(body, call.charset),
    )


def _text(body: bytes, charset: str) -> str:
    try:
        codec = codecs.lookup(charset or "UTF-8").name
    except LookupError:
        codec = "utf-8"
    # PostgreSQL's text holds no NUL; nothing a phone sent is refused for it.
    return body.decode(codec, "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
