"""Which of the platform's own people looked at a tenant's data: lines of its audit log, condensed.

One person reading one kind of thing within a quarter of an hour is one line, counted. It is written in the transaction
that reads, by one statement: what was answered is in the log, or it was not answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

SLOT = timedelta(minutes=15)
VIEWED = ".viewed"
"""How the actions of such lines end."""

_RECORD = text(f"""
    WITH read AS (
        INSERT INTO internal_reads AS r (tenant_id, person_id, kind, slot, last_at)
        VALUES (:tenant_id, :person, :kind, date_bin(:slot, CAST(:now AS timestamptz), '2000-01-01T00:00Z'), :now)
        ON CONFLICT (tenant_id, person_id, kind, slot)
        DO UPDATE SET reads = r.reads + 1, last_at = greatest(r.last_at, excluded.last_at)
        RETURNING audit_id, reads),
    line AS (
        INSERT INTO audit_events (tenant_id, audit_id, at, actor_id, action, subject, details, internal, platform_name)
        SELECT :tenant_id, read.audit_id, :now, :person, :kind || '{VIEWED}', CAST(:tenant_id AS text),
               CAST(:details AS jsonb), :internal,
               (SELECT coalesce(nullif(u.name, ''), u.email) FROM users u
                WHERE u.user_id = :person AND u.user_type = 'internal')
        FROM read WHERE read.reads = 1)
    SELECT CASE WHEN read.reads > 1 THEN set_config('synchronous_commit', 'off', true) END FROM read
""")  # noqa: S608 — a constant of ours
# That somebody looked is on the disk before they are answered. How often besides may be some tenths of a second late
# for a server that loses its power: waiting for the disk cost more than most answers.


def record_read(
    connection: Connection,
    tenant_id: UUID,
    person: UUID,
    kind: str,
    details: Mapping[str, Any],
    *,
    now: datetime,
    internal: bool,
) -> None:
    """Count that `person` read something of `kind`; the first time within the slot of `now` is a line of the log.

    `internal`: it is about the customer and not theirs, and no customer sees the line.
    """
    connection.execute(
        _RECORD,
        {
            "tenant_id": tenant_id,
            "person": person,
            "kind": kind,
            "slot": SLOT,
            "now": now,
            "details": orjson.dumps(dict(details)).decode(),
            "internal": internal,
        },
    )
