"""Saved views: each belongs to one person in one account. Row-level security shows them to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class View:
    """A named filter, as it was written."""

    view_id: UUID
    name: str
    filter: dict[str, Any]
    created_at: datetime
    updated_at: datetime


_COLUMNS = "view_id, name, filter, created_at, updated_at"
_OWN = "tenant_id = :tenant_id AND user_id = :user_id"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('views ' || CAST(:user_id AS text), 0))")
_LIST = text(f"SELECT {_COLUMNS} FROM saved_views WHERE {_OWN} ORDER BY lower(name), view_id")  # noqa: S608 — names of ours
_GET = text(f"SELECT {_COLUMNS} FROM saved_views WHERE {_OWN} AND view_id = :view_id")  # noqa: S608
_COUNT = text(f"SELECT count(*) FROM saved_views WHERE {_OWN}")  # noqa: S608
_TAKEN = text(f"""
    SELECT EXISTS (SELECT FROM saved_views WHERE {_OWN} AND lower(name) = lower(:name)
                   AND view_id IS DISTINCT FROM CAST(:view_id AS uuid))""")  # noqa: S608
_CREATE = text(f"""
    INSERT INTO saved_views (tenant_id, user_id, name, filter, created_at, updated_at)
    VALUES (:tenant_id, :user_id, :name, CAST(:filter AS jsonb), :now, :now)
    RETURNING {_COLUMNS}""")  # noqa: S608
_CHANGE = text(f"""
    UPDATE saved_views SET name = :name, filter = CAST(:filter AS jsonb), updated_at = :now
    WHERE {_OWN} AND view_id = :view_id
    RETURNING {_COLUMNS}""")  # noqa: S608
_DELETE = text(f"DELETE FROM saved_views WHERE {_OWN} AND view_id = :view_id")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Views:
    """The views of one person. `lock` makes counting, and asking for a name, hold until the transaction ends."""

    connection: Connection
    tenant_id: UUID
    user_id: UUID

    @property
    def _own(self) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, "user_id": self.user_id}

    def lock(self) -> None:
        self.connection.execute(_LOCK, self._own)

    def list(self) -> list[View]:
        return [View(*row) for row in self.connection.execute(_LIST, self._own)]

    def get(self, view_id: UUID) -> View | None:
        row = self.connection.execute(_GET, {**self._own, "view_id": view_id}).one_or_none()
        return View(*row) if row else None

    def count(self) -> int:
        found: int = self.connection.execute(_COUNT, self._own).scalar_one()
        return found

    def is_taken(self, name: str, *, apart_from: UUID | None = None) -> bool:
        """Whether another view has the name, in whatever capitals."""
        named = {**self._own, "name": name, "view_id": apart_from}
        return bool(self.connection.execute(_TAKEN, named).scalar_one())

    def create(self, name: str, asked: Mapping[str, Any], now: datetime) -> View:
        values = {**self._own, "name": name, "filter": _json(asked), "now": now}
        return View(*self.connection.execute(_CREATE, values).one())

    def change(self, view_id: UUID, name: str, asked: Mapping[str, Any], now: datetime) -> View:
        values = {**self._own, "view_id": view_id, "name": name, "filter": _json(asked), "now": now}
        return View(*self.connection.execute(_CHANGE, values).one())

    def delete(self, view_id: UUID) -> bool:
        """Whether there was one."""
        return self.connection.execute(_DELETE, {**self._own, "view_id": view_id}).rowcount == 1


def _json(asked: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(asked)).decode()
