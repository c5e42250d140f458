"""Opaque places in a list. A cursor belongs to the query that gave it; anything else fails cleanly with 422.

The check value is no secret and protects nothing: what a cursor leads to is still read behind the tenant's wall. It
makes truncated, edited or mixed-up cursors an error instead of a wrong page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.api.problems import invalid
from gateway.store.positions import Position

_CHECK_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seal(payload: bytes, query: str) -> str:
    """URL-safe text of `payload`, bound to the `query` (its filters, without limit and cursor)."""
    return base64.urlsafe_b64encode(_check(payload, query) + payload).decode().rstrip("=")


def unseal(cursor: str, query: str) -> bytes:
    """The payload. Raises Problem 422 for anything `seal` did not make for this query."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    check, payload = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(payload, query) or seal(payload, query) != cursor:
        raise _refused()
    return payload


def from_position(position: Position, query: str) -> str:
    microseconds = (position.submitted_at - _EPOCH) // timedelta(microseconds=1)
    return seal(microseconds.to_bytes(8, "big", signed=True) + position.message_id.bytes, query)


def to_position(cursor: str, query: str) -> Position:
    payload = unseal(cursor, query)
    if len(payload) != 24:
        raise _refused()
    try:
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(payload[:8], "big", signed=True))
    except OverflowError:
        raise _refused() from None
    return Position(moment, UUID(bytes=payload[8:]))


def from_id(last: UUID, query: str) -> str:
    """For lists in the order of their ids."""
    return seal(last.bytes, query)


def to_id(cursor: str, query: str) -> UUID:
    payload = unseal(cursor, query)
    if len(payload) != 16:
        raise _refused()
    return UUID(bytes=payload)


def from_name(name: str, tenant_id: UUID, query: str) -> str:
    return seal(tenant_id.bytes + name.encode(), query)


def to_name(cursor: str, query: str) -> tuple[str, UUID]:
    payload = unseal(cursor, query)
    try:
        return payload[16:].decode(), UUID(bytes=payload[:16])
    except ValueError:
        raise _refused() from None


def _check(payload: bytes, query: str) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECK_BYTES, key=hashlib.sha256(query.encode()).digest()).digest()


def _refused() -> Exception:
    return invalid("cursor", "cursor", "This cursor does not belong to this query; start again without it.")
