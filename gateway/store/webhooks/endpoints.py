"""Endpoints of one tenant: where it wants to be told what, and how that goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from gateway.store.positions import Position

_SHOWN = (
    "endpoint_id, url, description, events, status, status_reason, status_at, secret_at, previous_until, failing_since,"
    " last_success_at, last_failure_at, last_error, created_at, updated_at"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint without its secrets. `status` is enabled, disabled or auto_disabled; `status_reason` says why not
    enabled: by_user, gone (it answered 410) or failing (the failure budget is used up)."""

    endpoint_id: UUID
    url: str
    description: str
    events: list[str]
    status: str
    status_reason: str | None
    status_at: datetime
    secret_at: datetime
    previous_until: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to be made."""

    endpoint_id: UUID
    url: str
    description: str
    events: Sequence[str]
    enabled: bool
    sealed_secret: bytes


@dataclass(frozen=True, slots=True)
class Hour:
    """Attempts at one endpoint that ended in the hour which begins at `hour`."""

    hour: datetime
    succeeded: int
    failed: int


_LIST = text(f"""
    SELECT {_SHOWN} FROM webhook_endpoints
    WHERE tenant_id = :tenant_id AND (CAST(:after_at AS timestamptz) IS NULL
                                      OR (created_at, endpoint_id) < (:after_at, CAST(:after_id AS uuid)))
    ORDER BY created_at DESC, endpoint_id DESC LIMIT :limit""")  # noqa: S608 — names of ours
_GET = text(f"SELECT {_SHOWN} FROM webhook_endpoints WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id")  # noqa: S608
_CREATE = text("""
    INSERT INTO webhook_endpoints (tenant_id, endpoint_id, url, description, events, status, status_reason, status_at,
                                   sealed_secret, secret_at, created_at, updated_at)
    VALUES (:tenant_id, :endpoint_id, :url, :description, :events, :status, :reason, :now, :sealed_secret, :now, :now,
            :now)""")
_COUNT = text("SELECT count(*) FROM webhook_endpoints WHERE tenant_id = :tenant_id")
_DELETE = text("DELETE FROM webhook_endpoints WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id")
_ROTATE = text("""
    UPDATE webhook_endpoints
    SET previous_secret = CASE WHEN CAST(:until AS timestamptz) > :now THEN sealed_secret END,
        previous_until = CASE WHEN CAST(:until AS timestamptz) > :now THEN CAST(:until AS timestamptz) END,
        sealed_secret = :sealed_secret, secret_at = :now, updated_at = :now
    WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id""")
_HOURS = text("""
    SELECT endpoint_id, hour, succeeded, failed FROM webhook_hours
    WHERE tenant_id = :tenant_id AND endpoint_id = ANY (:endpoint_ids) AND hour >= :since
    ORDER BY endpoint_id, hour""").bindparams(bindparam("endpoint_ids", type_=ARRAY(Uuid())))


def list_endpoints(
    connection: Connection, tenant_id: UUID, *, limit: int, after: Position | None = None
) -> list[Endpoint]:
    """Newest first, those older than `after`."""
    named = {
        "tenant_id": tenant_id,
        "after_at": after.submitted_at if after else None,
        "after_id": after.message_id if after else None,
        "limit": limit,
    }
    rows = connection.execute(_LIST, named)
    return [Endpoint(*row) for row in rows]


def get_endpoint(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    row = connection.execute(_GET, {"tenant_id": tenant_id, "endpoint_id": endpoint_id}).first()
    return Endpoint(*row) if row is not None else None


def count_endpoints(connection: Connection, tenant_id: UUID) -> int:
    return int(connection.execute(_COUNT, {"tenant_id": tenant_id}).scalar_one())


def create_endpoint(connection: Connection, tenant_id: UUID, new: NewEndpoint, now: datetime) -> None:
    connection.execute(
        _CREATE,
        {
            "tenant_id": tenant_id,
            "endpoint_id": new.endpoint_id,
            "url": new.url,
            "description": new.description,
            "events": list(new.events),
            "status": "enabled" if new.enabled else "disabled",
            "reason": None if new.enabled else "by_user",
            "sealed_secret": new.sealed_secret,
            "now": now,
        },
    )


def change_endpoint(
    connection: Connection, tenant_id: UUID, endpoint_id: UUID, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change `url`, `description`, `events`, `enabled`, those that are given.

    Enabling one that was disabled forgets its failures, so that the budget starts anew.
    """
    values = {name: changes[name] for name in ("url", "description", "events") if name in changes}
    assignments = [f"{name} = :{name}" for name in values]
    if changes.get("enabled") is True:
        assignments += [
            "status_at = CASE status WHEN 'enabled' THEN status_at ELSE :now END",
            "failing_since = CASE status WHEN 'enabled' THEN failing_since END",
            "status = 'enabled'",
            "status_reason = NULL",
        ]
    elif changes.get("enabled") is False:
        assignments += [
            "status_at = CASE status WHEN 'enabled' THEN :now ELSE status_at END",
            "status_reason = coalesce(status_reason, 'by_user')",
            "status = CASE status WHEN 'enabled' THEN 'disabled' ELSE status END",
        ]
    if not assignments:
        return
    statement = f"""
        UPDATE webhook_endpoints SET {", ".join(assignments)}, updated_at = :now
        WHERE tenant_id = :tenant_id AND endpoint_id = :endpoint_id"""  # noqa: S608 — names of ours
    connection.execute(text(statement), {**values, "tenant_id": tenant_id, "endpoint_id": endpoint_id, "now": now})


def rotate_secret(
    connection: Connection, tenant_id: UUID, endpoint_id: UUID, sealed_secret: bytes, now: datetime, until: datetime
) -> None:
    """A new secret; the one so far goes on signing beside it until `until`."""
    connection.execute(
        _ROTATE,
        {
            "tenant_id": tenant_id,
            "endpoint_id": endpoint_id,
            "sealed_secret": sealed_secret,
            "now": now,
            "until": until,
        },
    )


def delete_endpoint(connection: Connection, tenant_id: UUID, endpoint_id: UUID) -> bool:
    """Whether it existed. What was delivered stays to be read in the messages' timelines; what is owed is forgotten."""
    own = {"tenant_id": tenant_id, "endpoint_id": endpoint_id}
    return connection.execute(_DELETE, own).rowcount == 1


def list_hours(
    connection: Connection, tenant_id: UUID, endpoint_ids: Iterable[UUID], since: datetime
) -> dict[UUID, list[Hour]]:
    """Attempts by hour of each endpoint, oldest first; hours without any are missing."""
    found: dict[UUID, list[Hour]] = {}
    rows = connection.execute(_HOURS, {"tenant_id": tenant_id, "endpoint_ids": list(endpoint_ids), "since": since})
    for endpoint_id, *rest in rows:
        found.setdefault(endpoint_id, []).append(Hour(*rest))
    return found
