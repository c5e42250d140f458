"""Removing what can no longer matter."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

# Kept a while after their end: a replayed code must still be recognised as one, and people look at past sign-ins.
_STATEMENTS: Final[dict[str, str]] = {
    "codes": "DELETE FROM oidc_codes WHERE expires_at < now() - interval '1 day'",
    "refresh_tokens": "DELETE FROM oidc_refresh_tokens WHERE expires_at < now()",
    "logout_notices": (
        "DELETE FROM oidc_logout_notices WHERE created_at < now() - interval '7 days'"
        " OR delivered_at < now() - interval '1 day'"
    ),
    "families": (
        "DELETE FROM oidc_families AS family WHERE created_at < now() - interval '2 days'"
        " AND NOT EXISTS (SELECT 1 FROM oidc_refresh_tokens AS token WHERE token.family_id = family.family_id)"
        " AND NOT EXISTS (SELECT 1 FROM oidc_codes AS code WHERE code.family_id = family.family_id)"
    ),
    "sessions": "DELETE FROM oidc_sessions WHERE least(ended_at, expires_at) < now() - interval '30 days'",
    "denylist": "DELETE FROM oidc_denylist WHERE expires_at < now() - interval '1 hour'",
    "login_attempts": "DELETE FROM oidc_login_attempts WHERE window_ends_at < now()",
    # A signed-out browser may still hold an ID token of the old key as its hint.
    "signing_keys": "DELETE FROM oidc_signing_keys WHERE published_until < now() - interval '30 days'",
}


def purge_expired(conn: Connection) -> dict[str, int]:
    """Delete expired rows (role ``gateway_identity`` or ``gateway_worker``); returns how many, by kind."""
    return {kind: conn.execute(text(statement)).rowcount for kind, statement in _STATEMENTS.items()}
