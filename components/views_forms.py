"""What is filled in to save or rename a view, what is confirmed to delete one, and the dialogs around it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.dialogs import build_cancel, build_confirmation, build_dialog
from components.exports import filter_words
from components.forms import build_field, build_form, field_id
from components.views import ViewsIds
from portal.domain.message_filter import MessageFilter
from portal.domain.views import LONGEST_NAME, SavedView
from portal.i18n import t
from portal.i18n.bidi import isolate

NAME_FIELDS = ("name",)
VIEW_FIELD = "viewId"
_SAVE, _RENAME, _DELETE = ViewsIds.SAVE_FORM, ViewsIds.RENAME_FORM, ViewsIds.DELETE_FORM


def build_view_dialogs() -> Component:
    """For the log's page: closed."""
    return html.Div(
        [
            build_dialog(ViewsIds.SAVE, t("views.save.title")),
            build_dialog(ViewsIds.RENAME, t("views.rename.title")),
            build_dialog(ViewsIds.DELETE, t("views.delete.title")),
        ]
    )


def build_save_form(wanted: MessageFilter) -> Component:
    """The filter in force, in words, and the name it is to have."""
    shown = html.Div(
        [html.P(t("views.save.filter"), className="form-field-label"), _filter_list(wanted)], className="form-field"
    )
    fixed = wanted.start is not None or wanted.end is not None
    return build_form(
        _SAVE,
        [
            shown,
            _name_field(_SAVE, ""),
            html.P(t("views.save.dates"), className="form-field-help") if fixed else None,
        ],
        t("views.save.submit"),
        cancel=build_cancel(ViewsIds.SAVE),
    )


def build_rename_form(view: SavedView) -> Component:
    return build_form(
        _RENAME,
        [_name_field(_RENAME, view.name), _view_field(_RENAME, view)],
        t("views.rename.submit"),
        cancel=build_cancel(ViewsIds.RENAME),
    )


def build_delete_form(view: SavedView) -> Component:
    """The question before a view goes."""
    consequence = [
        html.P(t("views.delete.text", name=isolate(view.name)), className="view-named"),
        _filter_list(view.wanted),
        _view_field(_DELETE, view),
    ]
    return build_confirmation(ViewsIds.DELETE, _DELETE, consequence, t("views.delete.submit"))


def _filter_list(wanted: MessageFilter) -> Component:
    return html.Ul([html.Li(word) for word in filter_words(wanted)], className="export-filter")


def _name_field(form: str, name: str) -> Component:
    control = dbc.Input(
        id=field_id(form, "name"), type="text", value=name, maxLength=LONGEST_NAME, autoComplete="off", autofocus=True
    )
    return build_field(form, "name", t("views.field.name"), control, help=t("views.field.name.help", most=LONGEST_NAME))


def _view_field(form: str, view: SavedView) -> Component:
    """Which view the form is about."""
    return dbc.Input(id=field_id(form, VIEW_FIELD), type="hidden", value=view.view_id)
