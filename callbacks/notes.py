"""Notes on an account's page: the list anew, older ones, and the dialogs that write, change, delete and look back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, Patch, State, ctx, html, no_update, set_props
from dash.development.base_component import Component

from components.dialogs import closing_outputs, dialog_outputs
from components.forms import field_id, form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.notes import (
    DELETE_TYPE,
    EDIT_TYPE,
    HISTORY_TYPE,
    NotesIds,
    build_failure,
    build_foot,
    build_history,
    build_items,
    build_notes,
)
from components.notes_forms import (
    NOTE_FIELD,
    TEXT_FIELDS,
    VERSION_FIELD,
    build_delete_form,
    build_edit_form,
    build_preview,
    build_write_form,
    preview_id,
    show_id,
)
from components.toasts import ToastsIds, failure_toast, toast
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.notes import LONGEST_NOTE
from portal.domain.params import from_search, one
from portal.domain.permissions import Act, require
from portal.i18n import t

LOCATION = "_pages_location"
WRITE, EDIT, DELETE = NotesIds.WRITE_FORM, NotesIds.EDIT_FORM, NotesIds.DELETE_FORM


def register(app: Dash) -> None:
    """Connect the card; its first data comes with the page's."""
    whose = State(LOCATION, "search")
    changed = Output(NotesIds.CHANGED, "data", allow_duplicate=True)
    app.callback(Output(NotesIds.LIST, "children"), Input(NotesIds.CHANGED, "data"), whose, prevent_initial_call=True)(
        show_notes
    )
    app.callback(
        Output(NotesIds.LATER, "children"),
        Output(NotesIds.FOOT, "children"),
        Input(NotesIds.MORE, "n_clicks"),
        State(NotesIds.MORE, "value"),
        State(NotesIds.LATER, "children"),
        whose,
        prevent_initial_call=True,
    )(append_notes)
    app.callback(dialog_outputs(NotesIds.WRITE), Input(NotesIds.NEW, "n_clicks"), prevent_initial_call=True)(
        ask_for_note
    )
    for kind, dialog, ask in (
        (EDIT_TYPE, NotesIds.EDIT, ask_about_change),
        (DELETE_TYPE, NotesIds.DELETE, ask_about_end),
        (HISTORY_TYPE, NotesIds.HISTORY, show_history),
    ):
        clicked = Input({"type": kind, "noteId": ALL}, "n_clicks")
        app.callback(dialog_outputs(dialog), clicked, whose, prevent_initial_call=True)(ask)
    for form in (WRITE, EDIT):
        app.callback(
            Output(preview_id(form), "children"),
            Input(show_id(form), "n_clicks"),
            State(field_id(form, "body"), "value"),
            prevent_initial_call=True,
        )(show_preview)
    app.callback(
        [*closing_outputs(NotesIds.WRITE), changed, *form_outputs(WRITE, TEXT_FIELDS)],
        Input(submit_id(WRITE), "n_clicks"),
        State(submit_id(WRITE), "value"),
        whose,
        *form_states(WRITE, TEXT_FIELDS),
        running=while_sending(WRITE),
        prevent_initial_call=True,
    )(write_note)
    app.callback(
        [*closing_outputs(NotesIds.EDIT), changed, *form_outputs(EDIT, TEXT_FIELDS)],
        Input(submit_id(EDIT), "n_clicks"),
        whose,
        *form_states(EDIT, (NOTE_FIELD, VERSION_FIELD, *TEXT_FIELDS)),
        running=while_sending(EDIT),
        prevent_initial_call=True,
    )(edit_note)
    app.callback(
        [*closing_outputs(NotesIds.DELETE), changed, *form_outputs(DELETE, ())],
        Input(submit_id(DELETE), "n_clicks"),
        whose,
        *form_states(DELETE, (NOTE_FIELD, VERSION_FIELD)),
        running=while_sending(DELETE),
        prevent_initial_call=True,
    )(delete_note)


