"""``/messages/<message_id>``: one message."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.message_detail import MessageDetailIds, build_back, build_stores
from components.messages import build_code, build_waiting
from components.page import page_header
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(message_id: str = "", **params: Any) -> Component:
    """The way back and room for the message."""
    tenant_id = as_uuid(one(params, "tenantId"))
    return html.Div(
        [
            page_header(
                html.Span([t("message.title"), " ", build_code(message_id, "code-title")]),
                before=build_back(one(params, "back", longest=2_000), tenant_id),
            ),
            html.Div(build_waiting(), id=MessageDetailIds.CONTENT),
            build_stores(message_id, tenant_id),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("message.title"))


dash.register_page(
    __name__, path_template="/messages/<message_id>", layout=layout, title=title, name="message", audience="tenant"
)
