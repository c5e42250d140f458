"""API keys: found by their hash when somebody calls, kept and changed within their tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, text

from gateway.domain.api_keys import KnownKey
from gateway.store.narrowing import Narrowed
from gateway.store.positions import Position
from gateway.store.prepared import Direct, Prepared, binary


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is listed; `creator` is the name of who made it, None for one who is gone."""

    key_id: UUID
    name: str
    mode: str
    scopes: tuple[str, ...]
    prefix: str
    last_four: str
    allowed_ips: tuple[IPv4Network | IPv6Network, ...]
    creator: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    works_until: datetime | None
    rotated_from: UUID | None
    successor_id: UUID | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to store: what people chose, and what is kept of the raw key."""

    name: str
    mode: str
    scopes: Sequence[str]
    allowed_ips: Sequence[str]
    expires_at: datetime | None
    prefix: str
    last_four: str
    key_hash: bytes
    created_by: UUID
    created_at: datetime
    rotated_from: UUID | None = None


_FIND_BY_HASH = Prepared(b"find_api_key", b"SELECT to_json(k) FROM find_api_key($1) AS k")


def find_by_hash(engine: Engine, key_hash: bytes) -> KnownKey | None:
    """The key that has this hash, of whichever tenant: one indexed read, without a transaction around it."""
    with Direct(engine) as direct:
        row = direct.first(_FIND_BY_HASH, [binary(key_hash)])
    if row is None or row[0] is None:
        return None
    found = orjson.loads(row[0])
    return KnownKey(
        UUID(found["tenant_id"]),
        UUID(found["key_id"]),
        found["mode"],
        frozenset(found["scopes"]),
        tuple(ip_network(network) for network in found["allowed_ips"]),
        *(datetime.fromisoformat(at) if (at := found[name]) is not None else None for name in _MOMENTS),
    )


_MOMENTS = ("expires_at", "revoked_at", "works_until")
_SELECT = """
    SELECT k.key_id, k.name, k.mode, k.scopes, k.prefix, k.last_four, k.allowed_ips, u.name, k.created_at, k.expires_at,
           k.revoked_at, k.works_until, k.rotated_from, k.successor_id, k.last_used_at
    FROM api_keys k LEFT JOIN users u ON u.tenant_id = k.tenant_id AND u.user_id = k.created_by
    WHERE k.tenant_id = :tenant_id"""
_LIST = Narrowed(
    f"{_SELECT} {{narrowed}} ORDER BY k.created_at DESC, k.key_id DESC LIMIT :limit",
    {"after_at": "(k.created_at, k.key_id) < (:after_at, :after_id)"},
)
_GET = text(f"{_SELECT} AND k.key_id = :key_id")
_LOCK = text("SELECT true FROM api_keys WHERE tenant_id = :tenant_id AND key_id = :key_id FOR UPDATE")


def list_keys(connection: Connection, tenant_id: UUID, *, limit: int, after: Position | None = None) -> list[KeyRow]:
    """The tenant's keys, newest first; `after` is (created_at, key_id) of the last one seen."""
    after_at, after_id = (after.submitted_at, after.message_id) if after else (None, None)
    place = {"tenant_id": tenant_id, "after_at": after_at, "after_id": after_id, "limit": limit}
    return [_row(row) for row in _LIST.rows(connection, place)]


def get_key(connection: Connection, tenant_id: UUID, key_id: UUID) -> KeyRow | None:
    row = connection.execute(_GET, {"tenant_id": tenant_id, "key_id": key_id}).first()
    return _row(row) if row is not None else None


def lock_key(connection: Connection, tenant_id: UUID, key_id: UUID) -> KeyRow | None:
    """The key, held until the transaction ends: whoever else wants to change it waits and then sees what was done."""
    own = {"tenant_id": tenant_id, "key_id": key_id}
    return get_key(connection, tenant_id, key_id) if connection.execute(_LOCK, own).first() is not None else None