def show_notes(_changed: str | None, search: str | None) -> Any:
    """The list anew, after something was changed."""
    try:
        return build_notes(services().notes.list(_tenant(search), actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        retry = html.A(t("state.retry"), href=search or "", className="btn btn-outline-secondary btn-sm")
        return build_failure(error, retry, request_id())


def append_notes(clicks: int | None, cursor: str | None, before: Any, search: str | None) -> Any:
    """Older notes, below those already there; these stay whatever happens."""
    if not clicks or not cursor:
        return no_update, no_update
    try:
        page = services().notes.list(_tenant(search), cursor=cursor, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return no_update, build_foot(cursor, error)
    if not before:
        return build_items(page), build_foot(page.next_cursor)
    later = Patch()
    later.extend(build_items(page))
    return later, build_foot(page.next_cursor)


def ask_for_note(clicks: int | None) -> Any:
    """Open the form of a new note."""
    return (True, build_write_form()) if clicks else (no_update, no_update)


def ask_about_change(clicks: list[int | None], search: str | None) -> Any:
    return _ask(
        clicks, search, lambda note: build_edit_form(note, services().notes.show(_tenant(search), note, actor=actor()))
    )


def ask_about_end(clicks: list[int | None], search: str | None) -> Any:
    return _ask(
        clicks,
        search,
        lambda note: build_delete_form(note, services().notes.show(_tenant(search), note, actor=actor())),
    )


def show_history(clicks: list[int | None], search: str | None) -> Any:
    """What a note ever said."""
    return _ask(
        clicks, search, lambda note: build_history(services().notes.history(_tenant(search), note, actor=actor()))
    )


def _ask(clicks: list[int | None], search: str | None, build: Callable[[str], Component]) -> Any:
    """Open the dialog about the note whose button was used; drawing the list anew uses none."""
    if not any(clicks):
        return no_update, no_update
    try:
        return True, build(ctx.triggered_id["noteId"])
    except Unauthenticated:
        raise
    except PortalError as error:
        _tell(error)
        return no_update, no_update


def show_preview(clicks: int | None, body: str | None) -> Any:
    """What the text will look like."""
    if not clicks:
        return no_update
    require(actor(), Act.WRITE_NOTES)
    return build_preview((body or "")[:LONGEST_NOTE])


def write_note(clicks: int | None, idempotency_key: str, search: str | None, body: str | None) -> list[Any]:
    """Keep it; or say what is wrong beside it."""
    if not clicks:
        return [no_update] * 5

    def write() -> None:
        services().notes.write(_tenant(search), body or "", idempotency_key=idempotency_key, actor=actor())

    return _change(write, TEXT_FIELDS, t("notes.written"))


def edit_note(
    clicks: int | None, search: str | None, note_id: str | None, version: str | None, body: str | None
) -> list[Any]:
    """Let it say something else; or say what is wrong. What was typed stays when somebody was faster."""
    if not clicks:
        return [no_update] * 5

    def edit() -> None:
        services().notes.edit(_tenant(search), note_id or "", body or "", based_on=_number(version), actor=actor())

    return _change(edit, TEXT_FIELDS, t("notes.changed"))


def delete_note(clicks: int | None, search: str | None, note_id: str | None, version: str | None) -> list[Any]:
    """Take it out of the list."""
    if not clicks:
        return [no_update] * 4

    def delete() -> None:
        services().notes.delete(_tenant(search), note_id or "", based_on=_number(version), actor=actor())

    return _change(delete, (), t("notes.deleted"))


def _change(act: Callable[[], None], fields: tuple[str, ...], done: str) -> list[Any]:
    """Do it, close the dialog and have the list asked for anew; or say what is wrong, and leave the dialog."""
    try:
        act()
    except Unauthenticated:
        raise
    except NotFound as error:  # gone meanwhile, and so is what the form was about
        _tell(error)
    except PortalError as error:
        return [*[no_update] * 3, *problems(fields, error, request_id())]
    else:
        set_props(ToastsIds.LATEST, toast(done))
    return [False, None, uuid4().hex, *no_problems(fields)]


def _tell(error: PortalError) -> None:
    gone = isinstance(error, NotFound)
    set_props(ToastsIds.LATEST, toast(t("notes.gone"), "failed") if gone else failure_toast(error, request_id()))


def _tenant(search: str | None) -> str:
    return one(from_search(search), "tenantId")


def _number(version: str | None) -> int:
    """What the form says was read; nothing that could be a version otherwise."""
    text = version or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
