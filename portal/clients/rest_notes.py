"""Notes over REST: ``/v1/internal/tenants/{tenantId}/notes``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.notes import Note, NotePage, NoteVersion
from portal.domain.params import as_uuid


class RestNotes:
    """:class:`portal.domain.ports.NotesPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_notes(self, tenant_id: str, *, cursor: str | None = None, limit: int = 20, actor: Actor) -> NotePage:
        body = self._upstream.get(_notes(tenant_id), [("limit", str(limit)), ("cursor", cursor or "")], actor=actor)
        with decode.answer():
            return NotePage(
                tuple(_note(item) for item in decode.items(body["items"])), decode.maybe_text(body.get("nextCursor"))
            )

    def create_note(self, tenant_id: str, body: str, *, idempotency_key: str, actor: Actor) -> Note:
        made = self._upstream.post(_notes(tenant_id), {"body": body}, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _note(made)

    def change_note(self, tenant_id: str, note_id: str, body: str, *, based_on: int, actor: Actor) -> Note:
        changed = self._upstream.patch(_one(tenant_id, note_id), {"body": body, "basedOn": based_on}, actor=actor)
        with decode.answer():
            return _note(changed)

    def delete_note(self, tenant_id: str, note_id: str, *, based_on: int, actor: Actor) -> None:
        self._upstream.delete(_one(tenant_id, note_id), [("basedOn", str(based_on))], actor=actor)

    def list_versions(self, tenant_id: str, note_id: str, *, actor: Actor) -> tuple[NoteVersion, ...]:
        body = self._upstream.get(f"{_one(tenant_id, note_id)}/history", [("limit", "50")], actor=actor)
        with decode.answer():
            return tuple(_version(item) for item in decode.items(body["items"]))


def _notes(tenant_id: str) -> str:
    return f"/v1/internal/tenants/{_named(tenant_id, 'tenant')}/notes"


def _one(tenant_id: str, note_id: str) -> str:
    return f"{_notes(tenant_id)}/{_named(note_id, 'note')}"


def _named(value: str, what: str) -> str:
    # Exactly the form the platform gives them: anything else names nothing, and is not worth a question.
    if as_uuid(value) != value:
        raise NotFound(what)
    return quote(value, safe="")


def _note(body: Json) -> Note:
    deleted = body.get("deletedAt")
    return Note(
        note_id=decode.text(body["noteId"]),
        body=decode.text(body["body"]),
        version=decode.integer(body["version"]),
        author_name=decode.text(body["authorName"]),
        created_at=decode.instant(body["createdAt"]),
        updated_at=decode.instant(body["updatedAt"]),
        updated_by_name=decode.text(body["updatedByName"]),
        may_change=decode.flag(body["mayChange"]),
        deleted_at=None if deleted is None else decode.instant(deleted),
    )


def _version(body: Json) -> NoteVersion:
    return NoteVersion(
        version=decode.integer(body["version"]),
        kind=decode.text(body["kind"]),
        body=decode.text(body["body"]),
        at=decode.instant(body["at"]),
        by_name=decode.text(body["byName"]),
    )
