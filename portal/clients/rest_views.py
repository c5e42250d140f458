"""Saved views over REST: ``/v1/views``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.message_filters import filter_body, read_filter
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import NotFound
from portal.domain.message_filter import MessageFilter
from portal.domain.params import as_uuid
from portal.domain.views import SavedView

_PATH = "/v1/views"


class RestViews:
    """:class:`portal.domain.ports.ViewsPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_views(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[SavedView, ...]:
        body = self._upstream.get(_PATH, tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return tuple(_view(item) for item in decode.items(body["items"]))

    def create_view(self, name: str, wanted: MessageFilter, *, idempotency_key: str, actor: Actor) -> SavedView:
        asked = {"name": name, "filter": filter_body(wanted)}
        body = self._upstream.post(_PATH, asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _view(body)

    def change_view(
        self, view_id: str, *, name: str | None = None, wanted: MessageFilter | None = None, actor: Actor
    ) -> SavedView:
        changes: dict[str, object] = {}
        if name is not None:
            changes["name"] = name
        if wanted is not None:
            changes["filter"] = filter_body(wanted)
        body = self._upstream.patch(_path(view_id), changes, actor=actor)
        with decode.answer():
            return _view(body)

    def delete_view(self, view_id: str, *, actor: Actor) -> None:
        self._upstream.delete(_path(view_id), actor=actor)


def _path(view_id: str) -> str:
    # Exactly the form the platform gives them: anything else names nothing, and is not worth a question.
    if as_uuid(view_id) != view_id:
        raise NotFound("view")
    return f"{_PATH}/{quote(view_id, safe='')}"


def _view(body: Json) -> SavedView:
    return SavedView(
        view_id=decode.text(body["viewId"]), name=decode.text(body["name"]), wanted=read_filter(body["filter"])
    )
