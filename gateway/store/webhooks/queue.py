"""Deliveries as they are worked off: what is due, who takes it, what came of it. For the worker's connection.

A delivery that is taken is due again when its lease ends, so a worker that dies loses nothing. The lease is also how
what comes of an attempt is matched with what was asked: whatever was changed meanwhile (a resend by hand, a recovery,
another worker after a lease that ran out) is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

MOST_PER_LOOK = 64


@dataclass(frozen=True, slots=True)
class Demand:
    """An endpoint with deliveries due: how many (MOST_PER_LOOK stands for more), and whether it failed lately."""

    tenant_id: UUID
    endpoint_id: UUID
    due: int
    failing: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery taken to be attempted. `lease` is when it is due again if nothing more is heard of it; `step` the
    attempts of its schedule that were made before."""

    tenant_id: UUID
    delivery_id: UUID
    endpoint_id: UUID
    event_id: UUID
    payload: str
    by_hand: bool
    is_test: bool
    step: int
    lease: datetime
    url: str
    sealed_secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt. `next_at` is when the schedule tries again, None when it does not."""

    claim: Claim
    succeeded: bool
    started_at: datetime
    ended_at: datetime
    latency_ms: int
    request_headers: Mapping[str, str]
    next_at: datetime | None = None
    http_status: int | None = None
    response_headers: Mapping[str, str] | None = None
    response_body: str | None = None
    response_truncated: bool = False
    error_kind: str | None = None
    error_detail: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fared over some attempts. `failing_from` is the first failure after the last success among them,
    None when the last attempt succeeded."""

    tenant_id: UUID
    endpoint_id: UUID
    last_success_at: datetime | None
    last_failure_at: datetime | None
    failing_from: datetime | None
    last_error: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """An endpoint after its health was recorded, and since when it had been failing before."""

    tenant_id: UUID
    endpoint_id: UUID
    status: str
    status_before: str
    failing_since: datetime | None
    last_failure_at: datetime | None
    last_failure_before: datetime | None


_DEMANDS = text("""
    SELECT e.tenant_id, e.endpoint_id, d.due, e.failing_since IS NOT NULL
    FROM webhook_endpoints e CROSS JOIN LATERAL (
        SELECT count(*) AS due FROM (
            SELECT FROM webhook_deliveries d
            WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.endpoint_id AND d.due_at <= now()
            LIMIT :most) found) d
    WHERE e.status = 'enabled' AND d.due > 0""")

_CLAIM = """
    WITH wanted AS (
        SELECT * FROM unnest(%(tenants)s::uuid[], %(endpoints)s::uuid[], %(counts)s::int[])
            AS w (tenant_id, endpoint_id, many)),
    picked AS (
        SELECT d.* FROM wanted w CROSS JOIN LATERAL (
            SELECT tenant_id, delivery_id FROM webhook_deliveries
            WHERE tenant_id = w.tenant_id AND endpoint_id = w.endpoint_id AND due_at <= now()
            ORDER BY due_at LIMIT w.many FOR UPDATE SKIP LOCKED) d)
    UPDATE webhook_deliveries d SET due_at = clock_timestamp() + %(lease)s::interval
    FROM picked p, webhook_endpoints e
    WHERE d.tenant_id = p.tenant_id AND d.delivery_id = p.delivery_id
      AND e.tenant_id = d.tenant_id AND e.endpoint_id = d.endpoint_id AND e.status = 'enabled'
    RETURNING d.tenant_id, d.delivery_id, d.endpoint_id, d.event_id, d.payload, d.by_hand, d.is_test, d.step, d.due_at,
              e.url, e.sealed_secret, e.previous_secret, e.previous_until"""

