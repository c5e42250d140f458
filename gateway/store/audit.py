"""The audit log: who did what to what, written in the transaction that did it; nobody changes it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

_RECORD = text("""
    INSERT INTO audit_events (tenant_id, actor_id, action, subject, details)
    VALUES (:tenant_id, :actor_id, :action, :subject, CAST(:details AS jsonb))""")


def record(
    connection: Connection,
    tenant_id: UUID,
    actor: UUID | None,
    action: str,
    subject: str,
    details: Mapping[str, Any],
) -> None:
    """Write one line. `actor` is a person or an API key (None: the platform itself), `action` a noun and a verb
    (`api_key.created`), `subject` the id of what it was done to, `details` what else helps; never a secret."""
    connection.execute(
        _RECORD,
        {
            "tenant_id": tenant_id,
            "actor_id": actor,
            "action": action,
            "subject": subject,
            "details": orjson.dumps(dict(details)).decode(),
        },
    )
