"""API keys: how they are written, when they work, and what is worth a warning about them.

A key is `gsk_live_` or `gsk_test_`, 36 random letters and digits (214 bits), and six more that are the CRC-32 of all
before them: a scanner knows a leaked key without asking anybody, and a typo is told from a key that is not known.
The first four random characters and the last four of all are shown to people; 166 bits stay secret.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from uuid import UUID

MARK = "gsk_"
SCOPES = ("sms:send", "sms:read", "billing:read")
MODES = ("live", "test")
LONGEST_GRACE = timedelta(days=1)
EXPIRES_SOON = timedelta(days=14)
STALE_AFTER = timedelta(days=90)
SETTLED_AFTER = timedelta(days=7)
"""A key that is new has a right to be unused."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK, _SHOWN = 36, 6, 4
_FORM = re.compile(r"gsk_(?:live|test)_[0-9A-Za-z]{42}")

Network = IPv4Network | IPv6Network


class Refusal(StrEnum):
    """Why a key does not open a door; recorded with the refused call."""

    REVOKED = "key_revoked"
    EXPIRED = "key_expired"
    ADDRESS = "address_not_allowed"
    CLOSED = "not_for_keys"
    SCOPE = "scope_missing"


class KeyStatus(StrEnum):
    """`EXPIRING` works for two more weeks at most; `GRACE` was rotated and works until its successor has taken over."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    GRACE = "grace"
    EXPIRED = "expired"
    REVOKED = "revoked"


class KeyWarning(StrEnum):
    STALE = "stale"
    NEVER_EXPIRES = "never_expires"
    UNUSED_WIDE = "unused_wide"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What decides about a call made with a key."""

    tenant_id: UUID
    key_id: UUID
    mode: str
    scopes: frozenset[str]
    allowed_ips: tuple[Network, ...]
    expires_at: datetime | None
    revoked_at: datetime | None
    works_until: datetime | None


def new_raw_key(mode: str) -> str:
    """A fresh key. It is shown once; what is stored of it is a keyed hash, `prefix_of` and the last four."""
    text = f"{MARK}{mode}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return text + _checksum(text)


def is_well_formed(text: str) -> bool:
    """Has `text` the form of a key, with the checksum that belongs to it?"""
    return bool(_FORM.fullmatch(text)) and _checksum(text[:-_CHECK]) == text[-_CHECK:]


def prefix_of(raw_key: str) -> str:
    """The beginning that people recognise a key by."""
    return raw_key[: len(MARK) + len("live_") + _SHOWN]


def last_four_of(raw_key: str) -> str:
    return raw_key[-_SHOWN:]


def refusal_of(key: KnownKey, scope: str | None, address: str | None, now: datetime) -> Refusal | None:
    """Why `key` does not open a door that asks for `scope` (None: no key opens it) to a caller from `address`."""
    if key.revoked_at is not None or (key.works_until is not None and key.works_until <= now):
        return Refusal.REVOKED
    if key.expires_at is not None and key.expires_at <= now:
        return Refusal.EXPIRED
    if key.allowed_ips and not _within(address, key.allowed_ips):
        return Refusal.ADDRESS
    if scope is None:
        return Refusal.CLOSED
    return None if scope in key.scopes else Refusal.SCOPE


def status_of(
    now: datetime, *, expires_at: datetime | None, revoked_at: datetime | None, works_until: datetime | None
) -> KeyStatus:
    if revoked_at is not None or (works_until is not None and works_until <= now):
        return KeyStatus.REVOKED
    if expires_at is not None and expires_at <= now:
        return KeyStatus.EXPIRED
    if works_until is not None:
        return KeyStatus.GRACE
    if expires_at is not None and expires_at <= now + EXPIRES_SOON:
        return KeyStatus.EXPIRING
    return KeyStatus.ACTIVE


def warnings_of(
    now: datetime,
    status: KeyStatus,
    *,
    scopes: Sequence[str],
    created_at: datetime,
    expires_at: datetime | None,
    last_used_at: datetime | None,
) -> list[KeyWarning]:
    """What the owner of a working key should look at."""
    if status not in {KeyStatus.ACTIVE, KeyStatus.EXPIRING}:
        return []
    found = []
    if (last_used_at or created_at) <= now - STALE_AFTER:
        found.append(KeyWarning.STALE)
    if expires_at is None:
        found.append(KeyWarning.NEVER_EXPIRES)
    if last_used_at is None and len(scopes) > 1 and created_at <= now - SETTLED_AFTER:
        found.append(KeyWarning.UNUSED_WIDE)
    return found


def rotated_expiry(now: datetime, created_at: datetime, expires_at: datetime | None) -> datetime | None:
    """When the successor of a key expires: it lives as long as the key was meant to, from now."""
    return None if expires_at is None else now + (expires_at - created_at)


def _within(address: str | None, networks: Sequence[Network]) -> bool:
    try:
        caller = ip_address(address or "")
    except ValueError:
        return False
    # A socket that listens for both families writes IPv4 callers as ::ffff:192.0.2.1.
    mapped = caller.ipv4_mapped if isinstance(caller, IPv6Address) else None
    return any((mapped or caller) in network for network in networks)


def _checksum(text: str) -> str:
    number, symbols = zlib.crc32(text.encode()), []
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_ALPHABET))
        symbols.append(_ALPHABET[rest])
    return "".join(reversed(symbols))
