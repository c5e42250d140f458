"""Notes about a tenant: for whoever looks after it, and never for the tenant."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.audit import audit_internally
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.models import notes as models
from gateway.api.models.filters import NoParameters, PageQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.store import notes as store
from gateway.store.accounts import Account, get_user
from gateway.store.connections import Connection

api = blueprint("notes", __name__, "Customer success")


@api.get("/internal/tenants/<tenantId>/notes", responses=answers(models.Notes))
def list_notes(path: models.NotesPath, query: models.NotesQuery) -> Response:
    """The notes about a tenant, newest first"""
    if query.deleted and not _admin():
        raise Problem(ProblemCode.FORBIDDEN, "Platform admins see what was deleted.")
    described = f"{path.tenant_id}:notes:{query.deleted}"
    after = cursors.to_id(query.cursor, described) if query.cursor else None
    with open_account(path.tenant_id) as (connection, account):
        rows = store.list_notes(
            connection, account.tenant_id, limit=query.limit + 1, after=after, deleted=query.deleted
        )
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return reply(
        models.Notes(
            items=[_told(note) for note in shown],
            next_cursor=cursors.from_id(shown[-1].note_id, described) if more else None,
        )
    )


@api.post("/internal/tenants/<tenantId>/notes", responses=answers(models.Note, 413, 415, created=True))
def create_note(path: models.NotesPath, query: NoParameters, body: models.NoteWrite) -> Response:
    """Write a note about a tenant; the tenant never sees it"""
    with open_account(path.tenant_id) as (connection, account):
        return once(connection, account.tenant_id, lambda: _create(connection, account, body))


@api.patch("/internal/tenants/<tenantId>/notes/<noteId>", responses=answers(models.Note, 409, 413, 415))
def change_note(path: models.NotePath, query: NoParameters, body: models.NoteChange) -> Response:
    """Let a note say something else: its author, and platform admins; what it said is kept"""
    with open_account(path.tenant_id) as (connection, account):
        note = _held(connection, account, path.note_id, body.based_on)
        if body.body != note.body:
            note = store.edit_note(connection, account.tenant_id, note, body.body, _writer(connection))
            audit_internally(connection, account, "note.edited", note.note_id, version=note.version)
        return reply(_told(note))


@api.delete("/internal/tenants/<tenantId>/notes/<noteId>", responses=answers(None, 409))
def delete_note(path: models.NotePath, query: models.NoteDeletion) -> Response:
    """Take a note out of the list: its author, and platform admins; what it said is kept for platform admins"""
    with open_account(path.tenant_id) as (connection, account):
        note = _held(connection, account, path.note_id, query.based_on)
        store.delete_note(connection, account.tenant_id, note, _writer(connection))
        audit_internally(connection, account, "note.deleted", note.note_id)
    return Response(status=204)


@api.get("/internal/tenants/<tenantId>/notes/<noteId>/history", responses=answers(models.NoteHistory))
def list_note_history(path: models.NotePath, query: PageQuery) -> Response:
    """What a note ever said, newest first; of a deleted one for platform admins alone"""
    described = f"{path.tenant_id}:note:{path.note_id}"
    before = cursors.to_id(query.cursor, described).int if query.cursor else None
    if before is not None and before > models.LARGEST_VERSION:
        before = models.LARGEST_VERSION
    with open_account(path.tenant_id) as (connection, account):
        _require(connection, account, path.note_id)
        rows = store.list_versions(connection, account.tenant_id, path.note_id, limit=query.limit + 1, before=before)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return reply(
        models.NoteHistory(
            items=[_version(row) for row in shown],
            next_cursor=cursors.from_id(UUID(int=shown[-1].version), described) if more else None,
        )
    )


def _create(connection: Connection, account: Account, body: models.NoteWrite) -> Response:
    note = store.create_note(connection, account.tenant_id, body.body, _writer(connection))
    audit_internally(connection, account, "note.created", note.note_id)
    return reply(_told(note), 201)


def _held(connection: Connection, account: Account, note_id: UUID, based_on: int) -> store.Note:
    """The note, the caller's to change and of the version they read. Raises Problem 404, 403, 409."""
    note = _require(connection, account, note_id)
    if not _may_change(note):
        raise Problem(ProblemCode.FORBIDDEN, "A note is changed by its author, or by a platform admin.")
    held = store.get_own_note_to_change(connection, account.tenant_id, note_id)
    if held is None or held.deleted_at is not None:
        raise Problem(ProblemCode.NOT_FOUND)
    if held.version != based_on:
        raise Problem(ProblemCode.CONFLICT, f"The note was changed meanwhile: version {held.version} holds.")
    return held


def _require(connection: Connection, account: Account, note_id: UUID) -> store.Note:
    note = store.get_note(connection, account.tenant_id, note_id)
    if note is None or (note.deleted_at is not None and not _admin()):
        raise Problem(ProblemCode.NOT_FOUND)
    return note


def _writer(connection: Connection) -> store.Writer:
    user = get_user(connection, principal().user_id)
    if user is None:
        raise Problem(ProblemCode.FORBIDDEN)
    return store.Writer(user.user_id, user.name or user.email, dependencies().now())


def _admin() -> bool:
    return "platform_admin" in principal().roles


def _may_change(note: store.Note) -> bool:
    return _admin() or note.author_id == principal().user_id


def _told(note: store.Note) -> models.Note:
    return models.Note(
        note_id=str(note.note_id),
        body=note.body,
        version=note.version,
        author_id=str(note.author_id),
        author_name=note.author_name,
        created_at=note.created_at,
        updated_at=note.updated_at,
        updated_by_name=note.updated_by_name,
        deleted_at=note.deleted_at,
        may_change=note.deleted_at is None and _may_change(note),
    )


def _version(row: store.NoteVersion) -> models.NoteVersion:
    return models.NoteVersion(
        version=row.version,
        kind=cast(models.VersionKind, row.kind),
        body=row.body,
        at=row.at,
        by_id=str(row.person_id),
        by_name=row.person_name,
    )
