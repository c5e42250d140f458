"""Webhooks as they are shown: rows become answers here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from gateway.api.models import webhooks as models
from gateway.domain import ids
from gateway.domain.moments import rfc3339
from gateway.store.connections import Connection
from gateway.store.webhooks import endpoints as store
from gateway.store.webhooks.deliveries import Attempt, Delivery, MessageAttempt
from gateway.store.webhooks.endpoints import Endpoint, Hour
from gateway.webhooks.event_types import EVENT_TYPES
from gateway.webhooks.schedule import budget_used, warning_level
from gateway.webhooks.signing import webhook_id

HOURS_SHOWN = 24


def presented(
    connection: Connection, tenant_id: UUID, rows: Sequence[Endpoint], now: datetime
) -> list[models.WebhookEndpoint]:
    """Endpoints with how their last day went."""
    hours = last_hours(now)
    counted = store.list_hours(connection, tenant_id, [row.endpoint_id for row in rows], hours[0]) if rows else {}
    return [
        models.WebhookEndpoint.model_validate(endpoint_fields(row, counted.get(row.endpoint_id, ()), hours, now))
        for row in rows
    ]


def last_hours(now: datetime) -> list[datetime]:
    """The beginnings of the last 24 hours, oldest first, the running one included."""
    running = now.replace(minute=0, second=0, microsecond=0)
    return [running - timedelta(hours=back) for back in range(HOURS_SHOWN - 1, -1, -1)]


def endpoint_fields(row: Endpoint, counted: Iterable[Hour], hours: Sequence[datetime], now: datetime) -> dict[str, Any]:
    used = budget_used(row.failing_since, row.last_failure_at)
    by_hour = {each.hour: each for each in counted}
    overlaps = row.previous_until is not None and row.previous_until > now
    return {
        "endpoint_id": str(row.endpoint_id),
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "status": row.status,
        "status_reason": row.status_reason,
        "status_at": row.status_at,
        "failure_budget_used": round(used, 4),
        "warning_level": warning_level(used),
        "failing_since": row.failing_since,
        "last_success_at": row.last_success_at,
        "last_failure_at": row.last_failure_at,
        "last_error": row.last_error,
        "hours": [
            {
                "hour": hour,
                "succeeded": by_hour[hour].succeeded if hour in by_hour else 0,
                "failed": by_hour[hour].failed if hour in by_hour else 0,
            }
            for hour in hours
        ],
        "secret_created_at": row.secret_at,
        "previous_secret_until": row.previous_until if overlaps else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def delivery_fields(row: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": str(row.delivery_id),
        "endpoint_id": str(row.endpoint_id),
        "webhook_id": webhook_id(row.event_id),
        "event_type": row.event_type,
        "message_id": ids.encode(row.message_id) if row.message_id else None,
        "is_test": row.is_test,
        "status": row.status,
        "created_at": row.created_at,
        "attempts": row.attempts,
        "http_status": row.http_status,
        "error_kind": row.error_kind,
        "last_attempt_at": row.last_attempt_at,
        "next_attempt_at": row.due_at,
        "completed_at": row.completed_at,
    }


def attempt_fields(row: Attempt) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in Attempt.__dataclass_fields__ if name != "by_hand"}
    return {**kept, "trigger": "manual" if row.by_hand else "schedule"}


def message_attempt_fields(row: MessageAttempt) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in MessageAttempt.__dataclass_fields__ if name != "status"}
    return {
        **kept,
        "endpoint_id": str(row.endpoint_id),
        "delivery_id": str(row.delivery_id),
        "delivery_status": row.status,
    }


def example(event_type: str, at: datetime) -> dict[str, Any]:
    """A whole payload with the type's example data."""
    return payload(event_type, at, EVENT_TYPES[event_type].example)


def payload(event_type: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": event_type, "timestamp": rfc3339(at), "data": dict(data)}


def example_text(event_type: str, at: datetime) -> str:
    return orjson.dumps(example(event_type, at)).decode()
