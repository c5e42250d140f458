"""``/api-keys``: the keys programs call the platform with."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.api_keys import ApiKeysIds, build_waiting
from components.api_keys_forms import build_dialogs
from components.page import page_header
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the list, and the dialogs."""
    return html.Div(
        [
            page_header(t("api_keys.title"), t("api_keys.lead"), actions=[html.Div(id=ApiKeysIds.ACTIONS)]),
            html.Div(build_waiting(), id=ApiKeysIds.LIST, className="panel panel-flush"),
            build_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("api_keys.title"))


dash.register_page(
    __name__,
    path="/api-keys",
    layout=layout,
    title=title,
    name="api_keys",
    nav="api_keys.title",
    icon="key",
    audience="tenant",
    order=50,
)
