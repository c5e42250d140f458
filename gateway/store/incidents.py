"""What went wrong at one tenant lately, of all that the platform writes down anyway: nothing is kept twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class DisabledEndpoint:
    """A webhook the platform stopped calling: it was `gone` (410), or `failing` for too long."""

    endpoint_id: UUID
    url: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RevokedKey:
    key_id: UUID
    name: str
    at: datetime


_HELD = text("""
    SELECT coalesce(sum(messages), 0)::bigint FROM rollup_totals WHERE tenant_id = :tenant_id AND status = 'held'""")
_DISABLED = text("""
    SELECT endpoint_id, url, coalesce(status_reason, ''), status_at FROM webhook_endpoints
    WHERE tenant_id = :tenant_id AND status = 'auto_disabled' ORDER BY status_at DESC, endpoint_id LIMIT :limit""")
_REVOKED = text("""
    SELECT key_id, name, revoked_at FROM api_keys
    WHERE tenant_id = :tenant_id AND revoked_at >= :since AND successor_id IS NULL
    ORDER BY revoked_at DESC, key_id LIMIT :limit""")
_LOW = text("SELECT low_since FROM billing_settings WHERE tenant_id = :tenant_id")


def count_held(connection: Connection, tenant_id: UUID) -> int:
    """Messages of whatever day that wait for somebody to let them go or not."""
    held: int = connection.execute(_HELD, {"tenant_id": tenant_id}).scalar_one()
    return held


def list_disabled_endpoints(connection: Connection, tenant_id: UUID, *, limit: int) -> list[DisabledEndpoint]:
    """Endpoints the platform gave up, the latest first."""
    rows = connection.execute(_DISABLED, {"tenant_id": tenant_id, "limit": limit})
    return [DisabledEndpoint(*row) for row in rows]


def list_revoked_keys(connection: Connection, tenant_id: UUID, since: datetime, *, limit: int) -> list[RevokedKey]:
    """Keys that somebody revoked since then, the latest first; not rotated ones, which is no trouble."""
    rows = connection.execute(_REVOKED, {"tenant_id": tenant_id, "since": since, "limit": limit})
    return [RevokedKey(*row) for row in rows]


def low_since(connection: Connection, tenant_id: UUID) -> datetime | None:
    """Since when the balance has been below the account's own threshold, as the worker saw it; None: it is not."""
    found: datetime | None = connection.execute(_LOW, {"tenant_id": tenant_id}).scalar()
    return found
