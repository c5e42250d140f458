"""Sending: what is sent, what was accepted, and what a message would be."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import printable
from gateway.api.models.ingestion import storable
from gateway.api.models.problem import FieldProblem, ProblemCode
from gateway.api.models.shape import Answer, Body, Money
from gateway.domain import numbers, segments, senders

LARGEST_PARTS = 10
LONGEST_BODY = LARGEST_PARTS * segments.PART["GSM-7"]
LONGEST_PREVIEW = 10_000
LARGEST_BATCH = 1_000
"""Messages of a call: beyond some hundreds each message costs the same, and what one call may hold up (its account's
balance for some milliseconds, a thread of the gateway for some hundreds) stays small."""


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
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(printable)]
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
    reference: Reference | None = Field(
        default=None,
        description="Your own id of the message. The same again within 24 hours sends nothing and names the first one.",
        examples=["order-1041"],
    )


class SentMessage(Answer):
    """Accepted: it is queued, its price is reserved. What becomes of it is at `GET /v1/messages/{messageId}`."""

    message_id: str
    status: str = Field(examples=["queued"])
    segments: int
    encoding: str
    price: Money


_BATCH: dict[str, Any] = {
    "messages": [
        {"to": "+93701234567", "from": "BANK", "body": "Your code is 123456", "reference": "order-1041"},
        {"to": "07012", "from": "BANK", "body": "Your code is 654321", "reference": "order-1042"},
    ]
}
_SENT_BATCH: dict[str, Any] = {
    "accepted": 1,
    "repeated": 0,
    "refused": 1,
    "price": {"amount": "0.3500", "currency": "AFN"},
    "results": [
        {
            "index": 0,
            "reference": "order-1041",
            "status": "queued",
            "messageId": "msg_01KA8Z5M3W7T9Q2RBVXC4DEFGH",
            "segments": 1,
            "encoding": "GSM-7",
            "price": {"amount": "0.3500", "currency": "AFN"},
            "repeated": False,
            "problem": None,
        },
        {
            "index": 1,
            "reference": "order-1042",
            "status": "refused",
            "messageId": None,
            "segments": None,
            "encoding": None,
            "price": None,
            "repeated": False,
            "problem": {
                "code": "validation_failed",
                "detail": "One or more fields are not valid.",
                "errors": [
                    {
                        "field": "to",
                        "code": "phone_number",
                        "detail": "Give a phone number: international (+93701234567) or Afghan (0701234567).",
                    }
                ],
            },
        },
    ],
}


class BatchBody(Body):
    """Messages are judged one by one, in order, each as if it had been sent alone after those before it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH]})

    messages: list[Any] = Field(min_length=1, max_length=LARGEST_BATCH)


class BatchProblem(Answer):
    """Why a message of a batch is not sent: the code a call of its own would have been answered with."""

    code: ProblemCode
    detail: str
    errors: list[FieldProblem] = Field(description="One entry for each field that is wrong; empty otherwise.")


class BatchResult(Answer):
    """What became of the message at `index`: it has an id, or a problem."""

    index: int
    reference: str | None = Field(description="As it was given; null where it was not, or cannot be one.")
    status: str = Field(
        description="`queued`: accepted. `refused`: see `problem`. A repeated message's is what it is now.",
        examples=["queued"],
    )
    message_id: str | None
    segments: int | None
    encoding: str | None
    price: Money | None
    repeated: bool = Field(description="The reference named this message before: nothing was sent again.")
    problem: BatchProblem | None


class SentBatch(Answer):
    """Each message is in exactly one of the three counts, and in `results` at its place."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SENT_BATCH]})

    accepted: int
    repeated: int
    refused: int
    price: Money = Field(description="What was reserved for those accepted now.")
    results: list[BatchResult]


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
