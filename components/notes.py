"""Notes about an account: the card on its page. What is written and confirmed: components/notes_forms.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.dialogs import build_dialog
from components.markdown import build_markdown
from components.messages import build_time
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.notes import Note, NotePage, NoteVersion
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate


class NotesIds(StrEnum):
    """``CHANGED`` is a store that is written whenever the list has to be asked for anew. ``MORE`` is the button below
    the list, ``LATER`` where older notes come, ``FOOT`` what is below both."""

    LIST = "notes-list"
    LATER = "notes-later"
    FOOT = "notes-foot"
    MORE = "notes-more"
    CHANGED = "notes-changed"
    NEW = "notes-new"
    WRITE = "notes-write"
    WRITE_FORM = "notes-write-form"
    EDIT = "notes-edit"
    EDIT_FORM = "notes-edit-form"
    DELETE = "notes-delete"
    DELETE_FORM = "notes-delete-form"
    HISTORY = "notes-history"


EDIT_TYPE, DELETE_TYPE, HISTORY_TYPE = "note-edit", "note-delete", "note-history"
_ICONS: Final = {EDIT_TYPE: "pencil", DELETE_TYPE: "trash", HISTORY_TYPE: "clock-history"}


def act_id(kind: str, note_id: str) -> dict[str, str]:
    """The id of a note's own button."""
    return {"type": kind, "noteId": note_id}


def build_notes_card() -> Component:
    """The card without its notes, with its dialogs closed."""
    new = html.Button(
        [build_icon("plus-lg"), html.Span(t("notes.new"))],
        id=NotesIds.NEW,
        type="button",
        className="btn btn-outline-secondary btn-sm",
    )
    return html.Section(
        [
            html.Div(
                [html.H2(t("notes.title"), className="sheet-title", id="notes-heading"), new], className="notes-head"
            ),
            html.P(t("notes.lead"), className="notes-lead"),
            html.Div(build_skeleton(4, className="sheet-waiting"), id=NotesIds.LIST),
            dcc.Store(id=NotesIds.CHANGED),
            build_dialog(NotesIds.WRITE, t("notes.new"), size="lg"),
            build_dialog(NotesIds.EDIT, t("notes.edit.title"), size="lg"),
            build_dialog(NotesIds.DELETE, t("notes.delete.title")),
            build_dialog(NotesIds.HISTORY, t("notes.history.title"), size="lg"),
        ],
        className="panel notes",
        **attributes(aria_labelledby="notes-heading"),
    )


def build_notes(page: NotePage) -> Component:
    """The newest notes, or the advice to write the first one."""
    if not page.items:
        empty = build_empty(t("notes.none.title"), t("notes.none.advice"), icon="journal-text")
        return html.Div([empty, html.Div(id=NotesIds.LATER), html.Div(build_foot(None), id=NotesIds.FOOT)])
    return html.Div(
        [
            html.Div(build_items(page)),
            html.Div(id=NotesIds.LATER),
            html.Div(build_foot(page.next_cursor), id=NotesIds.FOOT, className="notes-foot"),
        ]
    )


def build_items(page: NotePage) -> list[Component]:
    return [_build_note(note) for note in page.items]


def build_foot(cursor: str | None, error: PortalError | None = None) -> list[Component | None]:
    """The way to older notes; the button carries the cursor."""
    return [
        build_error(error) if error is not None else None,
        html.Button(
            t("state.retry") if error is not None else t("notes.older"),
            id=NotesIds.MORE,
            value=cursor or "",
            type="button",
            hidden=cursor is None,
            className="btn btn-outline-secondary btn-sm",
        ),
    ]


def build_failure(error: PortalError, retry: Component, request_id: str = "") -> Component:
    """The notes could not be had; what the card's callbacks write to is there all the same."""
    return html.Div(
        [
            build_error(error, retry=retry, request_id=request_id),
            html.Div(id=NotesIds.LATER),
            html.Div(build_foot(None), id=NotesIds.FOOT),
        ]
    )


def _build_note(note: Note) -> Component:
    edited = note.version > 1
    meta: list[Component | str | None] = [
        html.Bdi(note.author_name, className="note-author"),
        " · ",
        build_time(note.created_at),
        html.Span(t("notes.edited", name=isolate(note.updated_by_name)), className="note-edited") if edited else None,
    ]
    acts = [_act(HISTORY_TYPE, note)] if edited else []
    if note.may_change:
        acts += [_act(EDIT_TYPE, note), _act(DELETE_TYPE, note)]
    said = t("notes.one", name=isolate(note.author_name), at=fmt.datetime(note.created_at))
    return html.Article(
        [
            html.Div(
                [html.P(meta, className="note-meta"), html.Div(acts, className="note-acts")], className="note-head"
            ),
            build_markdown(note.body),
        ],
        className="note",
        **attributes(aria_label=said),
    )


def _act(kind: str, note: Note) -> Component:
    words = t(f"notes.act.{kind.removeprefix('note-')}", at=fmt.datetime(note.created_at))
    return html.Button(
        build_icon(_ICONS[kind]),
        id=act_id(kind, note.note_id),
        type="button",
        title=words,
        className="icon-button",
        **attributes(aria_label=words),
    )


def build_history(versions: tuple[NoteVersion, ...]) -> Component:
    """What a note ever said, newest first."""
    return html.Ol(
        [
            html.Li(
                [
                    html.P(
                        [
                            t(f"notes.version.{each.kind}", name=isolate(each.by_name)),
                            " · ",
                            build_time(each.at, seconds=True),
                        ],
                        className="note-meta",
                    ),
                    build_markdown(each.body),
                ],
                className="note",
            )
            for each in versions
        ],
        className="note-history",
        reversed="reversed",
    )