# "Ours": the lease is still the one that was taken. A resend that came meanwhile has put it aside in `resume_at`.
_SETTLE = """
    WITH given AS (
        SELECT * FROM unnest(
            %(tenant_id)s::uuid[], %(delivery_id)s::uuid[], %(lease)s::timestamptz[], %(by_hand)s::boolean[],
            %(succeeded)s::boolean[], %(next_at)s::timestamptz[], %(started_at)s::timestamptz[],
            %(ended_at)s::timestamptz[], %(latency_ms)s::int[], %(url)s::text[], %(request_headers)s::jsonb[],
            %(http_status)s::smallint[], %(response_headers)s::jsonb[], %(response_body)s::text[],
            %(response_truncated)s::boolean[], %(error_kind)s::text[], %(error_detail)s::text[])
            AS g (tenant_id, delivery_id, lease, by_hand, succeeded, next_at, started_at, ended_at, latency_ms, url,
                  request_headers, http_status, response_headers, response_body, response_truncated, error_kind,
                  error_detail)),
    judged AS (
        SELECT g.*, d.due_at IS NOT DISTINCT FROM g.lease AS ours,
               NOT g.by_hand AND d.resume_at IS NOT DISTINCT FROM g.lease AS aside,
               d.status = 'pending' AND NOT g.succeeded AND NOT g.by_hand AND g.next_at IS NULL
                   AND (d.due_at IS NOT DISTINCT FROM g.lease OR d.resume_at IS NOT DISTINCT FROM g.lease) AS exhausted
        FROM given g JOIN webhook_deliveries d ON d.tenant_id = g.tenant_id AND d.delivery_id = g.delivery_id
        ORDER BY d.tenant_id, d.delivery_id FOR UPDATE OF d),
    settled AS (
        UPDATE webhook_deliveries d
        SET attempts = d.attempts + 1, http_status = j.http_status, error_kind = j.error_kind,
            last_attempt_at = j.ended_at,
            status = CASE WHEN j.succeeded THEN 'succeeded' WHEN j.exhausted THEN 'failed' ELSE d.status END,
            completed_at = CASE WHEN (j.succeeded AND d.status <> 'succeeded') OR j.exhausted THEN j.ended_at
                                ELSE d.completed_at END,
            step = d.step + CASE WHEN j.by_hand OR NOT (j.ours OR j.aside) THEN 0 ELSE 1 END,
            by_hand = d.by_hand AND NOT j.ours,
            due_at = CASE WHEN j.succeeded THEN CASE WHEN d.by_hand AND NOT j.ours THEN d.due_at END
                          WHEN j.ours AND j.by_hand THEN d.resume_at
                          WHEN j.ours THEN j.next_at
                          ELSE d.due_at END,
            resume_at = CASE WHEN j.succeeded OR (j.ours AND j.by_hand) THEN NULL
                             WHEN j.aside THEN j.next_at
                             ELSE d.resume_at END
        FROM judged j WHERE d.tenant_id = j.tenant_id AND d.delivery_id = j.delivery_id
        RETURNING d.tenant_id, d.delivery_id, d.attempts)
    INSERT INTO webhook_attempts (tenant_id, delivery_id, number, at, by_hand, url, request_headers, http_status,
                                  response_headers, response_body, response_truncated, error_kind, error_detail,
                                  latency_ms)
    SELECT s.tenant_id, s.delivery_id, s.attempts, g.started_at, g.by_hand, g.url, g.request_headers, g.http_status,
           g.response_headers, g.response_body, g.response_truncated, g.error_kind, g.error_detail, g.latency_ms
    FROM settled s JOIN given g USING (tenant_id, delivery_id)"""

_HEALTH = """
    WITH given AS (
        SELECT * FROM unnest(
            %(tenant_id)s::uuid[], %(endpoint_id)s::uuid[], %(last_success_at)s::timestamptz[],
            %(last_failure_at)s::timestamptz[], %(failing_from)s::timestamptz[], %(last_error)s::text[],
            %(gone)s::boolean[])
            AS g (tenant_id, endpoint_id, last_success_at, last_failure_at, failing_from, last_error, gone)),
    locked AS (
        SELECT g.*,
               CASE WHEN g.failing_from IS NULL THEN CASE WHEN g.last_success_at IS NULL THEN e.failing_since END
                    WHEN g.last_success_at IS NOT NULL THEN g.failing_from
                    ELSE coalesce(e.failing_since, g.failing_from) END AS failing_since
        FROM given g JOIN webhook_endpoints e ON e.tenant_id = g.tenant_id AND e.endpoint_id = g.endpoint_id
        ORDER BY e.tenant_id, e.endpoint_id FOR UPDATE OF e),
    judged AS (
        SELECT l.*, CASE WHEN l.gone THEN 'gone'
                         WHEN l.last_failure_at - l.failing_since >= %(budget)s::interval THEN 'failing' END AS reason
        FROM locked l)
    UPDATE webhook_endpoints e
    SET last_success_at = greatest(e.last_success_at, j.last_success_at),
        last_failure_at = greatest(e.last_failure_at, j.last_failure_at),
        last_error = coalesce(j.last_error, e.last_error),
        failing_since = j.failing_since,
        status = CASE WHEN e.status = 'enabled' AND j.reason IS NOT NULL THEN 'auto_disabled' ELSE e.status END,
        status_reason = CASE WHEN e.status = 'enabled' THEN j.reason ELSE e.status_reason END,
        status_at = CASE WHEN e.status = 'enabled' AND j.reason IS NOT NULL THEN now() ELSE e.status_at END
    FROM judged j WHERE e.tenant_id = j.tenant_id AND e.endpoint_id = j.endpoint_id
    RETURNING e.tenant_id, e.endpoint_id, new.status, old.status, new.failing_since, new.last_failure_at,
              old.last_failure_at"""

_HOURS = """
    INSERT INTO webhook_hours AS h (tenant_id, endpoint_id, hour, succeeded, failed)
    SELECT * FROM unnest(%(tenant_id)s::uuid[], %(endpoint_id)s::uuid[], %(hour)s::timestamptz[],
                         %(succeeded)s::int[], %(failed)s::int[])
    ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, endpoint_id, hour) DO UPDATE
        SET succeeded = h.succeeded + excluded.succeeded, failed = h.failed + excluded.failed"""

