"""Saved views of the message log: keeping a filter under a name, and finding it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.message_filter import MessageFilter
from portal.domain.permissions import Act, require
from portal.domain.ports import ViewsPort
from portal.domain.views import SavedView, name_problem

# What the platform says of a name, by what it means for a view.
_CODES = {"taken": "view_taken", "too_many": "too_many_views"}


@dataclass(frozen=True, slots=True)
class ViewService:
    """What people do with their views. Each call asks for the actor's permission before the platform is asked."""

    port: ViewsPort

    def list(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[SavedView, ...]:
        """The actor's own, by name: for whoever reads the log."""
        require(actor, Act.READ_MESSAGES)
        return self.port.list_views(tenant_id, actor=actor)

    def show(self, view_id: str, *, actor: Actor) -> SavedView:
        """One of them, for whoever may change it. Raises NotFound."""
        require(actor, Act.SAVE_VIEWS)
        for view in self.port.list_views(actor=actor):
            if view.view_id == view_id:
                return view
        raise NotFound("view")

    def save(self, name: str, wanted: MessageFilter, *, idempotency_key: str, actor: Actor) -> SavedView:
        """A new view. Raises InvalidInput for a name that cannot be, or is taken, and when there are too many."""
        require(actor, Act.SAVE_VIEWS)
        with _named(name):
            return self.port.create_view(name, wanted, idempotency_key=idempotency_key, actor=actor)

    def rename(self, view_id: str, name: str, *, actor: Actor) -> SavedView:
        """Raises InvalidInput as :meth:`save` does, and NotFound."""
        require(actor, Act.SAVE_VIEWS)
        with _named(name):
            return self.port.change_view(view_id, name=name, actor=actor)

    def update(self, view_id: str, wanted: MessageFilter, *, actor: Actor) -> SavedView:
        """Another filter under the same name. Raises NotFound."""
        require(actor, Act.SAVE_VIEWS)
        return self.port.change_view(view_id, wanted=wanted, actor=actor)

    def delete(self, view_id: str, *, actor: Actor) -> None:
        """Messages stay as they are. One that is gone already is no mistake."""
        require(actor, Act.SAVE_VIEWS)
        try:
            self.port.delete_view(view_id, actor=actor)
        except NotFound:
            return


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What is wrong with the name, in the words of views."""
    if code := name_problem(name):
        raise InvalidInput(codes={"name": code})
    try:
        yield
    except InvalidInput as error:
        codes = {field: _CODES.get(code, code) for field, code in error.codes.items()}
        raise InvalidInput(fields=error.fields, codes=codes, request_id=error.request_id) from None
