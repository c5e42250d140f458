"""What compliance did with messages, by when it did it: read from the few events that tell of it, by an index of them.

A message is held, then let go or blocked. `queued` that is not a message's first event lets it go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class QueueMonth:
    """A local month by its first day."""

    month: date
    entered: int
    released: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from being held to the decision, over decisions; None without one."""

    median: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages held at this moment; `since` is when the oldest of them was submitted."""

    messages: int
    since: datetime | None


# As in the predicate of the index `message_events_holds` (migration 0023): the planner compares the two.
_STEP = "kind = 'status' AND (status IN ('held', 'blocked') OR (status = 'queued' AND seq > 1))"
_STEPS = f"""
    steps AS (
        SELECT tenant_id, submitted_at, message_id, seq, at, status::text AS status FROM message_events
        WHERE tenant_id = :tenant_id AND at >= :start AND at < :stop AND {_STEP})"""  # noqa: S608 — of the constant above

_MONTHS = text(f"""
    WITH {_STEPS}
    SELECT date_trunc('month', at AT TIME ZONE :zone)::date, count(*) FILTER (WHERE status = 'held'),
           count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'blocked')
    FROM steps GROUP BY 1 ORDER BY 1""")  # noqa: S608

# A message may be held again after it was let go: the decision is about the last time before it.
_WAITS = text(f"""
    WITH {_STEPS}
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY w.seconds), max(w.seconds)
    FROM steps s CROSS JOIN LATERAL (
        SELECT extract(epoch FROM greatest(s.at - h.at, interval '0'))::float8 AS seconds FROM message_events h
        WHERE h.tenant_id = s.tenant_id AND h.submitted_at = s.submitted_at AND h.message_id = s.message_id
          AND h.seq < s.seq AND h.kind = 'status' AND h.status = 'held'
        ORDER BY h.seq DESC LIMIT 1) w
    WHERE s.status <> 'held'""")  # noqa: S608

_WAITING = text("SELECT count(*), min(submitted_at) FROM messages WHERE tenant_id = :tenant_id AND status = 'held'")


def list_months(
    connection: Connection, tenant_id: UUID, start: datetime, stop: datetime, time_zone: str
) -> list[QueueMonth]:
    """What happened at `start` ≤ t < `stop`, by local month; months without anything are left out."""
    values = {"tenant_id": tenant_id, "start": start, "stop": stop, "zone": time_zone}
    return [QueueMonth(*row) for row in connection.execute(_MONTHS, values)]


def get_waits(connection: Connection, tenant_id: UUID, start: datetime, stop: datetime) -> Waits:
    """How long the messages had waited that were decided about at `start` ≤ t < `stop`."""
    values = {"tenant_id": tenant_id, "start": start, "stop": stop}
    return Waits(*connection.execute(_WAITS, values).one())


def get_waiting(connection: Connection, tenant_id: UUID) -> Waiting:
    return Waiting(*connection.execute(_WAITING, {"tenant_id": tenant_id}).one())