_CREATE = text("""
    INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash, allowed_ips, created_by,
                          created_at, expires_at, rotated_from)
    VALUES (:tenant_id, :name, :mode, :scopes, :prefix, :last_four, :key_hash, CAST(:allowed_ips AS cidr[]),
            :created_by, :created_at, :expires_at, :rotated_from)
    RETURNING key_id""")


def create_key(connection: Connection, tenant_id: UUID, key: NewKey) -> UUID:
    """Store a key and return its id."""
    created: UUID = connection.execute(
        _CREATE,
        {
            "tenant_id": tenant_id,
            "name": key.name,
            "mode": key.mode,
            "scopes": list(key.scopes),
            "prefix": key.prefix,
            "last_four": key.last_four,
            "key_hash": key.key_hash,
            "allowed_ips": list(key.allowed_ips),
            "created_by": key.created_by,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "rotated_from": key.rotated_from,
        },
    ).scalar_one()
    return created


_CHANGE = {
    "name": "name = :name",
    "allowed_ips": "allowed_ips = CAST(:allowed_ips AS cidr[])",
    "expires_at": "expires_at = :expires_at",
}


def change_key(connection: Connection, tenant_id: UUID, key_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set the given ones of name, allowed_ips and expires_at."""
    names = [name for name in _CHANGE if name in changes]
    if not names:
        return
    assignments = ", ".join(_CHANGE[name] for name in names)
    connection.execute(
        text(f"UPDATE api_keys SET {assignments} WHERE tenant_id = :tenant_id AND key_id = :key_id"),  # noqa: S608
        {"tenant_id": tenant_id, "key_id": key_id, **{name: changes[name] for name in names}},
    )


def succeed_key(
    connection: Connection, tenant_id: UUID, key_id: UUID, successor_id: UUID, *, works_until: datetime, ended: bool
) -> None:
    """Tie a key to its successor; `ended` says that it stops now and not after a grace."""
    connection.execute(
        text("""
            UPDATE api_keys SET successor_id = :successor_id, works_until = :works_until,
                                revoked_at = CASE WHEN :ended THEN CAST(:works_until AS timestamptz) END
            WHERE tenant_id = :tenant_id AND key_id = :key_id"""),
        {
            "tenant_id": tenant_id,
            "key_id": key_id,
            "successor_id": successor_id,
            "works_until": works_until,
            "ended": ended,
        },
    )


def revoke_key(connection: Connection, tenant_id: UUID, key_id: UUID, now: datetime) -> bool:
    """End a key; False when it had ended before, which stays as it was."""
    statement = text("""
        UPDATE api_keys SET revoked_at = :now
        WHERE tenant_id = :tenant_id AND key_id = :key_id AND revoked_at IS NULL""")
    changed = connection.execute(statement, {"tenant_id": tenant_id, "key_id": key_id, "now": now})
    return changed.rowcount == 1


@dataclass(frozen=True, slots=True)
class EndedKey:
    """A rotated key whose grace is over."""

    tenant_id: UUID
    key_id: UUID
    name: str
    ended_at: datetime


def end_graces(connection: Connection, now: datetime) -> list[EndedKey]:
    """Write down the end of keys whose grace is over (they stopped working by themselves). For the worker."""
    # Rows that somebody else holds are left for the next time, so that no two wait for each other.
    rows = connection.execute(
        text("""
            UPDATE api_keys SET revoked_at = works_until
            WHERE (tenant_id, key_id) IN (
                SELECT tenant_id, key_id FROM api_keys WHERE works_until <= :now AND revoked_at IS NULL
                FOR UPDATE SKIP LOCKED)
            RETURNING tenant_id, key_id, name, revoked_at"""),
        {"now": now},
    )
    return [EndedKey(*row) for row in rows]


def _row(row: Any) -> KeyRow:
    key_id, name, mode, scopes, prefix, last_four, allowed_ips, *rest = row
    return KeyRow(key_id, name, mode, tuple(scopes), prefix, last_four, tuple(allowed_ips), *rest)
