"""Exporting the message log: asking for a file, following it, fetching and deleting it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound, PreviewIsReadOnly, UpstreamRefused
from portal.domain.exports import FORMATS, Export, ExportPage
from portal.domain.message_filter import MessageFilter
from portal.domain.permissions import Act, require
from portal.domain.ports import ExportsPort

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ExportService:
    """What people do with exports. Each call asks for the actor's permission before the platform is asked."""

    port: ExportsPort

    def list(self, *, actor: Actor) -> ExportPage:
        """The account's newest exports: all that it keeps at a time."""
        require(actor, Act.EXPORT_MESSAGES)
        return self.port.list_exports(limit=MOST_SHOWN, actor=actor)

    def show(self, export_id: str, *, actor: Actor) -> Export:
        require(actor, Act.EXPORT_MESSAGES)
        return self.port.get_export(export_id, actor=actor)

    def ask(
        self, wanted: MessageFilter, file_format: str, *, include_text: bool, idempotency_key: str, actor: Actor
    ) -> Export:
        """Have a file written. Raises InvalidInput for an unknown format, and when the account keeps all it may."""
        require(actor, Act.EXPORT_MESSAGES)
        if file_format not in FORMATS:
            raise InvalidInput(codes={"format": "invalid"})
        try:
            return self.port.create_export(
                wanted, file_format, include_text=include_text, idempotency_key=idempotency_key, actor=actor
            )
        except UpstreamRefused as error:
            if error.status == 409:
                raise InvalidInput(codes={"exports": "too_many_exports"}, request_id=error.request_id) from None
            raise

    def address(self, export_id: str, *, actor: Actor) -> str | None:
        """Where the file can be fetched in the next minutes; None while, or when no longer, there is one. Never in a
        preview: what leaves the platform in a file leaves it by a customer's decision."""
        if actor.preview_role is not None:
            raise PreviewIsReadOnly("files are for customers")
        return self.show(export_id, actor=actor).address

    def delete(self, export_id: str, *, actor: Actor) -> None:
        """Delete a file, or stop its being written. One that is gone already is no mistake."""
        require(actor, Act.EXPORT_MESSAGES)
        try:
            self.port.delete_export(export_id, actor=actor)
        except NotFound:
            return
