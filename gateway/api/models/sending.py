"""Sending: what is sent, what was accepted, and what a message would be."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.models.ingestion import storable
from gateway.api.models.shape import Answer, Body, Money
from gateway.domain import numbers, segments, senders

LARGEST_PARTS = 10
LONGEST_BODY = LARGEST_PARTS * segments.PART["GSM-7"]
LONGEST_PREVIEW = 10_000


def reachable(value: str) -> str:
    """Any way of writing a phone number, as E.164."""
    try:
        return numbers.normalise(value)
    except numbers.InvalidNumber:
        raise PydanticCustomError(
            "phone_number", "Give a phone number: international (+93701234567) or Afghan (0701234567)."
        ) from None


def sender(value: str) -> str:
    if not senders.is_sender_id(value):
        raise PydanticCustomError(
            "sender_id", "Give 1 to 11 letters (A–Z), digits and spaces, with at least one letter."
        )
    return value


def sendable(value: str) -> str:
    counted = segments.segment(value).segments
    if counted > LARGEST_PARTS:
        raise PydanticCustomError(
            "too_many_parts",
            "The text takes {parts} parts; at most {most} can be sent.",
            {"parts": counted, "most": LARGEST_PARTS},
        )
    return value


PhoneNumber = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(reachable)]
SenderId = Annotated[str, StringConstraints(min_length=1, max_length=senders.LONGEST), AfterValidator(sender)]
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_BODY), AfterValidator(storable), AfterValidator(sendable)
]
Draft = Annotated[str, StringConstraints(max_length=LONGEST_PREVIEW), AfterValidator(storable)]


class SendBody(Body):
    """One message to one recipient."""

    to: PhoneNumber = Field(
        description="E.164, or as people write it: any digits, spaces, `00`, a national `0`.", examples=["+93701234567"]
    )
    from_: SenderId = Field(
        description="Alphanumeric sender ID: letters, digits, spaces; not digits alone.", examples=["BANK"]
    )
    body: Text = Field(description="The text, 1 to 10 parts long.", examples=["Your code is 123456"])


class SentMessage(Answer):
    """Accepted: it is queued, its price is reserved. What becomes of it is at `GET /v1/messages/{messageId}`."""

    message_id: str
    status: str = Field(examples=["queued"])
    segments: int
    encoding: str
    price: Money


class PreviewBody(Body):
    """A text that may still be written on, so it may be empty or too long; without `to` there is no price."""

    to: PhoneNumber | None = Field(default=None, description="As for sending.", examples=["0701234567"])
    from_: SenderId | None = None
    body: Draft = Field(examples=["Café “Kabul” – ten ﹪ off"])


class PreviewPart(Answer):
    """The characters `start` ≤ index < `end` go together in one SMS. Indexes count Unicode characters."""

    start: int
    end: int
    units: int


class ForcingCharacter(Answer):
    """What is outside the GSM alphabet, from `index` on.

    `replacement` null: nothing in GSM can stand for it; empty: it can be left out.
    """

    index: int
    text: str
    replacement: str | None


class PlainVersion(Answer):
    """The text with every replacement made: it fits the GSM alphabet."""

    body: str
    units: int
    segments: int


class Preview(Answer):
    """`units` are septets in GSM-7 and UTF-16 units in UCS-2; `room` is how many more the last part holds."""

    encoding: str
    units: int
    segments: int
    most_segments: int
    room: int
    parts: list[PreviewPart]
    forcing: list[ForcingCharacter] = Field(description="The first 50 that force UCS-2; empty in GSM-7.")
    forcing_count: int
    plain: PlainVersion | None = Field(description="Null in GSM-7, and when some character has no replacement.")
    to: str | None = Field(description="The recipient in E.164.")
    operator: str | None
    country: str | None
    segment_price: Money | None
    price: Money | None
