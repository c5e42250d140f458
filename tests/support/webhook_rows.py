"""Endpoints, deliveries and attempts as rows, for tests that need some history and no network."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from gateway.identity.sealing import Sealer
from gateway.webhooks import secrets
from gateway.webhooks.signing import new_secret

SEALER = Sealer(b"only of tests, 32 bytes or longer")


def add_endpoint(
    connection: Connection,
    tenant: UUID,
    at: datetime,
    *,
    url: str = "https://hooks.example.com/sms",
    events: tuple[str, ...] = ("message.delivered", "message.failed"),
    secret: str | None = None,
    sealer: Sealer = SEALER,
) -> UUID:
    """An enabled endpoint made at `at`."""
    endpoint_id = uuid4()
    connection.execute(
        text(
            "INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, events, status_at, sealed_secret, secret_at,"
            " created_at, updated_at) VALUES (:tenant, :id, :url, :events, :at, :sealed, :at, :at, :at)"
        ),
        {
            "tenant": tenant,
            "id": endpoint_id,
            "url": url,
            "events": list(events),
            "sealed": secrets.seal(sealer, endpoint_id, secret or new_secret()),
            "at": at,
        },
    )
    return endpoint_id


def add_delivery(
    connection: Connection,
    tenant: UUID,
    endpoint_id: UUID,
    at: datetime,
    *,
    status: str = "pending",
    event_type: str = "message.delivered",
    message_id: UUID | None = None,
    http_status: int | None = None,
    error_kind: str | None = None,
    attempts: int = 0,
    payload: str = '{"type":"message.delivered","timestamp":"2026-11-20T09:00:00.000Z","data":{}}',
    **more: Any,
) -> UUID:
    """A delivery, with `attempts` attempts that all had the same outcome."""
    columns: dict[str, Any] = {
        "tenant_id": tenant,
        "delivery_id": uuid4(),
        "endpoint_id": endpoint_id,
        "event_id": uuid4(),
        "event_type": event_type,
        "message_id": message_id,
        "payload": payload,
        "status": status,
        "created_at": at,
        "due_at": at if status == "pending" else None,
        "completed_at": None if status == "pending" else at,
        "http_status": http_status,
        "error_kind": error_kind,
        "attempts": attempts,
        "step": attempts,
        "last_attempt_at": at if attempts else None,
        **more,
    }
    names = ", ".join(columns)
    places = ", ".join(f":{name}" for name in columns)
    connection.execute(text(f"INSERT INTO webhook_deliveries ({names}) VALUES ({places})"), columns)
    for number in range(1, attempts + 1):
        connection.execute(
            text(
                "INSERT INTO webhook_attempts (tenant_id, delivery_id, number, at, by_hand, url, request_headers,"
                " http_status, response_headers, response_body, response_truncated, error_kind, latency_ms)"
                " VALUES (:tenant, :delivery, :number, :at, false, 'https://hooks.example.com/sms',"
                " '{\"webhook-id\": \"evt_1\"}', :status, '{}', 'ok', false, :error, 12)"
            ),
            {
                "tenant": tenant,
                "delivery": columns["delivery_id"],
                "number": number,
                "at": at + timedelta(seconds=number),
                "status": http_status,
                "error": error_kind,
            },
        )
    found: UUID = columns["delivery_id"]
    return found
