"""``/webhooks``: where events are sent to."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.webhooks import PATH, WebhooksIds, build_waiting
from components.webhooks_forms import build_dialogs
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the list, and the dialogs."""
    return html.Div(
        [
            page_header(t("webhooks.title"), t("webhooks.lead"), actions=[html.Div(id=WebhooksIds.ACTIONS)]),
            html.Div(build_waiting(), id=WebhooksIds.LIST, className="panel panel-flush"),
            build_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("webhooks.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="webhooks",
    nav="webhooks.title",
    icon="broadcast",
    audience="tenant",
    order=55,
)
