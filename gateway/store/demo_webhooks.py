"""Writing the demo's webhooks: endpoints with a past. Needs the worker's connection."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection

from gateway.store.message_summaries import Summary, find_summaries


class DemoEndpoint(NamedTuple):
    """An endpoint to make, column by column."""

    tenant_id: UUID
    endpoint_id: UUID
    url: str
    description: str
    events: list[str]
    status: str
    status_reason: str | None
    status_at: datetime
    sealed_secret: bytes
    secret_at: datetime
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


class DemoDelivery(NamedTuple):
    """A delivery to make, column by column."""

    tenant_id: UUID
    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    message_id: UUID | None
    is_test: bool
    payload: str
    status: str
    created_at: datetime
    due_at: datetime | None
    step: int
    attempts: int
    http_status: int | None
    error_kind: str | None
    last_attempt_at: datetime | None
    completed_at: datetime | None


class DemoAttempt(NamedTuple):
    """An attempt to make, column by column; the headers are JSON."""

    tenant_id: UUID
    delivery_id: UUID
    number: int
    at: datetime
    by_hand: bool
    url: str
    request_headers: str
    http_status: int | None
    response_headers: str | None
    response_body: str | None
    response_truncated: bool
    error_kind: str | None
    error_detail: str | None
    latency_ms: int


class Told(NamedTuple):
    """A message with an outcome, about which endpoints were told."""

    message_id: UUID
    status: str
    at: datetime
    error_code: str | None
    carrier_code: str | None
    summary: Summary


_TOLD = """
    SELECT message_id, status, final_at, error_code, carrier_code FROM (
        SELECT message_id, status::text AS status, final_at, error_code, carrier_code,
               row_number() OVER (ORDER BY final_at, message_id) AS place, count(*) OVER () AS total
        FROM messages
        WHERE tenant_id = %s AND submitted_at >= %s AND final_at BETWEEN %s AND %s
          AND status = ANY (%s::message_status[])) found
    WHERE place %% greatest(1, ceil(total::numeric / %s)::int) = 0
    ORDER BY final_at, message_id"""

_HOURS = """
    INSERT INTO webhook_hours (tenant_id, endpoint_id, hour, succeeded, failed)
    SELECT d.tenant_id, d.endpoint_id, date_trunc('hour', a.at + make_interval(secs => a.latency_ms / 1000.0), 'UTC'),
           count(*) FILTER (WHERE a.error_kind IS NULL), count(*) FILTER (WHERE a.error_kind IS NOT NULL)
    FROM webhook_attempts a JOIN webhook_deliveries d USING (tenant_id, delivery_id)
    WHERE d.endpoint_id = ANY (%s)
    GROUP BY 1, 2, 3"""


def list_told(
    connection: Connection, tenant_id: UUID, since: datetime, until: datetime, statuses: list[str], most: int
) -> list[Told]:
    """Messages that came to one of the statuses in that time, oldest first; every so-manieth, when there are more."""
    given = (tenant_id, since, since, until, statuses, most)
    rows = connection.exec_driver_sql(_TOLD, given).all()
    summaries = find_summaries(connection, tenant_id, [row[0] for row in rows])
    return [Told(row[0], row[1], row[2], row[3], row[4], summaries[row[0]]) for row in rows]


def write_webhooks(
    connection: Connection,
    endpoints: Iterable[DemoEndpoint],
    deliveries: Iterable[DemoDelivery],
    attempts: Iterable[DemoAttempt],
) -> None:
    """Store them; the counts by hour are those of the attempts."""
    made = list(endpoints)
    _insert(connection, "webhook_endpoints", made)
    _insert(connection, "webhook_deliveries", deliveries)
    _insert(connection, "webhook_attempts", attempts)
    connection.exec_driver_sql(_HOURS, ([endpoint.endpoint_id for endpoint in made],))


def headers(given: dict[str, str]) -> str:
    """Headers as a column holds them."""
    return orjson.dumps(given).decode()


def _insert(connection: Connection, table: str, rows: Iterable[Any]) -> None:
    listed = list(rows)
    if not listed:
        return
    names = listed[0]._fields
    places = ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 — names of ours
    connection.exec_driver_sql(statement, [tuple(row) for row in listed])
