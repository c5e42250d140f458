"""Sign-in sessions, and what has to be told to whom when one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

_COLUMNS = "session_id, user_id, auth_time, amr, created_at, last_seen_at, expires_at, ip, user_agent"


@dataclass(frozen=True)
class SessionRow:
    """One person signed in on one browser. ``ip`` and ``user_agent`` are those of the last sign-in."""

    session_id: UUID
    user_id: UUID
    auth_time: datetime
    amr: tuple[str, ...]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip: str | None
    user_agent: str | None


def insert_session(
    conn: Connection,
    *,
    user_id: UUID,
    cookie_hash: bytes,
    amr: Sequence[str],
    ip: str | None,
    user_agent: str | None,
    lifetime_seconds: int,
) -> SessionRow:
    row = conn.execute(
        text(
            "INSERT INTO oidc_sessions (user_id, cookie_hash, amr, ip, user_agent, expires_at)"  # noqa: S608
            " VALUES (:user_id, :cookie_hash, CAST(:amr AS text[]), :ip, :user_agent,"
            " now() + make_interval(secs => :lifetime))"
            f" RETURNING {_COLUMNS}"
        ),
        {
            "user_id": user_id,
            "cookie_hash": cookie_hash,
            "amr": list(amr),
            "ip": ip,
            "user_agent": user_agent,
            "lifetime": lifetime_seconds,
        },
    ).mappings()
    return _session(row.one())


def renew_session(
    conn: Connection,
    session_id: UUID,
    *,
    cookie_hash: bytes,
    amr: Sequence[str],
    ip: str | None,
    user_agent: str | None,
) -> SessionRow | None:
    """Note that the same person signed in again, under a new cookie; None when the session ended meanwhile."""
    row = (
        conn.execute(
            text(
                "UPDATE oidc_sessions SET cookie_hash = :cookie_hash, amr = CAST(:amr AS text[]), ip = :ip,"  # noqa: S608
                " user_agent = :user_agent, auth_time = now(), last_seen_at = now()"
                " WHERE session_id = :session_id AND ended_at IS NULL"
                f" RETURNING {_COLUMNS}"
            ),
            {
                "session_id": session_id,
                "cookie_hash": cookie_hash,
                "amr": list(amr),
                "ip": ip,
                "user_agent": user_agent,
            },
        )
        .mappings()
        .first()
    )
    return _session(row) if row else None


def get_session_by_cookie(conn: Connection, cookie_hash: bytes, *, signed_in_within: int) -> SessionRow | None:
    """The live session of a browser whose last password entry is at most ``signed_in_within`` seconds old."""
    row = (
        conn.execute(
            text(
                f"SELECT {_COLUMNS} FROM oidc_sessions WHERE cookie_hash = :cookie_hash AND ended_at IS NULL"  # noqa: S608
                " AND expires_at > now() AND auth_time > now() - make_interval(secs => :within)"
            ),
            {"cookie_hash": cookie_hash, "within": signed_in_within},
        )
        .mappings()
        .first()
    )
    return _session(row) if row else None


def get_live_session(conn: Connection, session_id: UUID) -> SessionRow | None:
    row = (
        conn.execute(
            text(
                f"SELECT {_COLUMNS} FROM oidc_sessions"  # noqa: S608
                " WHERE session_id = :session_id AND ended_at IS NULL AND expires_at > now()"
            ),
            {"session_id": session_id},
        )
        .mappings()
        .first()
    )
    return _session(row) if row else None


def list_sessions(conn: Connection, user_id: UUID, *, limit: int, before: UUID | None = None) -> list[SessionRow]:
    """A user's live sessions, newest first; ``before`` continues below that session id (ids grow with time)."""
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM oidc_sessions"  # noqa: S608
            " WHERE user_id = :user_id AND ended_at IS NULL AND expires_at > now()"
            " AND (CAST(:before AS uuid) IS NULL OR session_id < CAST(:before AS uuid))"
            " ORDER BY session_id DESC LIMIT :limit"
        ),
        {"user_id": user_id, "before": before, "limit": limit},
    ).mappings()
    return [_session(row) for row in rows]


