"""The message log: its filter, a page of rows, one message with its timeline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from gateway.api.models.filters import (
    DEEPEST_NUMBERED_ROW,
    Country,
    ErrorCode,
    OperatorName,
    PageQuery,
    SenderId,
    StatusName,
    TenantQuery,
    printable,
)
from gateway.api.models.shape import Answer, Money, Query, Timestamp
from gateway.api.models.webhook_terms import MessageWebhookAttempt

MessageId = Annotated[str, StringConstraints(pattern=r"^msg_[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$")]
Moment = Annotated[str, StringConstraints(min_length=10, max_length=40)]
SearchText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(printable)
]


def parse_moment(value: str) -> date | datetime:
    """`2026-11-01` → date; an RFC 3339 instant with an offset → aware datetime. Raises ValueError otherwise."""
    if len(value) == 10:
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


class MessageFilter(BaseModel):
    """Which messages. Filters combine with *and*; values of a repeated one with *or*."""

    to: SearchText | None = Field(
        default=None,
        description="Recipient in any digits, international or local (`0701234567`); a trailing `*` matches a prefix.",
    )
    from_: SenderId | None = Field(default=None, description="Sender ID, like `senderId`.")
    status: list[StatusName] = Field(default_factory=list, max_length=8)
    operator: list[OperatorName] = Field(default_factory=list, max_length=20)
    sender_id: list[SenderId] = Field(default_factory=list, max_length=50)
    error_code: list[ErrorCode] = Field(default_factory=list, max_length=50)
    country: list[Country] = Field(default_factory=list, max_length=50)
    destination: list[OperatorName] = Field(
        default_factory=list, max_length=20, description="Network prefixes as the top list of destinations names them."
    )
    start_date: Moment | None = Field(
        default=None, description="Local day, or RFC 3339 instant (then the range is [start, end))."
    )
    end_date: Moment | None = Field(default=None, description="Local day, inclusive, or RFC 3339 instant, exclusive.")
    weekday: int | None = Field(
        default=None, ge=1, le=7, description="Local ISO weekday of submission: 1 Monday … 7 Sunday."
    )
    hour: int | None = Field(default=None, ge=0, le=23, description="Local hour of submission.")
    invoice_line_id: UUID | None = Field(default=None, description="The messages that this line of an invoice bills.")
    q: SearchText | None = Field(
        default=None, description="Message id, number (prefix, any digits), or part of a sender ID."
    )

    @field_validator("start_date", "end_date")
    @classmethod
    def readable_moment(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            moment = parse_moment(value)
        except ValueError:
            raise PydanticCustomError("date", "Give YYYY-MM-DD or an RFC 3339 instant with offset.") from None
        if not 1970 <= moment.year <= 2100:
            raise PydanticCustomError("date_range", "Give a moment between the years 1970 and 2100.")
        return value

    @field_validator("end_date")
    @classmethod
    def ordered_range(cls, value: str | None, info: ValidationInfo) -> str | None:
        first = info.data.get("start_date")
        if value is None or first is None:
            return value
        start, end = parse_moment(first), parse_moment(value)
        if isinstance(start, datetime) != isinstance(end, datetime):
            raise PydanticCustomError("date_range", "Give both ends as days or both as instants.")
        if end < start:
            raise PydanticCustomError("date_range", "'endDate' must not be before 'startDate'.")
        return value


class MessagesQuery(PageQuery, TenantQuery, MessageFilter):
    """A page of the messages that fit the filter. Newest first."""

    page: int | None = Field(
        default=None,
        ge=1,
        le=DEEPEST_NUMBERED_ROW,
        description="For older clients, instead of `cursor`; first 10,000 rows.",
    )

    @field_validator("page")
    @classmethod
    def shallow_page(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None:
            return None
        if info.data.get("cursor") is not None:
            raise PydanticCustomError("page", "Give either 'page' or 'cursor'.")
        if value * int(info.data.get("limit") or 1) > DEEPEST_NUMBERED_ROW:
            raise PydanticCustomError("page", "Numbered pages reach the first 10,000 rows; go on with 'nextCursor'.")
        return value


class MessagePath(Query):
    message_id: MessageId


class MessageRow(Answer):
    message_id: str
    to: str
    from_: str
    status: StatusName
    operator: str
    country: str
    error_code: str | None
    submitted_at: Timestamp
    delivered_at: Timestamp | None
    segments: int
    price: Money | None


class MessagePage(Answer):
    items: list[MessageRow]
    next_cursor: str | None
    kept_from: Timestamp | None = Field(
        default=None,
        description="Set where the filter reaches back to before this moment: older messages are no longer kept, and"
        " only counted in analytics and billing.",
    )


class TimelineEvent(Answer):
    """`status`: a change of state; `receipt`: what a carrier reported late or again, recorded and without effect."""

    seq: int
    at: Timestamp
    kind: Literal["status", "receipt"]
    status: StatusName | None
    source: str
    carrier_code: str | None
    detail: str | None


class MessageDetail(MessageRow):
    body: str | None
    encoding: str
    destination: str
    sent_at: Timestamp | None
    final_at: Timestamp | None
    carrier_code: str | None
    external_id: str | None
    reference: str | None = Field(description="What its sender calls it, given when it was sent.")
    source: str
    timeline: list[TimelineEvent]
    webhook_attempts: list[MessageWebhookAttempt]
