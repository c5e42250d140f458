"""Counting sign-in attempts, in the database so that every worker counts the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Attempts:
    """How often a bucket was used in its window, and the seconds until that window ends (at least 1)."""

    count: int
    resets_in: int


def count_attempt(conn: Connection, bucket: bytes, window_seconds: int) -> Attempts:
    """Count one attempt *before* it is judged, so that parallel guesses cannot slip past the limit.

    The window is fixed from its first attempt: waiting as long as ``resets_in`` says is always enough.
    """
    row = conn.execute(
        text(
            "INSERT INTO oidc_login_attempts AS known (bucket, attempts, window_ends_at)"
            " VALUES (:bucket, 1, clock_timestamp() + make_interval(secs => :seconds))"
            " ON CONFLICT (bucket) DO UPDATE SET"
            "  attempts = CASE WHEN known.window_ends_at <= clock_timestamp() THEN 1 ELSE known.attempts + 1 END,"
            "  window_ends_at = CASE WHEN known.window_ends_at <= clock_timestamp()"
            "   THEN excluded.window_ends_at ELSE known.window_ends_at END"
            " RETURNING attempts, greatest(1, ceil(extract(epoch FROM window_ends_at - clock_timestamp())))::int"
        ),
        {"bucket": bucket, "seconds": window_seconds},
    ).one()
    return Attempts(count=row[0], resets_in=row[1])


def take_back_attempt(conn: Connection, bucket: bytes) -> None:
    """Uncount one attempt that turned out to be honest (or was never judged)."""
    conn.execute(
        text("UPDATE oidc_login_attempts SET attempts = greatest(0, attempts - 1) WHERE bucket = :bucket"),
        {"bucket": bucket},
    )


def clear_attempts(conn: Connection, bucket: bytes) -> None:
    conn.execute(text("DELETE FROM oidc_login_attempts WHERE bucket = :bucket"), {"bucket": bucket})