def end_sessions(
    conn: Connection,
    *,
    reason: str,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    keep: UUID | None = None,
) -> list[UUID]:
    """End the sessions named by id, by user, or by both (an id that is not the user's ends nothing), but ``keep``.

    Their token families are revoked, and a logout notice is queued for every client that was signed in through them and
    wants one: all in the caller's transaction, so a crash can neither lose a notice nor send one for nothing.
    Returns the ids that ended now.
    """
    if session_id is None and user_id is None:
        raise ValueError("end_sessions needs a session or a user")
    ended: list[UUID] = list(
        conn.execute(
            text(
                "UPDATE oidc_sessions SET ended_at = now(), end_reason = :reason WHERE ended_at IS NULL"
                " AND (CAST(:session_id AS uuid) IS NULL OR session_id = CAST(:session_id AS uuid))"
                " AND (CAST(:user_id AS uuid) IS NULL OR user_id = CAST(:user_id AS uuid))"
                " AND session_id IS DISTINCT FROM CAST(:keep AS uuid)"
                " RETURNING session_id"
            ),
            {"reason": reason, "session_id": session_id, "user_id": user_id, "keep": keep},
        ).scalars()
    )
    if ended:
        conn.execute(
            text(
                "UPDATE oidc_families SET revoked_at = now(), revoke_reason = :reason"
                " WHERE session_id = ANY(CAST(:ended AS uuid[])) AND revoked_at IS NULL"
            ),
            {"reason": reason, "ended": ended},
        )
        conn.execute(
            text(
                "INSERT INTO oidc_logout_notices (client_id, session_id, user_id)"
                " SELECT DISTINCT client_id, session_id, user_id"
                " FROM oidc_families JOIN oidc_clients USING (client_id)"
                " WHERE session_id = ANY(CAST(:ended AS uuid[])) AND backchannel_logout_uri IS NOT NULL"
            ),
            {"ended": ended},
        )
    return ended


@dataclass(frozen=True)
class LogoutNotice:
    """A back-channel logout to deliver; ``attempt`` counts from 1."""

    notice_id: UUID
    client_id: str
    uri: str
    session_id: UUID
    user_id: UUID
    attempt: int


def claim_logout_notices(
    conn: Connection, *, limit: int, retry_seconds: Sequence[int], session_ids: Sequence[UUID] | None = None
) -> list[LogoutNotice]:
    """Take due notices for delivery, each by one worker only.

    A claim moves the notice's next attempt ahead by ``retry_seconds[attempt]`` at once: if this process dies, the
    notice is simply due again then. After the last of them it is given up.
    """
    rows = conn.execute(
        text(
            "WITH due AS ("
            " SELECT notice_id FROM oidc_logout_notices"
            " WHERE delivered_at IS NULL AND next_attempt_at <= now() AND attempts < cardinality(CAST(:retry AS int[]))"
            " AND (CAST(:sessions AS uuid[]) IS NULL OR session_id = ANY(CAST(:sessions AS uuid[])))"
            " ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED)"
            " UPDATE oidc_logout_notices AS notice SET attempts = attempts + 1,"
            "  next_attempt_at = now() + make_interval(secs => (CAST(:retry AS int[]))[attempts + 1])"
            " FROM due, oidc_clients AS client"
            " WHERE notice.notice_id = due.notice_id AND client.client_id = notice.client_id"
            "  AND client.backchannel_logout_uri IS NOT NULL"
            " RETURNING notice.notice_id, notice.client_id, client.backchannel_logout_uri AS uri, notice.session_id,"
            "  notice.user_id, notice.attempts AS attempt"
        ),
        {
            "limit": limit,
            "retry": list(retry_seconds),
            "sessions": list(session_ids) if session_ids is not None else None,
        },
    ).mappings()
    return [LogoutNotice(**row) for row in rows]


def settle_logout_notice(conn: Connection, notice_id: UUID, *, problem: str | None) -> None:
    """Record how an attempt went: delivered when ``problem`` is None."""
    conn.execute(
        text(
            "UPDATE oidc_logout_notices SET last_problem = :problem,"
            " delivered_at = CASE WHEN CAST(:problem AS text) IS NULL THEN now() END WHERE notice_id = :notice_id"
        ),
        {"notice_id": notice_id, "problem": problem},
    )


def _session(row: RowMapping) -> SessionRow:
    values: dict[str, Any] = dict(row)
    values["amr"] = tuple(row["amr"])
    values["ip"] = str(row["ip"]) if row["ip"] is not None else None
    return SessionRow(**values)
