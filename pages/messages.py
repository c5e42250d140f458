"""``/messages``: the message log."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.exports import ExportsIds
from components.exports_forms import build_ask_dialog
from components.messages import MessagesIds, build_refresh, build_waiting
from components.messages_filters import build_messages_filters
from components.page import page_header
from components.refused_calls import build_link
from components.views import build_views_menu
from components.views_forms import build_view_dialogs
from portal.domain.message_filter import MessageFilter
from portal.i18n import t


def layout(**params: Any) -> Component:
    """The filters of the address, and room for the rows."""
    wanted = MessageFilter.from_params(params)
    return html.Div(
        [
            page_header(
                t("messages.title"),
                t("messages.lead"),
                actions=[build_refresh(), build_link(wanted.tenant_id), html.Div(id=ExportsIds.ACTIONS)],
            ),
            build_messages_filters(wanted, build_views_menu()),
            html.Div(build_waiting(), id=MessagesIds.RESULT, className="panel panel-flush"),
            build_ask_dialog(),
            build_view_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("messages.title"))


dash.register_page(
    __name__,
    path="/messages",
    layout=layout,
    title=title,
    name="messages",
    nav="messages.title",
    icon="chat-left-text",
    audience="tenant",
    order=30,
)
