"""Saved views of the message log: each person's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.models import views as models
from gateway.api.models.exports import ExportFilter
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem, invalid
from gateway.api.replies import reply
from gateway.store.accounts import Account
from gateway.store.connections import Connection
from gateway.store.views import View, Views

api = blueprint("views", __name__, "Saved views")

MOST_VIEWS = 50


@api.get("/views", responses=answers(models.SavedViews))
def list_views(query: TenantQuery) -> Response:
    """The caller's own views of the message log, by name; at most 50"""
    with open_account(query.tenant_id) as (connection, account):
        found = _views(connection, account).list()
    return reply(models.SavedViews(items=[_presented(view) for view in found]))


@api.post("/views", responses=answers(models.SavedView, 413, 415, created=True))
def create_view(query: NoParameters, body: models.ViewCreate) -> Response:
    """Save a filter of the message log under a name; nobody else sees it"""
    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: _create(_views(connection, account), body))


@api.patch("/views/<viewId>", responses=answers(models.SavedView, 413, 415))
def change_view(path: models.ViewPath, query: NoParameters, body: models.ViewChange) -> Response:
    """Rename a view, or save another filter under its name"""
    with open_account(None) as (connection, account):
        views = _views(connection, account)
        views.lock()
        view = _require(views, path.view_id)
        name = body.name or view.name
        if views.is_taken(name, apart_from=view.view_id):
            raise _taken()
        asked = _asked(body.filter) if body.filter is not None else view.filter
        return reply(_presented(views.change(view.view_id, name, asked, dependencies().now())))


@api.delete("/views/<viewId>", responses=answers(None))
def delete_view(path: models.ViewPath, query: NoParameters) -> Response:
    """Delete a view; messages stay as they are"""
    with open_account(None) as (connection, account):
        if not _views(connection, account).delete(path.view_id):
            raise Problem(ProblemCode.NOT_FOUND)
    return Response(status=204)


def _create(views: Views, body: models.ViewCreate) -> Response:
    views.lock()
    if views.is_taken(body.name):
        raise _taken()
    if views.count() >= MOST_VIEWS:
        raise invalid("name", "too_many", f"You have {MOST_VIEWS} views already; delete one first.")
    return reply(_presented(views.create(body.name, _asked(body.filter), dependencies().now())), 201)


def _views(connection: Connection, account: Account) -> Views:
    return Views(connection, account.tenant_id, principal().user_id)


def _require(views: Views, view_id: UUID) -> View:
    found = views.get(view_id)
    if found is None:
        raise Problem(ProblemCode.NOT_FOUND)
    return found


def _asked(wanted: ExportFilter) -> dict[str, Any]:
    return wanted.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _taken() -> Problem:
    return invalid("name", "taken", "You have a view of this name already.")


def _presented(view: View) -> models.SavedView:
    return models.SavedView(
        view_id=str(view.view_id),
        name=view.name,
        filter=view.filter,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )
