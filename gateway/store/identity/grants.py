"""Authorization codes and rotating refresh tokens, grouped in families that are revoked as one.

The protocol's races are decided here, by single conditional updates: of many parallel callers exactly one wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from gateway.store.prepared import Direct, Prepared


@dataclass(frozen=True)
class CodeRow:
    """An authorization code that has just been redeemed."""

    family_id: UUID
    session_id: UUID
    user_id: UUID
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    auth_time: datetime
    amr: tuple[str, ...]


@dataclass(frozen=True)
class RefreshRow:
    """A refresh token with its family; ``usable`` is False once it has expired or the family or session ended."""

    token_hash: bytes
    family_id: UUID
    session_id: UUID
    user_id: UUID
    client_id: str
    scope: str
    auth_time: datetime
    usable: bool


class Rotation(Enum):
    """How a refresh token was answered."""

    ROTATED = "rotated"
    REPEATED = "repeated"
    """Used a moment ago, its successor is still unused: the same successor again."""
    REUSED = "reused"
    """Used before: the family has been revoked."""
    DEAD = "dead"
    """Expired, or the family is revoked already."""


@dataclass(frozen=True)
class Successor:
    token_hash: bytes
    sealed: bytes
    """The successor itself, sealed under the token that it replaces: the table alone reveals nothing."""


def insert_code(
    conn: Connection,
    *,
    code_hash: bytes,
    client_id: str,
    session_id: UUID,
    user_id: UUID,
    redirect_uri: str,
    scope: str,
    nonce: str | None,
    code_challenge: str,
    auth_time: datetime,
    amr: Sequence[str],
    lifetime_seconds: int,
) -> UUID:
    """Store a fresh code and the family that everything issued for it will belong to."""
    family_id: UUID = conn.execute(
        text(
            "INSERT INTO oidc_families (session_id, client_id, user_id)"
            " VALUES (:session_id, :client_id, :user_id) RETURNING family_id"
        ),
        {"session_id": session_id, "client_id": client_id, "user_id": user_id},
    ).scalar_one()
    conn.execute(
        text(
            "INSERT INTO oidc_codes (code_hash, family_id, redirect_uri, scope, nonce, code_challenge, auth_time, amr,"
            " expires_at) VALUES (:code_hash, :family_id, :redirect_uri, :scope, :nonce, :code_challenge, :auth_time,"
            " CAST(:amr AS text[]), now() + make_interval(secs => :lifetime))"
        ),
        {
            "code_hash": code_hash,
            "family_id": family_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "nonce": nonce,
            "code_challenge": code_challenge,
            "auth_time": auth_time,
            "amr": list(amr),
            "lifetime": lifetime_seconds,
        },
    )
    return family_id


def redeem_code(conn: Connection, code_hash: bytes, client_id: str) -> CodeRow | None:
    """Use up a code of this client. A second use revokes what the first one got (RFC 6749 §4.1.2) and returns None."""
    row = (
        conn.execute(
            text(
                "UPDATE oidc_codes AS code SET used_at = now() FROM oidc_families AS family"
                " WHERE code.code_hash = :code_hash AND family.family_id = code.family_id"
                "  AND family.client_id = :client_id AND code.used_at IS NULL AND code.expires_at > now()"
                " RETURNING family.family_id, family.session_id, family.user_id, code.redirect_uri, code.scope,"
                "  code.nonce, code.code_challenge, code.auth_time, code.amr"
            ),
            {"code_hash": code_hash, "client_id": client_id},
        )
        .mappings()
        .first()
    )
    if row is not None:
        return CodeRow(**{**row, "amr": tuple(row["amr"])})
    replayed: UUID | None = conn.execute(
        text(
            "SELECT family_id FROM oidc_codes JOIN oidc_families USING (family_id)"
            " WHERE code_hash = :code_hash AND client_id = :client_id AND used_at IS NOT NULL"
        ),
        {"code_hash": code_hash, "client_id": client_id},
    ).scalar_one_or_none()
    if replayed is not None:
        revoke_family(conn, replayed, reason="code replayed")
    return None


def insert_refresh_token(
    conn: Connection, *, token_hash: bytes, family_id: UUID, scope: str, lifetime_seconds: int
) -> None:
    """Store the first refresh token of a family and keep its session alive as long."""
    _insert_refresh_token(conn, token_hash, family_id, scope, lifetime_seconds)
    _keep_session(conn, family_id, lifetime_seconds)


def get_refresh_token(conn: Connection, token_hash: bytes) -> RefreshRow | None:
    row = (
        conn.execute(
            text(
                "SELECT token.token_hash, family.family_id, family.session_id, family.user_id, family.client_id,"
                " token.scope, session.auth_time,"
                " token.expires_at > now() AND family.revoked_at IS NULL AND session.ended_at IS NULL AS usable"
                " FROM oidc_refresh_tokens AS token JOIN oidc_families AS family USING (family_id)"
                " JOIN oidc_sessions AS session USING (session_id) WHERE token.token_hash = :token_hash"
            ),
            {"token_hash": token_hash},
        )
        .mappings()
        .first()
    )
    return RefreshRow(**{**row, "token_hash": bytes(row["token_hash"])}) if row else None


def rotate_refresh_token(
    conn: Connection,
    token_hash: bytes,
    *,
    successor: Successor,
    lifetime_seconds: int,
    leeway_seconds: int,
    unseal: Callable[[bytes], str | None],
) -> tuple[Rotation, str | None]:
    """Replace a refresh token by ``successor``, or say why not.

    Returns the outcome and, for REPEATED, the successor that the first caller got: a browser that sent several requests
    at once, or a client that lost the answer, must not look like a thief. Only while that successor is unused, and for
    ``leeway_seconds``; anything later is reuse and revokes the family (RFC 9700 §4.14.2).
    The update's row lock makes parallel callers wait for the winner's commit, so its successor is there to be read.
    """
    won = conn.execute(
        text(
            "UPDATE oidc_refresh_tokens AS token SET used_at = clock_timestamp(), successor_hash = :successor_hash,"
            " successor_sealed = :sealed"
            " FROM oidc_families AS family JOIN oidc_sessions AS session USING (session_id)"
            " WHERE token.token_hash = :token_hash AND token.used_at IS NULL AND token.expires_at > now()"
            "  AND family.family_id = token.family_id AND family.revoked_at IS NULL AND session.ended_at IS NULL"
            " RETURNING token.family_id, token.scope"
        ),
        {"token_hash": token_hash, "successor_hash": successor.token_hash, "sealed": successor.sealed},
    ).first()
    if won is not None:
        _insert_refresh_token(conn, successor.token_hash, won.family_id, won.scope, lifetime_seconds)
        _keep_session(conn, won.family_id, lifetime_seconds)
        return Rotation.ROTATED, None

    lost = conn.execute(
        text(
            "SELECT token.family_id, token.used_at IS NOT NULL AS used, token.successor_sealed,"
            " family.revoked_at IS NULL AND session.ended_at IS NULL AS alive,"
            " token.used_at >= clock_timestamp() - make_interval(secs => :leeway) AS recent,"
            " next.used_at IS NULL AND next.expires_at > now() AS successor_unused"
            " FROM oidc_refresh_tokens AS token JOIN oidc_families AS family USING (family_id)"
            " JOIN oidc_sessions AS session USING (session_id)"
            " LEFT JOIN oidc_refresh_tokens AS next ON next.token_hash = token.successor_hash"
            " WHERE token.token_hash = :token_hash"
        ),
        {"token_hash": token_hash, "leeway": leeway_seconds},
    ).first()
    if lost is None or not lost.used or not lost.alive:
        return Rotation.DEAD, None
    if leeway_seconds > 0 and lost.recent and lost.successor_unused:
        same = unseal(bytes(lost.successor_sealed))
        if same is not None:
            return Rotation.REPEATED, same
    revoke_family(conn, lost.family_id, reason="refresh token reused")
    return Rotation.REUSED, None


def revoke_family(conn: Connection, family_id: UUID, *, reason: str) -> bool:
    """Make every token of a family worthless, access tokens included; False when it already was."""
    changed = conn.execute(
        text(
            "UPDATE oidc_families SET revoked_at = now(), revoke_reason = :reason"
            " WHERE family_id = :family_id AND revoked_at IS NULL"
        ),
        {"family_id": family_id, "reason": reason},
    )
    return changed.rowcount == 1


def deny_token(conn: Connection, token_id: str, expires_at: datetime) -> None:
    """Refuse one access token until it expires by itself."""
    conn.execute(
        text(
            "INSERT INTO oidc_denylist (token_id, expires_at) VALUES (:token_id, :expires_at)"
            " ON CONFLICT (token_id) DO NOTHING"
        ),
        {"token_id": token_id, "expires_at": expires_at},
    )


_LIVE = Prepared(
    b"is_token_live",
    b"""SELECT 1 FROM oidc_families AS family
            JOIN oidc_sessions AS session ON session.session_id = family.session_id
            JOIN users ON users.user_id = session.user_id
        WHERE family.family_id = $1 AND family.session_id = $2 AND family.revoked_at IS NULL
          AND session.ended_at IS NULL AND users.disabled_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM oidc_denylist WHERE token_id = $3)""",
)


def is_token_live(engine: Engine, *, token_id: str, family_id: UUID, session_id: UUID) -> bool:
    """Whether nothing behind an access token was revoked: one statement of primary keys, asked with every call."""
    with Direct(engine) as direct:
        return direct.first(_LIVE, [str(family_id).encode(), str(session_id).encode(), token_id.encode()]) is not None


def _insert_refresh_token(
    conn: Connection, token_hash: bytes, family_id: UUID, scope: str, lifetime_seconds: int
) -> None:
    conn.execute(
        text(
            "INSERT INTO oidc_refresh_tokens (token_hash, family_id, scope, expires_at)"
            " VALUES (:token_hash, :family_id, :scope, now() + make_interval(secs => :lifetime))"
        ),
        {"token_hash": token_hash, "family_id": family_id, "scope": scope, "lifetime": lifetime_seconds},
    )


def _keep_session(conn: Connection, family_id: UUID, lifetime_seconds: int) -> None:
    conn.execute(
        text(
            "UPDATE oidc_sessions AS session SET last_seen_at = now(),"
            " expires_at = greatest(session.expires_at, now() + make_interval(secs => :lifetime))"
            " FROM oidc_families AS family WHERE family.family_id = :family_id"
            " AND session.session_id = family.session_id"
        ),
        {"family_id": family_id, "lifetime": lifetime_seconds},
    )
