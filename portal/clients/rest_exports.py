"""Exports of the message log over REST: ``/v1/messages/exports``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.message_filters import filter_body, read_filter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.exports import Export, ExportPage, ExportStatus
from portal.domain.message_filter import MessageFilter

_PATH = "/v1/messages/exports"


class RestExports:
    """:class:`portal.domain.ports.ExportsPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_exports(self, *, limit: int = 50, actor: Actor) -> ExportPage:
        body = self._upstream.get(_PATH, [("limit", str(limit))], actor=actor)
        with decode.answer():
            return ExportPage(
                items=tuple(_export(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def get_export(self, export_id: str, *, actor: Actor) -> Export:
        body = self._upstream.get(_path(export_id), actor=actor)
        with decode.answer():
            return _export(body)

    def create_export(
        self, wanted: MessageFilter, file_format: str, *, include_text: bool, idempotency_key: str, actor: Actor
    ) -> Export:
        asked = {"format": file_format, "includeText": include_text, "filter": filter_body(wanted)}
        body = self._upstream.post(_PATH, asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _export(body)

    def delete_export(self, export_id: str, *, actor: Actor) -> None:
        self._upstream.delete(_path(export_id), actor=actor)


def _path(export_id: str) -> str:
    # Exactly the form the platform gives them: anything else names nothing, and is not worth a question.
    if len(export_id) != 36 or not all(char in "0123456789abcdef-" for char in export_id):
        raise NotFound("export")
    return f"{_PATH}/{quote(export_id, safe='')}"


def _export(body: Json) -> Export:
    return Export(
        export_id=decode.text(body["exportId"]),
        status=ExportStatus(decode.text(body["status"])),
        file_format=decode.text(body["format"]),
        include_text=decode.flag(body["includeText"]),
        wanted=read_filter(body["filter"]),
        created_at=decode.instant(body["createdAt"]),
        created_by=decode.maybe_text(body.get("createdBy")),
        as_of=decode.maybe_instant(body.get("asOf")),
        rows_total=decode.integer(body["rowsTotal"]) if body.get("rowsTotal") is not None else None,
        rows_done=decode.integer(body["rowsDone"]),
        size_bytes=decode.integer(body["sizeBytes"]) if body.get("sizeBytes") is not None else None,
        expires_at=decode.maybe_instant(body.get("expiresAt")),
        problem=decode.maybe_text(body.get("problem")),
        address=decode.maybe_text(body.get("downloadUrl")),
    )
