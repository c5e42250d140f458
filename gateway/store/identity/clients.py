"""Registered relying parties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class ClientRow:
    """One relying party. ``secret_hash`` is SHA-256: the secret itself is random and long, so it needs no slow hash."""

    client_id: str
    name: str
    secret_hash: bytes
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: tuple[str, ...]


def get_client(conn: Connection, client_id: str) -> ClientRow | None:
    row = (
        conn.execute(
            text(
                "SELECT client_id, name, secret_hash, redirect_uris, post_logout_redirect_uris, backchannel_logout_uri,"
                " scopes FROM oidc_clients WHERE client_id = :client_id"
            ),
            {"client_id": client_id},
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    return ClientRow(
        client_id=row["client_id"],
        name=row["name"],
        secret_hash=bytes(row["secret_hash"]),
        redirect_uris=tuple(row["redirect_uris"]),
        post_logout_redirect_uris=tuple(row["post_logout_redirect_uris"]),
        backchannel_logout_uri=row["backchannel_logout_uri"],
        scopes=tuple(row["scopes"]),
    )


def save_client(
    conn: Connection,
    *,
    client_id: str,
    name: str,
    secret_hash: bytes,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str],
    backchannel_logout_uri: str | None,
    scopes: Sequence[str],
) -> None:
    """Add a client, or bring the registered one to these values: start-up registers it again each time."""
    conn.execute(
        text(
            "INSERT INTO oidc_clients (client_id, name, secret_hash, redirect_uris, post_logout_redirect_uris,"
            " backchannel_logout_uri, scopes)"
            " VALUES (:client_id, :name, :secret_hash, CAST(:redirect_uris AS text[]), CAST(:post_logout AS text[]),"
            " :backchannel, CAST(:scopes AS text[]))"
            " ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, secret_hash = excluded.secret_hash,"
            " redirect_uris = excluded.redirect_uris,"
            " post_logout_redirect_uris = excluded.post_logout_redirect_uris,"
            " backchannel_logout_uri = excluded.backchannel_logout_uri, scopes = excluded.scopes"
        ),
        {
            "client_id": client_id,
            "name": name,
            "secret_hash": secret_hash,
            "redirect_uris": list(redirect_uris),
            "post_logout": list(post_logout_redirect_uris),
            "backchannel": backchannel_logout_uri,
            "scopes": list(scopes),
        },
    )
