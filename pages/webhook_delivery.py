"""``/webhooks/<endpoint_id>/deliveries/<delivery_id>``: one delivery.

Dash tries path templates in the order of the modules' names and lets a variable match slashes: this page has to come
before the endpoint's, and its name sees to it.
"""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.webhook_delivery import WebhookDeliveryIds, build_back, build_stores
from components.webhooks import build_waiting
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(endpoint_id: str = "", delivery_id: str = "", **params: Any) -> Component:
    """The way back and room for the delivery."""
    tenant_id = as_uuid(one(params, "tenantId"))
    return html.Div(
        [
            page_header(
                t("webhooks.delivery"),
                actions=[html.Div(id=WebhookDeliveryIds.ACTIONS)],
                before=build_back(endpoint_id, one(params, "back", longest=1_000), tenant_id),
            ),
            html.Div(build_waiting(), id=WebhookDeliveryIds.CONTENT),
            build_stores(endpoint_id, delivery_id, tenant_id),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("webhooks.delivery"))


dash.register_page(
    __name__,
    path_template="/webhooks/<endpoint_id>/deliveries/<delivery_id>",
    layout=layout,
    title=title,
    name="webhook_delivery",
    audience="tenant",
)
