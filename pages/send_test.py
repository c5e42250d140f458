"""``/send-test``: one message, sent by hand."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.send_test import build_send
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """The form, what the text would be, and the same as code."""
    return html.Div([page_header(t("send.title"), t("send.lead")), build_send()], className="page")


def title(**_params: str) -> str:
    return t("page.title", page=t("send.title"))


dash.register_page(
    __name__,
    path="/send-test",
    layout=layout,
    title=title,
    name="send_test",
    nav="send.title",
    icon="send",
    audience="tenant",
    order=40,
)