_RELEASE = """
    UPDATE webhook_deliveries d SET due_at = now()
    FROM unnest(%(tenant_id)s::uuid[], %(delivery_id)s::uuid[], %(lease)s::timestamptz[])
        AS g (tenant_id, delivery_id, lease)
    WHERE d.tenant_id = g.tenant_id AND d.delivery_id = g.delivery_id AND d.due_at = g.lease"""

# What is owed is kept for as long as there is somebody to owe it to, be it disabled, or due again by hand.
_PRUNE = text("""
    WITH old AS (
        SELECT tenant_id, delivery_id FROM webhook_deliveries d
        WHERE created_at < now() - make_interval(days => :days)
          AND NOT (due_at IS NOT NULL AND EXISTS (
              SELECT FROM webhook_endpoints e WHERE e.tenant_id = d.tenant_id AND e.endpoint_id = d.endpoint_id))
        ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED),
    attempts AS (
        DELETE FROM webhook_attempts a USING old
        WHERE a.tenant_id = old.tenant_id AND a.delivery_id = old.delivery_id),
    deliveries AS (
        DELETE FROM webhook_deliveries d USING old
        WHERE d.tenant_id = old.tenant_id AND d.delivery_id = old.delivery_id)
    SELECT count(*) FROM old""")
_PRUNE_HOURS = text("DELETE FROM webhook_hours WHERE hour < now() - make_interval(days => :days)")


def list_demands(connection: Connection) -> list[Demand]:
    """Enabled endpoints that have something due."""
    return [Demand(*row) for row in connection.execute(_DEMANDS, {"most": MOST_PER_LOOK})]


def claim(connection: Connection, shares: Iterable[tuple[UUID, UUID, int]], lease: timedelta) -> list[Claim]:
    """Take up to so many due deliveries of each (tenant, endpoint), those that are due longest."""
    wanted = list(shares)
    if not wanted:
        return []
    tenants, endpoints, counts = (list(column) for column in zip(*wanted, strict=True))
    given = {"tenants": tenants, "endpoints": endpoints, "counts": counts, "lease": lease}
    return [Claim(*row) for row in connection.exec_driver_sql(_CLAIM, given)]


def settle(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Record what came of attempts; each delivery may be among them once."""
    columns: dict[str, list[Any]] = {
        name: [getattr(outcome, name) for outcome in outcomes]
        for name in (
            "succeeded", "next_at", "started_at", "ended_at", "latency_ms", "http_status", "response_body",
            "response_truncated", "error_kind", "error_detail",
        )
    }  # fmt: skip
    for name in ("tenant_id", "delivery_id", "lease", "by_hand", "url"):
        columns[name] = [getattr(outcome.claim, name) for outcome in outcomes]
    for name in ("request_headers", "response_headers"):
        columns[name] = [_json(getattr(outcome, name)) for outcome in outcomes]
    connection.exec_driver_sql(_SETTLE, columns)


def record_health(connection: Connection, healths: Sequence[Health], budget: timedelta) -> list[Standing]:
    """Bring endpoints up to date; disables those that are gone or have failed for the whole budget."""
    names = (
        "tenant_id", "endpoint_id", "last_success_at", "last_failure_at", "failing_from", "last_error", "gone",
    )  # fmt: skip
    given: dict[str, Any] = {name: [getattr(health, name) for health in healths] for name in names}
    rows = connection.exec_driver_sql(_HEALTH, given | {"budget": budget})
    return [Standing(*row) for row in rows]


def count_hours(connection: Connection, counts: Mapping[tuple[UUID, UUID, datetime], tuple[int, int]]) -> None:
    """Add (succeeded, failed) attempts to (tenant, endpoint, hour)."""
    tenants, endpoints, hours = (list(column) for column in zip(*counts, strict=True))
    succeeded, failed = (list(column) for column in zip(*counts.values(), strict=True))
    connection.exec_driver_sql(
        _HOURS,
        {"tenant_id": tenants, "endpoint_id": endpoints, "hour": hours, "succeeded": succeeded, "failed": failed},
    )


def release(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give back what was taken and not attempted."""
    names = ("tenant_id", "delivery_id", "lease")
    connection.exec_driver_sql(_RELEASE, {name: [getattr(claim, name) for claim in claims] for name in names})


def prune(connection: Connection, *, days: int, limit: int = 5000) -> int:
    """Forget up to `limit` deliveries that are older, with their attempts; how many. Those still owed are kept."""
    return int(connection.execute(_PRUNE, {"days": days, "limit": limit}).scalar_one())


def prune_hours(connection: Connection, *, days: int) -> None:
    connection.execute(_PRUNE_HOURS, {"days": days})


def _json(value: Mapping[str, str] | None) -> str | None:
    return orjson.dumps(dict(value)).decode() if value is not None else None
