"""Words that webhooks and a message's timeline share."""

from __future__ import annotations

from typing import Literal

from gateway.api.models.shape import Answer, Timestamp

EventTypeName = Literal[
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.held",
    "message.received",
    "invoice.issued",
    "invoice.overdue",
    "balance.low",
    "key.revoked",
]
DeliveryStatus = Literal["pending", "succeeded", "failed"]
ErrorKind = Literal[
    "http", "redirect", "gone", "timeout", "dns", "connect", "tls", "refused_address", "protocol", "secret"
]
"""`http`: an answer that is no success · `redirect`: not followed · `gone`: 410 · `timeout`: 15 s were
not enough · `dns`: no such name · `connect`: nobody listens · `tls`: no valid certificate · `refused_address`: not a
public one · `protocol`: no HTTP · `secret`: our own key is missing."""


class MessageWebhookAttempt(Answer):
    """An attempt at telling an endpoint about a message."""

    endpoint_id: str
    delivery_id: str
    event_type: EventTypeName
    delivery_status: DeliveryStatus
    number: int
    at: Timestamp
    url: str
    http_status: int | None
    error_kind: ErrorKind | None
    latency_ms: int
