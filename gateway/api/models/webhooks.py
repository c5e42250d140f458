"""Webhooks: endpoints, what they are told, and how each attempt went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from gateway.api.context import dependencies
from gateway.api.models.filters import PageQuery, TenantQuery, printable
from gateway.api.models.messages import MessageId
from gateway.api.models.shape import Answer, Body, Query, Timestamp
from gateway.api.models.webhook_terms import DeliveryStatus, ErrorKind, EventTypeName
from gateway.webhooks.addresses import UrlRefused, check_url

StatusClass = Literal["none", "1xx", "2xx", "3xx", "4xx", "5xx"]


def acceptable_url(value: str) -> str:
    """Judged by its text; what its name leads to is asked when everything else is right."""
    try:
        check_url(value, allow_private=dependencies().settings.webhook_allow_private)
    except UrlRefused as error:
        raise PydanticCustomError("url", "{reason}", {"reason": str(error)}) from None
    return value


EndpointUrl = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2048),
    AfterValidator(acceptable_url),
    Field(description="Public `https://` address.", examples=["https://hooks.example.com/sms"]),
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(printable)]
Events = Annotated[list[EventTypeName], Field(min_length=1, max_length=9, description="Types it wants to be told.")]


def unrepeated(value: list[str]) -> list[str]:
    return sorted(set(value))


class EndpointPath(Query):
    endpoint_id: UUID


class DeliveryPath(EndpointPath):
    delivery_id: UUID


class EndpointsQuery(PageQuery, TenantQuery):
    """Newest first."""


class EndpointCreate(Body):
    url: EndpointUrl
    events: Annotated[Events, AfterValidator(unrepeated)]
    description: Description = ""
    enabled: bool = True


class EndpointChange(Body):
    """What is absent stays as it is. Enabling an endpoint starts its failure budget anew."""

    url: EndpointUrl | None = None
    events: Annotated[Events, AfterValidator(unrepeated)] | None = None
    description: Description | None = None
    enabled: bool | None = None

    @field_validator("url", "events", "description", "enabled")
    @classmethod
    def not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "Leave it out to keep it as it is; it cannot be null.")
        return value


class SecretRotation(Body):
    overlap_seconds: int = Field(
        strict=True,
        default=86_400,
        ge=0,
        le=604_800,
        description="How long the secret so far goes on signing beside the new one.",
    )


class EventTest(Body):
    event_type: EventTypeName


class Resend(Body):
    """Nothing needs to be said."""


class Recovery(Body):
    since: datetime = Field(description="RFC 3339 instant with offset; deliveries made since then.")
    status: DeliveryStatus = Field(default="failed", description="Which of them are owed again.")

    @field_validator("since")
    @classmethod
    def aware(cls, value: datetime) -> datetime:
        if value.tzinfo is None or not 1970 <= value.year <= 2100:
            raise PydanticCustomError("date", "Give an RFC 3339 instant with offset, between the years 1970 and 2100.")
        return value


class DeliveriesQuery(PageQuery, TenantQuery):
    """Filters combine with *and*. Newest first."""

    status: DeliveryStatus | None = None
    event_type: EventTypeName | None = None
    http_status: StatusClass | None = Field(
        default=None, description="Class of the latest answer's code; `none`: there was no answer."
    )
    since: datetime | None = Field(default=None, description="RFC 3339 instant, inclusive.")
    until: datetime | None = Field(default=None, description="RFC 3339 instant, exclusive.")
    message_id: MessageId | None = Field(default=None, description="Events of this message.")

    @field_validator("since", "until")
    @classmethod
    def aware(cls, value: datetime | None) -> datetime | None:
        return value if value is None else Recovery.aware(value)

    @field_validator("until")
    @classmethod
    def ordered(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        first = info.data.get("since")
        if value is not None and first is not None and value < first:
            raise PydanticCustomError("date_range", "'until' must not be before 'since'.")
        return value


class HealthHour(Answer):
    """Attempts that ended in the hour which begins at `hour`."""

    hour: Timestamp
    succeeded: int
    failed: int


class WebhookEndpoint(Answer):
    """`statusReason` says why it is not enabled: `by_user`, `gone` (it answered 410), `failing` (the failure budget is
    used up: 120 h without a success). `hours` are the last 24, oldest first, the last one still running."""

    endpoint_id: str
    url: str
    description: str
    events: list[EventTypeName]
    status: Literal["enabled", "disabled", "auto_disabled"]
    status_reason: Literal["by_user", "gone", "failing"] | None
    status_at: Timestamp
    failure_budget_used: float = Field(ge=0, le=1)
    warning_level: Literal[0, 50, 70, 90] = Field(description="Highest warning reached, per cent of the budget.")
    failing_since: Timestamp | None
    last_success_at: Timestamp | None
    last_failure_at: Timestamp | None
    last_error: ErrorKind | None
    hours: list[HealthHour]
    secret_created_at: Timestamp
    previous_secret_until: Timestamp | None = Field(description="Until then the secret before signs too.")
    created_at: Timestamp
    updated_at: Timestamp


class WebhookEndpoints(Answer):
    items: list[WebhookEndpoint]
    next_cursor: str | None


class CreatedEndpoint(WebhookEndpoint):
    """The only answer that holds the signing secret."""

    signing_secret: str = Field(description="`whsec_…`; it cannot be read again.")


class RotatedSecret(Answer):
    """The only answer that holds the new secret."""

    endpoint_id: str
    signing_secret: str
    previous_secret_until: Timestamp | None


class WebhookDelivery(Answer):
    """`webhookId` is the header that stays the same over all attempts; receivers know repeats by it. `nextAttemptAt` is
    null when none is owed."""

    delivery_id: str
    endpoint_id: str
    webhook_id: str
    event_type: EventTypeName
    message_id: str | None
    is_test: bool
    status: DeliveryStatus
    created_at: Timestamp
    attempts: int
    http_status: int | None
    error_kind: ErrorKind | None
    last_attempt_at: Timestamp | None
    next_attempt_at: Timestamp | None
    completed_at: Timestamp | None


class WebhookDeliveries(Answer):
    items: list[WebhookDelivery]
    next_cursor: str | None


class WebhookAttempt(Answer):
    """`responseBody` is the beginning of it, 4 KiB at most. The signature in `requestHeaders` is shortened."""

    number: int
    at: Timestamp
    trigger: Literal["schedule", "manual"]
    url: str
    request_headers: dict[str, str]
    http_status: int | None
    response_headers: dict[str, str] | None
    response_body: str | None
    response_truncated: bool
    error_kind: ErrorKind | None
    error_detail: str | None
    latency_ms: int


class WebhookDeliveryDetail(WebhookDelivery):
    payload: str = Field(description="The body that is sent, exactly: JSON with `type`, `timestamp` and `data`.")
    attempt_log: list[WebhookAttempt]


class Recovered(Answer):
    """How many deliveries are owed again."""

    count: int


class EventTypeItem(Answer):
    name: EventTypeName
    description: str
    example: dict[str, Any] = Field(description="A whole payload.")


class EventTypes(Answer):
    items: list[EventTypeItem]
