"""Signing keys: one signs, several are published, so that a change is never noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

# Any constant will do; it only has to be the same in every worker.
_LOCK = 0x0137_0C1D


@dataclass(frozen=True)
class KeyRow:
    """A signing key. ``sealed_private`` opens only with the identity secret; ``signs``: its time has come."""

    kid: str
    public_jwk: Mapping[str, Any]
    sealed_private: bytes
    signs: bool
    published: bool


def lock_keys(conn: Connection) -> None:
    """Let one worker at a time make keys, until the transaction ends."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def list_keys(conn: Connection) -> list[KeyRow]:
    """Every key still kept, the preferred signing key first."""
    rows = conn.execute(
        text(
            "SELECT kid, public_jwk, sealed_private, signs_from <= now() AS signs,"
            " published_until IS NULL OR published_until > now() AS published"
            " FROM oidc_signing_keys ORDER BY signs_from DESC, kid"
        )
    )
    return [KeyRow(row.kid, row.public_jwk, bytes(row.sealed_private), row.signs, row.published) for row in rows]


def insert_key(
    conn: Connection,
    *,
    kid: str,
    public_jwk: Mapping[str, Any],
    sealed_private: bytes,
    lead_seconds: int,
    overlap_seconds: int,
) -> None:
    """Add a key that signs after ``lead_seconds``; older ones stay published ``overlap_seconds`` beyond that moment."""
    conn.execute(
        text(
            "UPDATE oidc_signing_keys SET published_until = now() + make_interval(secs => :seconds)"
            " WHERE published_until IS NULL"
        ),
        {"seconds": lead_seconds + overlap_seconds},
    )
    conn.execute(
        text(
            "INSERT INTO oidc_signing_keys (kid, public_jwk, sealed_private, signs_from)"
            " VALUES (:kid, :public_jwk, :sealed_private, now() + make_interval(secs => :lead))"
        ).bindparams(bindparam("public_jwk", type_=JSONB)),
        {"kid": kid, "public_jwk": dict(public_jwk), "sealed_private": sealed_private, "lead": lead_seconds},
    )
