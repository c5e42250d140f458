"""Dialogs: something to fill in, something to confirm, a secret to be seen once.

A dialog is opened by a callback that sets its body and ``is_open``; what it shows is made then, so that nothing old is
in it. Every button with ``data-dialog-close`` closes it and takes its body away (assets/js/dialogs.js).
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import Output, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.forms import build_submit, summary_id
from components.states import build_icon
from portal.i18n import t


def body_id(dialog: str) -> str:
    return f"{dialog}-body"


def build_dialog(dialog: str, title: str, *, keep: bool = False, size: str = "md") -> Component:
    """A closed dialog without a body. ``keep``: a stray click or Escape does not close it (a secret is shown)."""
    heading = f"{dialog}-title"
    return dbc.Modal(
        [
            html.Div(
                [
                    html.H2(title, id=heading, className="modal-title"),
                    None if keep else build_close(dialog),
                ],
                className="modal-header",
            ),
            html.Div(id=body_id(dialog), className="modal-body"),
        ],
        id=dialog,
        is_open=False,
        centered=True,
        size=size,
        backdrop="static" if keep else True,
        keyboard=not keep,
        labelledby=heading,
        class_name="dialog",
    )


def dialog_outputs(dialog: str) -> list[Output]:
    """Whether a dialog is open, and what is in it, for a callback's outputs."""
    return [Output(dialog, "is_open"), Output(body_id(dialog), "children")]


def closing_outputs(dialog: str) -> list[Output]:
    """The same once more, for the callback that ends what the dialog was opened for."""
    return [
        Output(dialog, "is_open", allow_duplicate=True),
        Output(body_id(dialog), "children", allow_duplicate=True),
    ]


def build_close(dialog: str) -> Component:
    """The cross in the corner."""
    return html.Button(
        type="button", className="btn-close", **attributes(aria_label=t("dialog.close"), data_dialog_close=dialog)
    )


def build_cancel(dialog: str, label: str = "") -> Component:
    """The button beside a form's own that closes the dialog and changes nothing."""
    return html.Button(
        label or t("dialog.cancel"),
        type="button",
        className="btn btn-outline-secondary",
        **attributes(data_dialog_close=dialog),
    )


def build_confirmation(dialog: str, form: str, consequence: Any, confirm: str, *, danger: bool = True) -> Component:
    """The body of a question before something that cannot be undone: name the thing, and what will happen."""
    return html.Form(
        [
            html.Div(consequence, className="dialog-text"),
            html.Div(id=summary_id(form), className="form-summary", role="alert"),
            html.Div([build_cancel(dialog), build_submit(form, confirm, danger=danger)], className="form-buttons"),
        ],
        className="form",
        **attributes(data_form=form),
    )


def build_secret(dialog: str, secret: str, label: str, warning: str) -> Component:
    """The body that shows a secret once, with a button that copies it. It is nowhere else, and gone when it closes."""
    holder = f"{dialog}-secret"
    return html.Div(
        [
            html.P([build_icon("exclamation-triangle"), html.Span(warning)], className="secret-warning", role="status"),
            html.Div(label, className="form-field-label", id=f"{holder}-label"),
            html.Div(
                [
                    html.Code(
                        secret,
                        id=holder,
                        className="secret-text",
                        dir="ltr",
                        tabIndex="0",
                    ),
                    html.Button(
                        [build_icon("copy"), html.Span(t("dialog.copy"))],
                        type="button",
                        className="btn btn-outline-secondary",
                        **attributes(data_copy=holder, data_copied=t("dialog.copied")),
                    ),
                ],
                className="secret",
            ),
            html.Div(
                html.Button(
                    t("dialog.done"), type="button", className="btn btn-primary", **attributes(data_dialog_close=dialog)
                ),
                className="form-buttons",
            ),
        ]
    )
