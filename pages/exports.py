"""``/exports``: files of the message log, while they are written and as long as they are kept."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.exports import ExportsIds, build_waiting
from components.exports_forms import build_dialogs
from components.page import page_header
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the list, and the dialog."""
    return html.Div(
        [
            page_header(t("exports.title"), t("exports.lead")),
            html.Div(build_waiting(), id=ExportsIds.LIST, className="panel panel-flush"),
            build_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("exports.title"))


dash.register_page(
    __name__,
    path="/exports",
    layout=layout,
    title=title,
    name="exports",
    nav="exports.title",
    icon="download",
    audience="tenant",
    order=35,
)
