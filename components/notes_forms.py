"""What is filled in to write or change a note, and what is confirmed to delete one."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.dialogs import build_cancel, build_confirmation
from components.forms import build_field, build_form, field_id
from components.markdown import build_markdown
from components.notes import NotesIds
from components.states import build_icon
from portal.domain.notes import LONGEST_NOTE, NoteVersion
from portal.i18n import t
from portal.i18n.bidi import ltr

TEXT_FIELDS = ("body",)
NOTE_FIELD, VERSION_FIELD = "noteId", "basedOn"


def preview_id(form: str) -> str:
    return f"{form}-preview"


def show_id(form: str) -> str:
    """The button that shows what the text will look like."""
    return f"{form}-show"


def build_write_form() -> Component:
    form = NotesIds.WRITE_FORM
    return build_form(form, _text(form, ""), t("notes.write.submit"), cancel=build_cancel(NotesIds.WRITE))


def build_edit_form(note_id: str, now: NoteVersion) -> Component:
    """The text as it is, and which version of it is changed."""
    form = NotesIds.EDIT_FORM
    fields = [*_text(form, now.body), *_hidden(form, note_id, now)]
    return build_form(form, fields, t("notes.edit.submit"), cancel=build_cancel(NotesIds.EDIT))


def build_delete_form(note_id: str, now: NoteVersion) -> Component:
    form = NotesIds.DELETE_FORM
    consequence = [
        html.P(t("notes.delete.text")),
        html.Div(build_markdown(now.body), className="note note-quoted"),
        *_hidden(form, note_id, now),
    ]
    return build_confirmation(NotesIds.DELETE, form, consequence, t("notes.delete.submit"))


def build_preview(body: str) -> Component:
    """What a text looks like, or that there is none."""
    shown = build_markdown(body) if body.strip() else html.P(t("notes.preview.none"), className="text-quiet")
    return html.Div(
        [html.P(t("notes.preview.title"), className="form-field-label"), shown],
        className="note note-quoted",
        role="status",
    )


def _text(form: str, body: str) -> list[Component | None]:
    control = dbc.Textarea(
        id=field_id(form, "body"),
        value=body,
        rows=8,
        maxlength=LONGEST_NOTE,
        autofocus=True,
        **attributes(dir="auto"),
    )
    show = html.Button(
        [build_icon("eye"), html.Span(t("notes.preview.show"))],
        id=show_id(form),
        type="button",
        className="btn btn-outline-secondary btn-sm",
    )
    return [
        build_field(
            form,
            "body",
            t("notes.field.body"),
            control,
            help=t("notes.field.body.help", most=LONGEST_NOTE, url=ltr("https://example.com")),
        ),
        html.Div(show, className="note-show"),
        html.Div(id=preview_id(form)),
    ]


def _hidden(form: str, note_id: str, now: NoteVersion) -> list[Component]:
    """Which note the form is about, and which version of it was read."""
    return [
        dbc.Input(id=field_id(form, NOTE_FIELD), type="hidden", value=note_id),
        dbc.Input(id=field_id(form, VERSION_FIELD), type="hidden", value=str(now.version)),
    ]
