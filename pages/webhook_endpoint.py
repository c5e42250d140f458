"""``/webhooks/<endpoint_id>``: one endpoint and what it was told."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.webhook_endpoint import WebhookEndpointIds, build_back, build_stores
from components.webhook_endpoint_forms import build_endpoint_dialogs
from components.webhooks import build_waiting
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(endpoint_id: str = "", **params: Any) -> Component:
    """The way back, room for the endpoint and its deliveries, and the dialogs."""
    tenant_id = as_uuid(one(params, "tenantId"))
    query = DeliveryFilter.from_params(params).to_query_string(tenant_id)
    heading = html.Div(
        [html.H2(t("webhooks.deliveries"), className="panel-title"), html.Div(id=WebhookEndpointIds.RECOVER_PLACE)],
        className="hook-panel-head",
    )
    return html.Div(
        [
            page_header(
                html.Span(t("webhooks.endpoint"), id=WebhookEndpointIds.TITLE),
                actions=[html.Div(id=WebhookEndpointIds.ACTIONS, className="hook-actions")],
                before=build_back(tenant_id),
            ),
            html.Div(build_waiting(4), id=WebhookEndpointIds.HEAD),
            html.Section(
                [
                    html.Div([heading, html.Div(id=WebhookEndpointIds.FILTERS)], className="hook-deliveries-head"),
                    html.Div(build_waiting(), id=WebhookEndpointIds.DELIVERIES),
                ],
                className="panel panel-flush",
            ),
            build_stores(endpoint_id, query),
            build_endpoint_dialogs(),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("webhooks.endpoint"))


dash.register_page(
    __name__,
    path_template="/webhooks/<endpoint_id>",
    layout=layout,
    title=title,
    name="webhook_endpoint",
    audience="tenant",
)
