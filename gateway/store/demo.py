"""Writing demo data: rows that are made by the million, handed over as CSV, and what stands around them.

Needs the worker's connection. The rows go through a temporary table, since COPY does not write to tables with row-level
security; from there one statement makes messages and one their events, and the triggers count them as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Connection

from gateway.store import rollups
from gateway.store.partitions import ensure_months

STAGED_COLUMNS = {
    "tenant_id": "uuid",
    "submitted_at": "timestamptz",
    "message_id": "uuid",
    "sent_at": "timestamptz",
    "final_at": "timestamptz",
    "status": "message_status",
    "segments": "smallint",
    "price_units": "bigint",
    "country": "char(2)",
    "operator": "text",
    "destination": "text",
    "recipient": "text",
    "sender_id": "text",
    "encoding": "text",
    "error_code": "text",
    "carrier_code": "text",
    "body": "text",
}
"""The columns of the CSV, in order. `price_units` are ten-thousandths of the currency's unit."""

_TYPED = ", ".join(f"{name} {kind}" for name, kind in STAGED_COLUMNS.items())

_STAGE = f"CREATE TEMPORARY TABLE IF NOT EXISTS staged_demo ({_TYPED}) ON COMMIT DELETE ROWS"

_PLAIN = ", ".join(name for name in STAGED_COLUMNS if name != "price_units")

_MESSAGES = f"""
    INSERT INTO messages ({_PLAIN}, price, source, updated_at)
    SELECT {_PLAIN}, price_units / 10000.0, 'demo', coalesce(final_at, sent_at, submitted_at) FROM staged_demo"""  # noqa: S608

# The same history that `gateway.store.writes` gives a row.
_EVENTS = """
    INSERT INTO message_events (tenant_id, submitted_at, message_id, at, seq, status, kind, source, carrier_code)
    SELECT s.tenant_id, s.submitted_at, s.message_id, e.at, e.seq, e.status, 'status', 'demo', e.carrier_code
    FROM staged_demo s CROSS JOIN LATERAL (VALUES
        (s.submitted_at, 1::smallint, 'queued'::message_status, NULL, true),
        (s.submitted_at, 2, 'held', NULL, s.status IN ('held', 'blocked')),
        (s.sent_at, 2, 'sent', NULL, s.status IN ('sent', 'delivered', 'failed', 'expired')),
        (s.final_at, CASE s.status WHEN 'rejected' THEN 2 ELSE 3 END, s.status, s.carrier_code,
         s.status IN ('delivered', 'failed', 'expired', 'rejected', 'blocked'))
    ) AS e (at, seq, status, carrier_code, happened)
    WHERE e.happened"""


class DemoTenant(NamedTuple):
    """A demo account to make."""

    tenant_id: UUID
    slug: str
    name: str
    locale: str
    created_at: datetime


class LedgerEntry(NamedTuple):
    """An entry of a demo account's ledger, as `gateway.store.ledger` has them."""

    tenant_id: UUID
    at: datetime
    kind: str
    debit: str
    credit: str
    amount: Decimal
    note: str


class DemoKey(NamedTuple):
    """An API key to make, column by column."""

    tenant_id: UUID
    key_id: UUID
    name: str
    mode: str
    scopes: list[str]
    prefix: str
    last_four: str
    key_hash: bytes
    allowed_ips: list[str]
    created_by: UUID
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class DemoKeyUse(NamedTuple):
    """Calls made with a key on one day."""

    tenant_id: UUID
    key_id: UUID
    day: date
    calls: int
    refused: int


class DemoRefusal(NamedTuple):
    """A refused call, with the local day it counts for."""

    tenant_id: UUID
    at: datetime
    key_id: UUID
    day: date
    method: str
    route: str
    status: int
    code: str
    request_id: str


def taken_slugs(connection: Connection, slugs: Sequence[str]) -> list[str]:
    """Which of the slugs are accounts already."""
    rows = connection.exec_driver_sql("SELECT slug FROM tenants WHERE slug = ANY (%s) ORDER BY slug", (list(slugs),))
    return [row[0] for row in rows]


