"""Notes about a tenant, for whoever looks after it. Row-level security shows them to no customer.

A note's every text is kept as a version; deleting one is its last version, and takes it out of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from gateway.store.narrowing import Narrowed


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is now. `version` grows with each change; `deleted_at` is None while it is shown."""

    note_id: UUID
    body: str
    version: int
    author_id: UUID
    author_name: str
    created_at: datetime
    updated_at: datetime
    updated_by_name: str
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """What a note said from then on; `kind` is "created", "edited" or "deleted"."""

    version: int
    kind: str
    body: str
    at: datetime
    person_id: UUID
    person_name: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, by the name they have now, and when."""

    person_id: UUID
    name: str
    now: datetime


_COLUMNS = "note_id, body, version, author_id, author_name, created_at, updated_at, updated_by_name, deleted_at"
_ONE = "tenant_id = :tenant_id AND note_id = :note_id"
_LIST = """
    SELECT {columns} FROM tenant_notes
    WHERE tenant_id = :tenant_id AND {shown} {{narrowed}}
    ORDER BY note_id DESC LIMIT :limit"""
_SHOWN, _DELETED = (
    Narrowed(_LIST.format(columns=_COLUMNS, shown=shown), {"after": "note_id < :after"})
    for shown in ("deleted_at IS NULL", "deleted_at IS NOT NULL")
)
_GET = text(f"SELECT {_COLUMNS} FROM tenant_notes WHERE {_ONE}")  # noqa: S608 — names of ours
_GET_TO_CHANGE = text(f"SELECT {_COLUMNS} FROM tenant_notes WHERE {_ONE} FOR UPDATE")  # noqa: S608
_CREATE = text(f"""
    INSERT INTO tenant_notes (tenant_id, body, author_id, author_name, created_at, updated_at, updated_by_name)
    VALUES (:tenant_id, :body, :person, :name, :now, :now, :name) RETURNING {_COLUMNS}""")  # noqa: S608
_CHANGE = text(f"""
    UPDATE tenant_notes SET body = :body, version = version + 1, updated_at = :now, updated_by_name = :name,
        deleted_at = CASE WHEN :deleted THEN CAST(:now AS timestamptz) END
    WHERE {_ONE} RETURNING {_COLUMNS}""")  # noqa: S608
_KEEP = text("""
    INSERT INTO tenant_note_versions (tenant_id, note_id, version, kind, body, at, person_id, person_name)
    VALUES (:tenant_id, :note_id, :version, :kind, :body, :now, :person, :name)""")
_HISTORY = Narrowed(
    f"""
    SELECT version, kind, body, at, person_id, person_name FROM tenant_note_versions
    WHERE {_ONE} {{narrowed}} ORDER BY version DESC LIMIT :limit""",  # noqa: S608
    {"before": "version < :before"},
)


def list_notes(
    connection: Connection, tenant_id: UUID, *, limit: int, after: UUID | None = None, deleted: bool = False
) -> list[Note]:
    """The newest notes, or those before the note `after`; with `deleted` those that are gone from the list."""
    values = {"tenant_id": tenant_id, "after": after, "limit": limit}
    return [Note(*row) for row in (_DELETED if deleted else _SHOWN).rows(connection, values)]


def get_note(connection: Connection, tenant_id: UUID, note_id: UUID) -> Note | None:
    """The note, a deleted one too."""
    row = connection.execute(_GET, {"tenant_id": tenant_id, "note_id": note_id}).one_or_none()
    return Note(*row) if row else None


def get_own_note_to_change(connection: Connection, tenant_id: UUID, note_id: UUID) -> Note | None:
    """The note, held until the transaction ends. None also for one that is somebody else's to change: the database lets
    nobody hold what they could not write."""
    row = connection.execute(_GET_TO_CHANGE, {"tenant_id": tenant_id, "note_id": note_id}).one_or_none()
    return Note(*row) if row else None


def create_note(connection: Connection, tenant_id: UUID, body: str, by: Writer) -> Note:
    values = {"tenant_id": tenant_id, "body": body, **_signed(by)}
    note = Note(*connection.execute(_CREATE, values).one())
    _keep(connection, tenant_id, note, "created", by)
    return note


def edit_note(connection: Connection, tenant_id: UUID, note: Note, body: str, by: Writer) -> Note:
    """Let a note that is held say something else."""
    return _change(connection, tenant_id, note, body, by, deleted=False)


def delete_note(connection: Connection, tenant_id: UUID, note: Note, by: Writer) -> Note:
    """Take a note that is held out of the list."""
    return _change(connection, tenant_id, note, note.body, by, deleted=True)


def list_versions(
    connection: Connection, tenant_id: UUID, note_id: UUID, *, limit: int, before: int | None = None
) -> list[NoteVersion]:
    """What a note said, newest first, or what it said before a version."""
    values = {"tenant_id": tenant_id, "note_id": note_id, "before": before, "limit": limit}
    return [NoteVersion(*row) for row in _HISTORY.rows(connection, values)]


def _change(connection: Connection, tenant_id: UUID, note: Note, body: str, by: Writer, *, deleted: bool) -> Note:
    values = {"tenant_id": tenant_id, "note_id": note.note_id, "body": body, "deleted": deleted, **_signed(by)}
    changed = Note(*connection.execute(_CHANGE, values).one())
    _keep(connection, tenant_id, changed, "deleted" if deleted else "edited", by)
    return changed


def _keep(connection: Connection, tenant_id: UUID, note: Note, kind: str, by: Writer) -> None:
    values = {"tenant_id": tenant_id, "note_id": note.note_id, "version": note.version, "kind": kind, "body": note.body}
    connection.execute(_KEEP, {**values, **_signed(by)})


def _signed(by: Writer) -> dict[str, Any]:
    return {"person": by.person_id, "name": by.name, "now": by.now}
