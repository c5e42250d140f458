"""API keys as people see them, and what they may choose for a new one. Instants are aware, in UTC."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum

SCOPES = ("sms:send", "sms:read", "billing:read")
MODES = ("live", "test")
LIFETIMES = ("30", "90", "180", "365", "never")
"""Days a new key may live."""

GRACES = (0, 900, 3600, 86_400)
"""Seconds that a rotated key goes on working."""

LONGEST_NAME = 80


class KeyStatus(StrEnum):
    ACTIVE = "active"
    EXPIRING = "expiring"
    GRACE = "grace"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def ended(self) -> bool:
        return self in {KeyStatus.EXPIRED, KeyStatus.REVOKED}

    @property
    def rotatable(self) -> bool:
        return self in {KeyStatus.ACTIVE, KeyStatus.EXPIRING}


class KeyWarning(StrEnum):
    STALE = "stale"
    NEVER_EXPIRES = "never_expires"
    UNUSED_WIDE = "unused_wide"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, which itself is not in it. ``calls`` are those of the last days, today last; ``refused`` their errors."""

    key_id: str
    name: str
    mode: str
    scopes: tuple[str, ...]
    prefix: str
    last_four: str
    status: KeyStatus
    warnings: tuple[KeyWarning, ...]
    allowed_ips: tuple[str, ...]
    created_by: str | None
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    works_until: dt.datetime | None
    last_used_at: dt.datetime | None
    calls: tuple[int, ...]
    refused: int

    @property
    def shown(self) -> str:
        """What people recognise it by."""
        return f"{self.prefix}…{self.last_four}"


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Some keys, newest first; ``next_cursor`` None: there are no more."""

    items: tuple[ApiKey, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key and, this once, how it reads."""

    key: ApiKey
    raw_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """What was chosen for a new key; ``lifetime`` is one of LIFETIMES."""

    name: str
    scopes: tuple[str, ...]
    mode: str
    lifetime: str
    allowed_ips: tuple[str, ...]

    def problems(self) -> dict[str, str]:
        """Field → code of everything that is wrong with it."""
        found = {}
        if not self.name:
            found["name"] = "missing"
        elif len(self.name) > LONGEST_NAME:
            found["name"] = "string_too_long"
        if not self.scopes:
            found["scopes"] = "too_short"
        if not all(_is_network(text) for text in self.allowed_ips):
            found["allowedIps"] = "network"
        return found

    def expires_at(self, now: dt.datetime) -> dt.datetime | None:
        """The end of its last day. The same all day long, so that a request sent again is the same request."""
        if self.lifetime not in LIFETIMES or self.lifetime == "never":
            return None
        end = now.astimezone(dt.UTC).date() + dt.timedelta(days=int(self.lifetime) + 1)
        return dt.datetime.combine(end, dt.time(), dt.UTC)


def lines_of(text: str) -> tuple[str, ...]:
    """Entries that were written one to a line, or with commas between them."""
    return tuple(filter(None, (part.strip() for part in text.replace(",", "\n").replace("،", "\n").splitlines())))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