def create_demo_tenants(connection: Connection, tenants: Iterable[DemoTenant]) -> None:
    """Make the accounts, marked as demo."""
    for tenant in tenants:
        connection.exec_driver_sql(
            "INSERT INTO tenants (tenant_id, slug, name, locale, created_at, is_demo)"
            " VALUES (%s, %s, %s, %s, %s, true)",
            tuple(tenant),
        )


def prepare_months(connection: Connection, days: Iterable[date]) -> None:
    """Make the partitions that the days need."""
    ensure_months(connection, days)


def write_messages(connection: Connection, csv: Iterable[bytes | memoryview]) -> int:
    """Store the rows of a CSV without header (columns as STAGED_COLUMNS, empty for NULL); returns how many."""
    driver = _driver(connection)
    connection.exec_driver_sql(_STAGE)
    with driver.cursor() as cursor, cursor.copy("COPY staged_demo FROM STDIN (FORMAT csv)") as copy:
        for part in csv:
            copy.write(part)
    stored = connection.exec_driver_sql(_MESSAGES).rowcount
    connection.exec_driver_sql(_EVENTS)
    connection.exec_driver_sql("TRUNCATE staged_demo")
    return stored


def write_ledger(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Enter top-ups and charges."""
    columns = tuple(list(column) for column in zip(*entries, strict=True))
    connection.exec_driver_sql(
        "INSERT INTO ledger_entries (tenant_id, at, kind, debit, credit, amount, note) SELECT *"
        " FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[])",
        columns,
    )


def set_term(connection: Connection, tenant_id: UUID, days: int) -> None:
    """Have an account's invoices be due so many days after their issue."""
    connection.exec_driver_sql(
        "INSERT INTO billing_settings (tenant_id, due_days) VALUES (%s, %s)"
        " ON CONFLICT (tenant_id) DO UPDATE SET due_days = excluded.due_days",
        (tenant_id, days),
    )


def write_keys(
    connection: Connection, keys: Iterable[DemoKey], use: Iterable[DemoKeyUse], refusals: Iterable[DemoRefusal]
) -> None:
    """Store API keys, their use by day, and refused calls, which count as use too."""
    for key in keys:
        connection.exec_driver_sql(
            "INSERT INTO api_keys (tenant_id, key_id, name, mode, scopes, prefix, last_four, key_hash, allowed_ips,"
            " created_by, created_at, expires_at, revoked_at, last_used_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::cidr[], %s, %s, %s, %s, %s)",
            tuple(key),
        )
    count = (
        "INSERT INTO api_key_usage AS u (tenant_id, key_id, day, calls, refused) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, key_id, day)"
        " DO UPDATE SET calls = u.calls + excluded.calls, refused = u.refused + excluded.refused"
    )
    for used in use:
        connection.exec_driver_sql(count, tuple(used))
    for refused in refusals:
        connection.exec_driver_sql(count, (refused.tenant_id, refused.key_id, refused.day, 1, 1))
        connection.exec_driver_sql(
            "INSERT INTO refused_calls (tenant_id, at, key_id, method, route, status, code, request_id)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (*refused[:3], *refused[4:]),
        )


def write_incident(
    connection: Connection, incident_id: UUID, operator: str, starts_at: datetime, ends_at: datetime, title_key: str
) -> None:
    """Record an incident that concerns everyone. The same one is recorded once."""
    connection.exec_driver_sql(
        "INSERT INTO incidents (incident_id, operator, starts_at, ends_at, title_key) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (incident_id) DO NOTHING",
        (incident_id, operator, starts_at, ends_at, title_key),
    )


def remove_demo(connection: Connection, tenant_ids: Sequence[UUID]) -> None:
    """Remove demo accounts with their traffic: what a load that failed half-way leaves behind.

    Ledger and people are written last, in one transaction: accounts that have them are complete, and not for removal.
    """
    for table in ("messages", "message_events"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE tenant_id = ANY (%s)", (list(tenant_ids),))  # noqa: S608
    rollups.fold_all(connection)
    for table in ("tenant_revisions", "tenants"):
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE tenant_id = ANY (%s)", (list(tenant_ids),))  # noqa: S608


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("messages are written through psycopg")
    return driver
