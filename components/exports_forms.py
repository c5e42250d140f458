"""What is chosen to export the log, what is confirmed to delete a file, and the dialogs around it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.dialogs import build_cancel, build_confirmation, build_dialog
from components.exports import LIVE_SECONDS, ExportsIds, filter_words, title_of
from components.forms import build_choices, build_form, field_id, labels_of
from portal.domain.exports import FORMATS, Export
from portal.domain.message_filter import MessageFilter
from portal.i18n import t

ASK_FIELDS = ("format", "includeText")
EXPORT_FIELD = "exportId"
TEXT = "text"
_ASK, _DELETE = ExportsIds.ASK_FORM, ExportsIds.DELETE_FORM


def build_ask_dialog() -> Component:
    """For the log's page: closed."""
    return build_dialog(ExportsIds.ASK, t("exports.ask.title"))


def build_dialogs() -> Component:
    """For the page of exports: its dialog, closed, and what keeps the list up to date."""
    return html.Div(
        [
            build_dialog(ExportsIds.DELETE, t("exports.delete.title")),
            dcc.Interval(id=ExportsIds.LIVE, interval=LIVE_SECONDS * 1000, disabled=True),
            dcc.Store(id=ExportsIds.SEEN),
            dcc.Store(id=ExportsIds.CHANGED),
        ]
    )


def build_ask_form(wanted: MessageFilter) -> Component:
    """Which messages (the filter in force), in which format, with or without what was written."""
    formats = dbc.RadioItems(
        id=field_id(_ASK, "format"),
        options=labels_of({each: t(f"exports.format.{each}.long") for each in FORMATS}),
        value="csv",
    )
    text = dbc.Checklist(id=field_id(_ASK, "includeText"), options=labels_of({TEXT: t("exports.field.text")}), value=[])
    return build_form(
        _ASK,
        [
            html.Div(
                [
                    html.P(t("exports.ask.messages"), className="form-field-label"),
                    html.Ul([html.Li(word) for word in filter_words(wanted)], className="export-filter"),
                ],
                className="form-field",
            ),
            build_choices(_ASK, "format", t("exports.field.format"), formats),
            build_choices(_ASK, "includeText", t("exports.field.content"), text, help=t("exports.field.text.help")),
            html.P(t("exports.ask.later"), className="form-field-help"),
        ],
        t("exports.ask.submit"),
        cancel=build_cancel(ExportsIds.ASK),
    )


def build_delete_form(export: Export) -> Component:
    """The question before a file goes, or is not finished."""
    act = "stop" if export.status.unfinished else "delete"
    consequence = [
        html.P(t(f"exports.{act}.text")),
        html.P(title_of(export), className="export-named"),
        dbc.Input(id=field_id(_DELETE, EXPORT_FIELD), type="hidden", value=export.export_id),
    ]
    return build_confirmation(ExportsIds.DELETE, _DELETE, consequence, t(f"exports.{act}.submit"))
