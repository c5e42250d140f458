"""Answers kept for requests that come again (`Idempotency-Key`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key: the request it came with, and the answer it got, sealed under the key itself."""

    fingerprint: bytes
    status: int
    sealed_answer: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A key with the answer it got, both known at once."""

    key_hash: bytes
    fingerprint: bytes
    status: int
    sealed_answer: bytes
    expires_at: datetime


# A second request with the same key waits here until the first is committed or rolled back.
_TAKE = text("""
    INSERT INTO idempotency_keys AS k (tenant_id, key_hash, fingerprint, expires_at)
    VALUES (:tenant_id, :key_hash, :fingerprint, :expires_at)
    ON CONFLICT (tenant_id, key_hash) DO UPDATE
        SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, status = NULL, sealed_answer = NULL,
            created_at = now()
        WHERE k.expires_at <= :now
    RETURNING true""")
_FIND = text("""
    SELECT fingerprint, status, sealed_answer FROM idempotency_keys
    WHERE tenant_id = :tenant_id AND key_hash = :key_hash""")
_KEEP = text("""
    UPDATE idempotency_keys SET status = :status, sealed_answer = :sealed_answer
    WHERE tenant_id = :tenant_id AND key_hash = :key_hash""")
_PURGE = text("DELETE FROM idempotency_keys WHERE expires_at <= :now")


def take(
    connection: Connection,
    tenant_id: UUID,
    key_hash: bytes,
    fingerprint: bytes,
    *,
    now: datetime,
    expires_at: datetime,
) -> Kept | None:
    """Claim the key for this transaction; the answer it got before when it was used already.

    A claim that is rolled back leaves nothing behind. Answered is always what was committed.
    """
    own = {"tenant_id": tenant_id, "key_hash": key_hash}
    claim = {**own, "fingerprint": fingerprint, "now": now, "expires_at": expires_at}
    if connection.execute(_TAKE, claim).first() is not None:
        return None
    row = connection.execute(_FIND, own).one()
    return Kept(bytes(row[0]), row[1], bytes(row[2]))


def keep(connection: Connection, tenant_id: UUID, key_hash: bytes, status: int, sealed_answer: bytes) -> None:
    """Keep the answer of a claimed key, in the transaction that claimed it."""
    connection.execute(
        _KEEP, {"tenant_id": tenant_id, "key_hash": key_hash, "status": status, "sealed_answer": sealed_answer}
    )


def purge(connection: Connection, now: datetime) -> int:
    """Forget keys whose time is over; how many. For the worker."""
    return connection.execute(_PURGE, {"now": now}).rowcount
