"""``/refused-calls``: what programs tried with the account's keys, and was refused."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.messages import PATH as LOG_PATH
from components.messages import build_waiting
from components.page import page_header
from components.refused_calls import PATH, RefusedCallsIds, build_back
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(**params: Any) -> Component:
    """The way back to the log, and room for the list."""
    return html.Div(
        [
            page_header(t("refused.title"), t("refused.lead"), before=build_back(as_uuid(one(params, "tenantId")))),
            html.Div(build_waiting(), id=RefusedCallsIds.LIST, className="panel panel-flush"),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("refused.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="refused_calls",
    audience="tenant",
    under=LOG_PATH,
)
