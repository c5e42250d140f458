"""The weights of health scores, version by version: none is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.domain.health import Input, Weights

_INPUTS = ", ".join(Input)
_COLUMNS = f"version, {_INPUTS}, changed_at, changed_by, changed_by_name, reason"


@dataclass(frozen=True, slots=True)
class Version:
    """Weights with who set them when and why; `changed_by` is None for those the platform began with."""

    weights: Weights
    changed_at: datetime
    changed_by: UUID | None
    changed_by_name: str | None
    reason: str


_LIST = text(f"SELECT {_COLUMNS} FROM health_weights ORDER BY version DESC LIMIT :limit")  # noqa: S608 — names of ours
_ALL = text(f"SELECT version, {_INPUTS} FROM health_weights")  # noqa: S608
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('health weights', 0))")
_ADD = text(f"""
    INSERT INTO health_weights ({_COLUMNS})
    SELECT max(version) + 1, {", ".join(f":{each}" for each in Input)}, :now, :person, :name, :reason
    FROM health_weights
    RETURNING {_COLUMNS}""")  # noqa: S608


def list_versions(connection: Connection, *, limit: int) -> list[Version]:
    """The latest versions, newest first: that one holds."""
    return [_version(row) for row in connection.execute(_LIST, {"limit": limit})]


def current_version(connection: Connection) -> Version:
    """The version that holds. There always is one for whoever may see it."""
    (newest,) = list_versions(connection, limit=1)
    return newest


def lock(connection: Connection) -> None:
    """Whoever else changes the weights waits until the caller's transaction ends."""
    connection.execute(_LOCK)


def add_version(
    connection: Connection, of: Mapping[Input, int], *, now: datetime, person: UUID, name: str, reason: str = ""
) -> Version:
    """Have these weights hold from now on."""
    values = {**{str(each): of[each] for each in Input}, "now": now, "person": person, "name": name, "reason": reason}
    return _version(connection.execute(_ADD, values).one())


def weights_by_version(connection: Connection) -> dict[int, Weights]:
    """Every version there has been."""
    return {row[0]: _weights(row) for row in connection.execute(_ALL)}


def _version(row: Any) -> Version:
    return Version(_weights(row), row[-4], row[-3], row[-2], row[-1])


def _weights(row: Any) -> Weights:
    return Weights(row[0], dict(zip(Input, row[1 : 1 + len(Input)], strict=True)))
