"""Internal ingestion: messages and receipts from the platform's own services, up to 1,000 of each in a call."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import StatusName, printable
from gateway.api.models.shape import Answer, Body

LARGEST_BATCH = 1_000


def storable(value: str) -> str:
    """PostgreSQL's text holds every character but NUL."""
    if "\0" in value:
        raise PydanticCustomError("characters", "The character NUL is not allowed.")
    return value


LongText = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(storable)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(printable)]
CarrierText = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(printable)]
Price = Annotated[str, StringConstraints(pattern=r"^\d{1,8}(\.\d{1,4})?$")]


class IngestedMessage(Body):
    """One message. `externalId` is the sender's own id: the same one again is already known, not a second message."""

    external_id: ExternalId
    to: Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{1,14}$")] = Field(examples=["+93701234567"])
    from_: Annotated[str, StringConstraints(min_length=1, max_length=15), AfterValidator(printable)]
    body: LongText | None = None
    submitted_at: AwareDatetime
    status: StatusName = "queued"
    sent_at: AwareDatetime | None = None
    final_at: AwareDatetime | None = None
    error_code: CarrierText | None = Field(
        default=None, description="One of the platform's codes (`GET /v1/error-codes`)."
    )
    carrier_code: CarrierText | None = None
    price: Price | None = None


class IngestedReceipt(Body):
    """A carrier's delivery receipt. With `submittedAt` the message is found without a search."""

    external_id: ExternalId
    submitted_at: AwareDatetime | None = None
    at: AwareDatetime
    stat: CarrierText = Field(examples=["DELIVRD"])
    err: CarrierText | None = Field(default=None, examples=["001"])


class IngestBody(Body):
    """Items are judged one by one: a bad one is rejected with its reason and the others are stored."""

    tenant_id: UUID
    messages: list[dict[str, Any]] = Field(default_factory=list, max_length=LARGEST_BATCH)
    receipts: list[dict[str, Any]] = Field(default_factory=list, max_length=LARGEST_BATCH)


class Rejected(Answer):
    """An item that was not stored: which, and why."""

    kind: Literal["message", "receipt"]
    index: int
    code: str
    detail: str


class IngestResult(Answer):
    """Each item is in exactly one of the counts."""

    inserted: int
    already_known: int
    applied: int
    ignored: int
    rejected: list[Rejected]
