"""Deliveries and attempts of one tenant, as people read them, and ask for them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.narrowing import Narrowed
from gateway.store.positions import Position, first_end

_SHOWN = (
    "delivery_id, endpoint_id, event_id, event_type, message_id, is_test, status, created_at, due_at, attempts,"
    " http_status, error_kind, last_attempt_at, completed_at"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event owed to one endpoint, with the outcome of its latest attempt."""

    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    message_id: UUID | None
    is_test: bool
    status: str
    created_at: datetime
    due_at: datetime | None
    attempts: int
    http_status: int | None
    error_kind: str | None
    last_attempt_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Conditions on an endpoint's deliveries; all must hold, None does not count. `status_class` is the first digit of
    the latest answer's code, 0 for no answer; the time is [since, until)."""

    status: str | None = None
    event_type: str | None = None
    status_class: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: what was sent where, and what came of it."""

    number: int
    at: datetime
    by_hand: bool
    url: str
    request_headers: Mapping[str, str]
    http_status: int | None
    response_headers: Mapping[str, str] | None
    response_body: str | None
    response_truncated: bool
    error_kind: str | None
    error_detail: str | None
    latency_ms: int


@dataclass(frozen=True, slots=True)
class MessageAttempt:
    """One attempt at telling an endpoint about a message. `status` is what became of the delivery."""

    endpoint_id: UUID
    delivery_id: UUID
    event_type: str
    status: str
    number: int
    at: datetime
    url: str
    http_status: int | None
    error_kind: str | None
    latency_ms: int


_LIST = Narrowed(
    f"""
    SELECT {_SHOWN} FROM webhook_deliveries
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id {{narrowed}}
    ORDER BY created_at DESC, delivery_id DESC LIMIT :limit""",  # noqa: S608 — names of ours
    {
        "status": "status = :status",
        "event_type": "event_type = :event_type",
        "status_class": "coalesce(http_status / 100, CASE WHEN attempts > 0 THEN 0 END) = :status_class",
        "since": "created_at >= :since",
        "message_id": "message_id = :message_id",
        "before_at": "(created_at, delivery_id) < (:before_at, :before_id)",
    },
)
_GET = text(f"""
    SELECT {_SHOWN} FROM webhook_deliveries
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id AND delivery_id = :delivery_id""")  # noqa: S608
_PAYLOAD = text("SELECT payload FROM webhook_deliveries WHERE tenant_id = :tenant_id AND delivery_id = :delivery_id")
_ATTEMPTS = text("""
    SELECT number, at, by_hand, url, request_headers, http_status, response_headers, response_body, response_truncated,
           error_kind, error_detail, latency_ms
    FROM webhook_attempts WHERE tenant_id = :tenant_id AND delivery_id = :delivery_id ORDER BY number""")
_OF_MESSAGE = text("""
    SELECT d.endpoint_id, d.delivery_id, d.event_type, d.status, a.number, a.at, a.url, a.http_status, a.error_kind,
           a.latency_ms
    FROM webhook_deliveries d JOIN webhook_attempts a USING (tenant_id, delivery_id)
    WHERE d.tenant_id = :tenant_id AND d.message_id = :message_id AND NOT d.is_test
    ORDER BY a.at, a.delivery_id, a.number LIMIT :limit""")
_TEST = text("""
    INSERT INTO webhook_deliveries (tenant_id, delivery_id, endpoint_id, event_id, event_type, is_test, payload,
                                    created_at, due_at)
    VALUES (:tenant_id, :delivery_id, :endpoint_id, :event_id, :event_type, true, :payload, :now, :now)""")

# A resend by hand goes before the schedule and leaves it as it is.
_BY_HAND = """
    resume_at = CASE WHEN by_hand THEN resume_at WHEN status = 'pending' THEN due_at END,
    by_hand = true, due_at = :now"""
_RESEND = text(f"""
    UPDATE webhook_deliveries SET {_BY_HAND}
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id AND delivery_id = :delivery_id""")  # noqa: S608
# What had failed for good gets a schedule of its own again.
_RECOVER_FAILED = text("""
    UPDATE webhook_deliveries
    SET status = 'pending', completed_at = NULL, step = 0, due_at = :now, by_hand = false, resume_at = NULL
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id AND created_at >= :since AND status = 'failed'""")
_RECOVER = text(f"""
    UPDATE webhook_deliveries SET {_BY_HAND}
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id AND created_at >= :since AND status = :status""")  # noqa: S608

LONGEST_TIMELINE = 200


def list_deliveries(
    connection: Connection,
    tenant_id: UUID,
    endpoint_id: UUID,
    wanted: DeliveryFilter,
    *,
    limit: int,
    after: Position | None = None,
) -> list[Delivery]:
    """Newest first, those older than `after`."""
    before = first_end(wanted.until, after)
    named: dict[str, Any] = {
        "tenant_id": tenant_id,
        "endpoint_id": endpoint_id,
        **{name: getattr(wanted, name) for name in DeliveryFilter.__dataclass_fields__},
        "before_at": before and before.submitted_at,
        "before_id": before and before.message_id,
        "limit": limit,
    }
    return [Delivery(*row) for row in _LIST.rows(connection, named)]


def get_delivery(connection: Connection, tenant_id: UUID, endpoint_id: UUID, delivery_id: UUID) -> Delivery | None:
    named = {"tenant_id": tenant_id, "endpoint_id": endpoint_id, "delivery_id": delivery_id}
    row = connection.execute(_GET, named).first()
    return Delivery(*row) if row is not None else None


def get_payload(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> str | None:
    """The body that is sent, exactly."""
    found: str | None = connection.execute(
        _PAYLOAD, {"tenant_id": tenant_id, "delivery_id": delivery_id}
    ).scalar_one_or_none()
    return found


def list_attempts(connection: Connection, tenant_id: UUID, delivery_id: UUID) -> list[Attempt]:
    """All attempts at a delivery, oldest first."""
    rows = connection.execute(_ATTEMPTS, {"tenant_id": tenant_id, "delivery_id": delivery_id})
    return [Attempt(*row) for row in rows]


def list_attempts_of_message(connection: Connection, tenant_id: UUID, message_id: UUID) -> list[MessageAttempt]:
    """Attempts at telling anybody about a message, oldest first, LONGEST_TIMELINE at most."""
    named = {"tenant_id": tenant_id, "message_id": message_id, "limit": LONGEST_TIMELINE}
    return [MessageAttempt(*row) for row in connection.execute(_OF_MESSAGE, named)]


def add_test(
    connection: Connection,
    tenant_id: UUID,
    endpoint_id: UUID,
    *,
    delivery_id: UUID,
    event_id: UUID,
    event_type: str,
    payload: str,
    now: datetime,
) -> None:
    """Owe one endpoint an event that did not happen."""
    connection.execute(
        _TEST,
        {
            "tenant_id": tenant_id,
            "endpoint_id": endpoint_id,
            "delivery_id": delivery_id,
            "event_id": event_id,
            "event_type": event_type,
            "payload": payload,
            "now": now,
        },
    )


def resend(connection: Connection, tenant_id: UUID, endpoint_id: UUID, delivery_id: UUID, now: datetime) -> bool:
    """Owe one more attempt, at once; whether there is such a delivery."""
    named = {"tenant_id": tenant_id, "endpoint_id": endpoint_id, "delivery_id": delivery_id, "now": now}
    return connection.execute(_RESEND, named).rowcount == 1


def recover(
    connection: Connection, tenant_id: UUID, endpoint_id: UUID, *, since: datetime, status: str, now: datetime
) -> int:
    """Owe all of one endpoint's deliveries of a status again that were made since then; how many."""
    named = {"tenant_id": tenant_id, "endpoint_id": endpoint_id, "since": since, "now": now}
    if status == "failed":
        return connection.execute(_RECOVER_FAILED, named).rowcount
    return connection.execute(_RECOVER, named | {"status": status}).rowcount
