"""How API keys are used: counted by day, and the calls that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, text

from gateway.store.narrowing import Narrowed
from gateway.store.positions import Position

REFUSED_KEPT = timedelta(days=30)
USAGE_KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class CountedCalls:
    """Calls made with one key around `at`; `used_at` is the last one that was let in."""

    tenant_id: UUID
    key_id: UUID
    at: datetime
    calls: int
    refused: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A call with a known key that got no: `route` is the template, `code` the reason."""

    tenant_id: UUID
    at: datetime
    key_id: UUID
    method: str
    route: str
    status: int
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ListedRefusal:
    """A refused call with its own id and the name its key has now."""

    call_id: UUID
    at: datetime
    key_id: UUID
    key_name: str
    method: str
    route: str
    status: int
    code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """One local day of one key, on which there was a call."""

    key_id: UUID
    day: date
    calls: int
    refused: int


_RECORD = text("SELECT record_api_key_calls(CAST(:counted AS jsonb), CAST(:refusals AS jsonb))")


def record_calls(engine: Engine, counted: Sequence[CountedCalls], refusals: Sequence[RefusedCall]) -> None:
    """Add what was counted, of any number of keys and tenants, by one statement."""
    values = {
        "counted": orjson.dumps(list(counted)).decode(),
        "refusals": orjson.dumps(list(refusals)).decode(),
    }
    with engine.begin() as connection:
        connection.execute(_RECORD, values)


_USAGE = text("""
    SELECT key_id, day, calls, refused FROM api_key_usage
    WHERE tenant_id = :tenant_id AND key_id = ANY (:key_ids) AND day BETWEEN :first AND :last
    ORDER BY key_id, day""")


def list_usage(
    connection: Connection, tenant_id: UUID, key_ids: Sequence[UUID], first: date, last: date
) -> list[DayOfUse]:
    """The days `first`…`last` of the keys on which there were calls."""
    own = {"tenant_id": tenant_id, "key_ids": list(key_ids), "first": first, "last": last}
    return [DayOfUse(*row) for row in connection.execute(_USAGE, own)]


_REFUSED = Narrowed(
    """
    SELECT r.call_id, r.at, r.key_id, coalesce(k.name, ''), r.method, r.route, r.status, r.code, r.request_id
    FROM refused_calls r LEFT JOIN api_keys k ON k.tenant_id = r.tenant_id AND k.key_id = r.key_id
    WHERE r.tenant_id = :tenant_id {narrowed}
    ORDER BY r.at DESC, r.call_id DESC LIMIT :limit""",
    {"key_id": "r.key_id = :key_id", "after_at": "(r.at, r.call_id) < (:after_at, :after_id)"},
)


def list_refused_calls(
    connection: Connection, tenant_id: UUID, *, key_id: UUID | None, limit: int, after: Position | None = None
) -> list[ListedRefusal]:
    """Refused calls, newest first; `after` is (at, call_id) of the last one seen."""
    after_at, after_id = (after.submitted_at, after.message_id) if after else (None, None)
    place = {"tenant_id": tenant_id, "key_id": key_id, "after_at": after_at, "after_id": after_id, "limit": limit}
    return [ListedRefusal(*row) for row in _REFUSED.rows(connection, place)]


def purge(connection: Connection, now: datetime) -> int:
    """Forget old refusals and old days; how many rows. For the worker."""
    refused = connection.execute(text("DELETE FROM refused_calls WHERE at < :before"), {"before": now - REFUSED_KEPT})
    days = connection.execute(
        text("DELETE FROM api_key_usage WHERE day < :before"), {"before": (now - USAGE_KEPT).date()}
    )
    return refused.rowcount + days.rowcount
