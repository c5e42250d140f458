"""How likely a person is to recommend us: their answers, and questions they put away. Each sees their own alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.domain.health import NPS_DAYS


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody answered, without who it was."""

    at: datetime
    score: int
    comment: str


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('nps ' || CAST(:user_id AS text), 0))")
_LAST = text("SELECT max(at) FROM nps_answers WHERE tenant_id = :tenant_id AND user_id = :user_id")
_COMMENTS = text(f"""
    SELECT at, score, comment
    FROM nps_answers, (SELECT (CAST(:day AS date) + 1)::timestamp AT TIME ZONE :zone) AS d (stop)
    WHERE tenant_id = :tenant_id AND score IS NOT NULL AND at < stop AND at >= stop - interval '{NPS_DAYS} days'
    ORDER BY at DESC, answer_id DESC LIMIT :limit""")  # noqa: S608 — of the constant above
_ADD = text("""
    INSERT INTO nps_answers (tenant_id, user_id, at, score, comment)
    VALUES (:tenant_id, :user_id, :now, :score, :comment)""")


def lock(connection: Connection, user_id: UUID) -> None:
    """Whoever else answers for this person waits until the caller's transaction ends."""
    connection.execute(_LOCK, {"user_id": user_id})


def last_answer(connection: Connection, tenant_id: UUID, user_id: UUID) -> datetime | None:
    """When the person answered, or put the question away, for the last time."""
    found: datetime | None = connection.execute(_LAST, {"tenant_id": tenant_id, "user_id": user_id}).scalar()
    return found


def add_answer(
    connection: Connection, tenant_id: UUID, user_id: UUID, *, score: int | None, comment: str, now: datetime
) -> None:
    """Write down an answer from 0 to 10; None is a question put away."""
    connection.execute(
        _ADD, {"tenant_id": tenant_id, "user_id": user_id, "now": now, "score": score, "comment": comment}
    )


def list_comments(connection: Connection, tenant_id: UUID, day: date, time_zone: str, *, limit: int) -> list[Comment]:
    """The latest answers that count on a local day, newest first. Only whoever looks after the tenant sees any."""
    values = {"tenant_id": tenant_id, "day": day, "zone": time_zone, "limit": limit}
    return [Comment(*row) for row in connection.execute(_COMMENTS, values)]
