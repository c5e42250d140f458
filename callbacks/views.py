"""Saved views on the log's page: the menu's list, asked for when it is opened, and what is done with views."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props

from components.dialogs import closing_outputs, dialog_outputs
from components.forms import field_id, form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.messages import MessagesIds
from components.toasts import ToastsIds, failure_toast, toast
from components.views import ViewsIds, build_failure, build_views, view_of, while_asking
from components.views_forms import NAME_FIELDS, VIEW_FIELD, build_delete_form, build_rename_form, build_save_form
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.message_filter import MessageFilter
from portal.domain.permissions import Act, may
from portal.domain.views import left_view, open_view
from portal.i18n import t
from portal.i18n.bidi import isolate

SAVE, RENAME, DELETE = ViewsIds.SAVE_FORM, ViewsIds.RENAME_FORM, ViewsIds.DELETE_FORM
MOST_BEFORE = 20


def register(app: Dash) -> None:
    """Connect the menu and its dialogs. Changes leave the list alone: the menu asks for it anew whenever it opens."""
    address = State(MessagesIds.ADDRESS, "data")
    app.callback(
        Output(ViewsIds.LIST, "children"),
        Input(ViewsIds.ASKED, "data"),
        address,
        running=while_asking(),
        prevent_initial_call=True,
    )(show_views)
    app.callback(dialog_outputs(ViewsIds.SAVE), Input(ViewsIds.TO_SAVE, "data"), address, prevent_initial_call=True)(
        ask_for_name
    )
    for clicked, dialog, ask in (
        (ViewsIds.TO_RENAME, ViewsIds.RENAME, ask_about_name),
        (ViewsIds.TO_DELETE, ViewsIds.DELETE, ask_about_end),
    ):
        app.callback(dialog_outputs(dialog), Input(clicked, "data"), prevent_initial_call=True)(ask)
    app.callback(
        [*closing_outputs(ViewsIds.SAVE), *form_outputs(SAVE, NAME_FIELDS)],
        Input(submit_id(SAVE), "n_clicks"),
        State(submit_id(SAVE), "value"),
        address,
        *form_states(SAVE, NAME_FIELDS),
        running=while_sending(SAVE),
        prevent_initial_call=True,
    )(save_view)
    app.callback(
        [*closing_outputs(ViewsIds.RENAME), *form_outputs(RENAME, NAME_FIELDS)],
        Input(submit_id(RENAME), "n_clicks"),
        *form_states(RENAME, (VIEW_FIELD, *NAME_FIELDS)),
        running=while_sending(RENAME),
        prevent_initial_call=True,
    )(rename_view)
    app.callback(
        Output(ViewsIds.LIST, "children", allow_duplicate=True),
        Input(ViewsIds.TO_UPDATE, "data"),
        address,
        prevent_initial_call=True,
    )(update_view)
    app.callback(
        closing_outputs(ViewsIds.DELETE),
        Input(submit_id(DELETE), "n_clicks"),
        State(field_id(DELETE, VIEW_FIELD), "value"),
        running=while_sending(DELETE),
        prevent_initial_call=True,
    )(delete_view)


def show_views(asked: Any, search: str | None) -> Any:
    """The list for the log as it is now; ``asked["before"]``: its queries before, newest first."""
    wanted = MessageFilter.from_search(search)
    try:
        views = services().views.list(wanted.tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return build_failure(error, request_id())
    before = asked.get("before") if isinstance(asked, dict) else None
    earlier = [MessageFilter.from_search(str(query)) for query in before[:MOST_BEFORE]] if before else []
    return build_views(
        views,
        wanted,
        opened=open_view(views, wanted),
        left=left_view(views, wanted, earlier),
        may_change=may(actor(), Act.SAVE_VIEWS),
    )


def ask_for_name(clicked: str | None, search: str | None) -> Any:
    """Open the dialog about the filter in force."""
    return (True, build_save_form(MessageFilter.from_search(search))) if clicked else (no_update, no_update)


def ask_about_name(clicked: str | None) -> Any:
    return _ask(clicked, build_rename_form)


def ask_about_end(clicked: str | None) -> Any:
    return _ask(clicked, build_delete_form)


def _ask(clicked: str | None, build: Any) -> Any:
    """Open the dialog about the view whose button was used."""
    if not clicked:
        return no_update, no_update
    try:
        return True, build(services().views.show(view_of(clicked), actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        _tell(error)
        return no_update, no_update


def save_view(clicks: int | None, idempotency_key: str, search: str | None, name: str | None) -> list[Any]:
    """Keep the filter under the name; or say what is wrong beside it."""
    if not clicks:
        return [no_update] * 4
    wanted, called = MessageFilter.from_search(search), (name or "").strip()
    try:
        services().views.save(called, wanted, idempotency_key=idempotency_key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 2, *problems(NAME_FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("views.saved", name=isolate(called))))
    return [False, None, *no_problems(NAME_FIELDS)]


def rename_view(clicks: int | None, view_id: str | None, name: str | None) -> list[Any]:
    """Give it another name; or say what is wrong beside it. One that is gone meanwhile has no form any more."""
    if not clicks:
        return [no_update] * 4
    called = (name or "").strip()
    try:
        services().views.rename(view_id or "", called, actor=actor())
    except Unauthenticated:
        raise
    except NotFound as error:
        _tell(error)
    except PortalError as error:
        return [*[no_update] * 2, *problems(NAME_FIELDS, error, request_id())]
    else:
        set_props(ToastsIds.LATEST, toast(t("views.renamed", name=isolate(called))))
    return [False, None, *no_problems(NAME_FIELDS)]


def update_view(clicked: str | None, search: str | None) -> Any:
    """Keep the filter in force under the name of the view that was left. The menu has closed: nothing is drawn."""
    if not clicked:
        return no_update
    try:
        view = services().views.update(view_of(clicked), MessageFilter.from_search(search), actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        _tell(error)
    else:
        set_props(ToastsIds.LATEST, toast(t("views.updated", name=isolate(view.name))))
    return no_update


def delete_view(clicks: int | None, view_id: str | None) -> list[Any]:
    """Delete it; a failure is told in the corner, and the question stays."""
    if not clicks:
        return [no_update] * 2
    try:
        services().views.delete(view_id or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        _tell(error)
        return [no_update] * 2
    set_props(ToastsIds.LATEST, toast(t("views.deleted")))
    return [False, None]


def _tell(error: PortalError) -> None:
    gone = isinstance(error, NotFound)
    set_props(ToastsIds.LATEST, toast(t("views.gone"), "failed") if gone else failure_toast(error, request_id()))
