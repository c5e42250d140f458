"""The audit log: who did what to what, written in the transaction that did it; nobody changes it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from gateway.store.narrowing import Narrowed

_RECORD = text("""
    INSERT INTO audit_events (tenant_id, actor_id, action, subject, details, internal, platform_name)
    VALUES (:tenant_id, :actor_id, :action, :subject, CAST(:details AS jsonb), :internal,
            (SELECT coalesce(nullif(u.name, ''), u.email) FROM users u
             WHERE u.user_id = :actor_id AND u.user_type = 'internal'))""")


def record(
    connection: Connection,
    tenant_id: UUID,
    actor: UUID | None,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    *,
    internal: bool = False,
) -> None:
    """Write one line. `actor` is a person or an API key (None: the platform itself), `action` a noun and a verb
    (`api_key.created`), `subject` the id of what it was done to, `details` what else helps; never a secret.
    `internal`: no customer ever sees it."""
    connection.execute(
        _RECORD,
        {
            "tenant_id": tenant_id,
            "actor_id": actor,
            "action": action,
            "subject": subject,
            "details": orjson.dumps(dict(details)).decode(),
            "internal": internal,
        },
    )


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A line of the log. `actor_name` is the name a person or a key has now, None for one who is gone; of the
    platform's own people, for whom `actor_kind` is "internal", the name they had then.

    `reads` and `last_at` are there for lines about somebody's reading: how often within the line's time, until when.
    """

    audit_id: UUID
    at: datetime
    actor_id: UUID | None
    actor_kind: str
    actor_name: str | None
    action: str
    subject: str
    details: dict[str, Any]
    reads: int | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines: `what` is "reads" by the platform's own people, or "changes"; None is both. `of_customers`: only
    those that customers see, whoever asks."""

    what: str | None = None
    actor: UUID | None = None
    of_customers: bool = False


EVERYTHING = AuditFilter()
# Each is the predicate of an index. What a read is called: gateway/store/internal_reads.py.
_WHAT = {None: "true", "reads": "e.action LIKE '%.viewed'", "changes": "e.action NOT LIKE '%.viewed'"}
_LIST = """
    SELECT e.audit_id, e.at, e.actor_id,
           CASE WHEN e.platform_name IS NOT NULL THEN 'internal' WHEN e.actor_id IS NULL THEN 'platform'
                WHEN k.key_id IS NOT NULL THEN 'api_key' ELSE 'person' END,
           coalesce(e.platform_name, u.name, k.name), e.action, e.subject, e.details, r.reads, r.last_at
    FROM audit_events e
    LEFT JOIN users u ON u.tenant_id = e.tenant_id AND u.user_id = e.actor_id
    LEFT JOIN api_keys k ON k.tenant_id = e.tenant_id AND k.key_id = e.actor_id
    LEFT JOIN internal_reads r ON r.tenant_id = e.tenant_id AND r.audit_id = e.audit_id
    WHERE e.tenant_id = :tenant_id AND NOT (:of_customers AND e.internal) AND {what} {narrowed}
    ORDER BY e.audit_id DESC LIMIT :limit"""
_CONDITIONS = {"after": "e.audit_id < :after", "actor": "e.actor_id = :actor"}
_LISTS = {name: Narrowed(_LIST.replace("{what}", what), _CONDITIONS) for name, what in _WHAT.items()}


def list_events(
    connection: Connection,
    tenant_id: UUID,
    *,
    limit: int,
    after: UUID | None = None,
    wanted: AuditFilter = EVERYTHING,
) -> list[AuditEvent]:
    """The newest lines, or those before the line `after`; ids are in the order of time."""
    values = {
        "tenant_id": tenant_id,
        "after": after,
        "limit": limit,
        "actor": wanted.actor,
        "of_customers": wanted.of_customers,
    }
    return [AuditEvent(*row) for row in _LISTS[wanted.what].rows(connection, values)]
