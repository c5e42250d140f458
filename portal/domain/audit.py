"""An account's audit log: who changed what, and who of the platform's own people looked at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.domain import params as read
from portal.domain.params import Params


class ActorKind(StrEnum):
    """Who did something: somebody of the account, one of its API keys, one of the platform's people, the platform."""

    PERSON = "person"
    API_KEY = "api_key"
    INTERNAL = "internal"
    PLATFORM = "platform"


class What(StrEnum):
    """What lines are about; empty is everything."""

    ALL = ""
    READS = "reads"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines, and where to go on. ``tenant_id`` matters for internal users only."""

    what: What = What.ALL
    actor_id: str | None = None
    tenant_id: str | None = None
    cursor: str | None = None

    @classmethod
    def from_params(cls, params: Params) -> AuditFilter:
        """Read the address's parameters; what cannot be used is left out."""
        asked = read.one(params, "what")
        return cls(
            What(asked) if asked in set(What) else What.ALL,
            read.as_uuid(read.one(params, "actorId")),
            read.as_uuid(read.one(params, "tenantId")),
            read.one(params, "cursor", longest=400) or None,
        )

    def to_query_string(self) -> str:
        """The address's query, without ``?``."""
        return read.to_search(
            [
                ("tenantId", self.tenant_id or ""),
                ("what", self.what.value),
                ("actorId", self.actor_id or ""),
                ("cursor", self.cursor or ""),
            ]
        )

    def about(self, what: What) -> AuditFilter:
        """Lines of another kind, from the newest."""
        return replace(self, what=what, cursor=None)

    def by(self, actor_id: str | None) -> AuditFilter:
        """What one person or key did, from the newest."""
        return replace(self, actor_id=actor_id, cursor=None)

    def after(self, cursor: str | None) -> AuditFilter:
        return replace(self, cursor=cursor)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line. ``reads`` and ``last_at`` are there where somebody looked at something: how often, and until when."""

    audit_id: str
    at: dt.datetime
    actor_id: str | None
    actor_kind: ActorKind
    actor_name: str | None
    action: str
    details: Mapping[str, Any]
    reads: int | None = None
    last_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Newest first."""

    items: tuple[AuditEntry, ...]
    next_cursor: str | None
