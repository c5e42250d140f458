"""What a customer's manager writes into a review. Versions are added, and none is changed: nothing is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Comments:
    """One version; 0 is before anything was written. `texts`: by section, without empty ones."""

    version: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None
    changed_by_name: str | None = None


_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('qbr ' || CAST(:tenant_id AS text) || :period, 0))")
_LATEST = text("""
    SELECT version, texts, changed_at, changed_by_name FROM qbr_comments
    WHERE tenant_id = :tenant_id AND period = :period ORDER BY version DESC LIMIT 1""")
_OF_VERSION = text("""
    SELECT version, texts, changed_at, changed_by_name FROM qbr_comments
    WHERE tenant_id = :tenant_id AND period = :period AND version = :version""")
_ADD = text("""
    INSERT INTO qbr_comments (tenant_id, period, version, texts, changed_at, changed_by, changed_by_name)
    VALUES (:tenant_id, :period, :version, CAST(:texts AS jsonb), :now, :person, :name)
    RETURNING version, texts, changed_at, changed_by_name""")


def lock(connection: Connection, tenant_id: UUID, period: str) -> None:
    """Whoever else writes into this review waits until the caller's transaction ends."""
    connection.execute(_LOCK, {"tenant_id": tenant_id, "period": period})


def get_comments(connection: Connection, tenant_id: UUID, period: str, version: int | None = None) -> Comments:
    """The latest version, or the one named."""
    values: dict[str, Any] = {"tenant_id": tenant_id, "period": period}
    if version is None:
        row = connection.execute(_LATEST, values).first()
    else:
        row = connection.execute(_OF_VERSION, values | {"version": version}).first()
    return Comments(*row) if row is not None else Comments()


def add_version(
    connection: Connection,
    tenant_id: UUID,
    period: str,
    texts: Mapping[str, str],
    *,
    based_on: int,
    now: datetime,
    person: UUID,
    name: str,
) -> Comments:
    """Have these texts be the version after `based_on`, under the lock."""
    values = {
        "tenant_id": tenant_id, "period": period, "version": based_on + 1, "texts": orjson.dumps(dict(texts)).decode(),
        "now": now, "person": person, "name": name,
    }  # fmt: skip
    return Comments(*connection.execute(_ADD, values).one())
