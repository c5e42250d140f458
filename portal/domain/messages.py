"""Messages as the log and the detail page show them. Instants are aware, in UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.domain.money import Money
from portal.domain.statuses import MessageStatus

SOON, LATER = 2, 15
"""Seconds until a message is worth another look: while things happen to it, and while it only waits."""
_WAITING_AFTER = dt.timedelta(minutes=2)
_SETTLED_AFTER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the log. ``recipient`` is E.164; ``country`` ISO 3166-1 alpha-2."""

    message_id: str
    recipient: str
    sender_id: str
    status: MessageStatus
    operator: str
    country: str
    error_code: str | None
    submitted_at: dt.datetime
    delivered_at: dt.datetime | None
    segments: int
    price: Money | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to a message. ``kind`` is ``status`` (a change) or ``receipt`` (no change)."""

    seq: int
    at: dt.datetime
    kind: str
    status: MessageStatus | None
    source: str
    carrier_code: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """An attempt at telling one of the account's endpoints about a message."""

    endpoint_id: str
    delivery_id: str
    event_type: str
    number: int
    at: dt.datetime
    url: str
    http_status: int | None
    error_kind: str | None
    latency_ms: int


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """Everything about one message. ``body`` is None when it is not kept."""

    message: Message
    body: str | None
    encoding: str
    sent_at: dt.datetime | None
    final_at: dt.datetime | None
    carrier_code: str | None
    external_id: str | None
    source: str
    timeline: tuple[TimelineEntry, ...]
    webhook_attempts: tuple[WebhookAttempt, ...] = ()

    @property
    def version(self) -> str:
        """Another text whenever something has been added to what is known of it."""
        return f"{self.message.status}:{len(self.timeline)}:{len(self.webhook_attempts)}"

    def look_again_after(self, now: dt.datetime) -> int | None:
        """In how many seconds there may be news of it. None: it has ended, and endpoints have been told of that."""
        age = now - max((entry.at for entry in self.timeline), default=self.message.submitted_at)
        if self.message.status.final:
            return SOON if age < _SETTLED_AFTER else None
        return SOON if age < _WAITING_AFTER else LATER


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Some rows, newest first; ``next_cursor`` None: there are no more. ``kept_from`` is there where the filter reaches
    back to messages that are no longer kept."""

    items: tuple[Message, ...]
    next_cursor: str | None
    kept_from: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """An error code in words, in the language that was asked for."""

    code: str
    permanent: bool
    title: str
    advice: str
