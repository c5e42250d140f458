"""Notes about an account: what is known of a customer beyond numbers."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound, UpstreamRefused
from portal.domain.internal_ports import NotesPort
from portal.domain.notes import Note, NotePage, NoteVersion, text_problem
from portal.domain.permissions import Act, require

CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class NoteService:
    """What internal users write. Each call asks for the actor's permission before the platform is asked."""

    port: NotesPort

    def list(self, tenant_id: str, *, cursor: str | None = None, actor: Actor) -> NotePage:
        """Some notes, newest first."""
        require(actor, Act.SEE_NOTES)
        return self.port.list_notes(tenant_id, cursor=cursor, actor=actor)

    def show(self, tenant_id: str, note_id: str, *, actor: Actor) -> NoteVersion:
        """What a note says now, with its version. Raises NotFound."""
        versions = self.history(tenant_id, note_id, actor=actor)
        if not versions or versions[0].kind == "deleted":
            raise NotFound("note")
        return versions[0]

    def history(self, tenant_id: str, note_id: str, *, actor: Actor) -> tuple[NoteVersion, ...]:
        """What a note ever said, newest first, fifty times at most. Raises NotFound."""
        require(actor, Act.SEE_NOTES)
        return self.port.list_versions(tenant_id, note_id, actor=actor)

    def write(self, tenant_id: str, body: str, *, idempotency_key: str, actor: Actor) -> Note:
        """A new note. Raises InvalidInput (``body``) for a text that is none, or too long."""
        require(actor, Act.WRITE_NOTES)
        _check(body)
        return self.port.create_note(tenant_id, body, idempotency_key=idempotency_key, actor=actor)

    def edit(self, tenant_id: str, note_id: str, body: str, *, based_on: int, actor: Actor) -> Note:
        """Raises InvalidInput as :meth:`write` does, and (``note``) when somebody changed it meanwhile; NotFound."""
        require(actor, Act.WRITE_NOTES)
        _check(body)
        try:
            return self.port.change_note(tenant_id, note_id, body, based_on=based_on, actor=actor)
        except UpstreamRefused as error:
            raise _meanwhile(error) from None

    def delete(self, tenant_id: str, note_id: str, *, based_on: int, actor: Actor) -> None:
        """Raises InvalidInput (``note``) when somebody changed it meanwhile. One that is gone already is no mistake."""
        require(actor, Act.WRITE_NOTES)
        try:
            self.port.delete_note(tenant_id, note_id, based_on=based_on, actor=actor)
        except NotFound:
            return
        except UpstreamRefused as error:
            raise _meanwhile(error) from None


def _check(body: str) -> None:
    if code := text_problem(body):
        raise InvalidInput(codes={"body": code})


def _meanwhile(error: UpstreamRefused) -> InvalidInput | UpstreamRefused:
    if error.code != CONFLICT:
        return error
    return InvalidInput(codes={"note": "note_changed"}, request_id=error.request_id)
