"""Webhooks as people see them: endpoints, what they are told, how each attempt went. Instants are aware, in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_URL, LONGEST_DESCRIPTION = 2048, 200
OVERLAPS = (0, 3600, 86_400, 604_800)
"""Seconds that the secret before goes on signing beside a new one."""

BUDGET_HOURS = 120
"""How long an endpoint may fail without one success before the platform disables it."""


class EndpointStatus(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    AUTO_DISABLED = "auto_disabled"


class DeliveryStatus(StrEnum):
    """In the order people look for them."""

    FAILED = "failed"
    PENDING = "pending"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True)
class HealthHour:
    """Attempts that ended in the hour beginning at ``hour``."""

    hour: dt.datetime
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somewhere that events are sent to. ``hours`` are its last 24, the running one last; ``failure_budget_used`` is a
    share of 1; ``previous_secret_until``: until then the secret before signs too."""

    endpoint_id: str
    url: str
    description: str
    events: tuple[str, ...]
    status: EndpointStatus
    status_reason: str | None
    status_at: dt.datetime
    failure_budget_used: float
    warning_level: int
    failing_since: dt.datetime | None
    last_success_at: dt.datetime | None
    last_failure_at: dt.datetime | None
    last_error: str | None
    hours: tuple[HealthHour, ...]
    secret_created_at: dt.datetime
    previous_secret_until: dt.datetime | None
    created_at: dt.datetime

    @property
    def enabled(self) -> bool:
        return self.status is EndpointStatus.ENABLED

    @property
    def succeeded(self) -> int:
        """Attempts of the last day that were successes."""
        return sum(each.succeeded for each in self.hours)

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.hours)

    @property
    def success_rate(self) -> float | None:
        """Of the last day's attempts; None when there were none."""
        total = self.succeeded + self.failed
        return self.succeeded / total if total else None

    @property
    def host(self) -> str:
        """What people recognise it by where there is little room."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """Some endpoints, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[Endpoint, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A signing secret, this once. ``previous_until``: the one before signs too until then."""

    endpoint_id: str
    signing_secret: str = field(repr=False)
    previous_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """Something that can be told; ``example`` is a whole payload as JSON text."""

    name: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What was entered for an endpoint."""

    url: str
    events: tuple[str, ...]
    description: str

    def problems(self) -> dict[str, str]:
        """Field → code of everything that is wrong with it, as far as it can be seen without asking the platform."""
        found = {}
        if not self.url:
            found["url"] = "missing"
        elif len(self.url) > LONGEST_URL:
            found["url"] = "string_too_long"
        if not self.events:
            found["events"] = "too_short"
        if len(self.description) > LONGEST_DESCRIPTION:
            found["description"] = "string_too_long"
        return found


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one endpoint, with the outcome of its latest attempt. ``webhook_id`` is the header by which a
    receiver knows repeats; ``next_attempt_at`` None: none is owed."""

    delivery_id: str
    endpoint_id: str
    webhook_id: str
    event_type: str
    message_id: str | None
    is_test: bool
    status: DeliveryStatus
    created_at: dt.datetime
    attempts: int
    http_status: int | None
    error_kind: str | None
    last_attempt_at: dt.datetime | None
    next_attempt_at: dt.datetime | None
    completed_at: dt.datetime | None

    def happens_now(self, now: dt.datetime) -> bool:
        """Whether an attempt is being made or about to be: worth looking again in a moment. What has been overdue for a
        while waits for something else."""
        if self.next_attempt_at is None:
            return False
        return -_PATIENCE <= self.next_attempt_at - now <= _SOON


# While an attempt runs, the platform says that the next is due a minute later: when it would give this one up.
_SOON, _PATIENCE = dt.timedelta(seconds=75), dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Some deliveries, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[Delivery, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent where, and what came of it. ``by_hand``: somebody asked for it; ``response_truncated``: the body
    goes on after what is kept of it."""

    number: int
    at: dt.datetime
    by_hand: bool
    url: str
    request_headers: tuple[tuple[str, str], ...]
    http_status: int | None
    response_headers: tuple[tuple[str, str], ...]
    response_body: str | None
    response_truncated: bool
    error_kind: str | None
    error_detail: str | None
    latency_ms: int

    @property
    def succeeded(self) -> bool:
        return self.error_kind is None and self.http_status is not None and 200 <= self.http_status < 300


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with the body that is sent, exactly, and every attempt, oldest first."""

    delivery: Delivery
    payload: str
    attempts: tuple[Attempt, ...]
