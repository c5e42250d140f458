"""One delivery: what is shown of it, and sending it again."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.forms import new_key
from components.toasts import ToastsIds, failure_toast, toast
from components.webhook_deliveries import delivery_address
from components.webhook_delivery import RESEND_TYPE, WebhookDeliveryIds, build_detail, build_resend
from components.webhooks import build_failure
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, from_search, one
from portal.domain.permissions import Act, may
from portal.i18n import t
from portal.services.webhooks import DeliveryView

IDS = WebhookDeliveryIds


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/webhooks/<endpoint_id>/deliveries/<delivery_id>", load_delivery)
    app.callback(
        Output(IDS.CONTENT, "children"),
        Output(IDS.ACTIONS, "children"),
        Output(IDS.WATCH, "disabled"),
        Output(IDS.SEEN, "data"),
        Input(IDS.CHANGED, "data"),
        Input(IDS.WATCH, "n_intervals"),
        State(IDS.DELIVERY, "data"),
        State(IDS.SEEN, "data"),
        prevent_initial_call=True,
    )(show_delivery)
    app.callback(
        Output(IDS.CHANGED, "data"),
        Input({"type": RESEND_TYPE, "endpoint": ALL, "delivery": ALL, "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(resend)


def load_delivery(params: Params) -> dict[tuple[Any, str], Any]:
    """First data. NotFound passes through: the page is then a 404."""
    endpoint_id, delivery_id = one(params, "endpoint_id"), one(params, "delivery_id")
    tenant_id = as_uuid(one(params, "tenantId"))
    try:
        view = services().webhooks.open_delivery(endpoint_id, delivery_id, tenant_id, actor=actor())
    except (NotFound, Unauthenticated):
        raise
    except PortalError as error:
        here = delivery_address(endpoint_id, delivery_id, tenant_id)
        return {(IDS.CONTENT, "children"): build_failure(error, here, request_id())}
    content, resend_button = _shown(view, tenant_id)
    return {
        (IDS.CONTENT, "children"): content,
        (IDS.ACTIONS, "children"): resend_button,
        (IDS.WATCH, "disabled"): not view.busy,
        (IDS.SEEN, "data"): view.version,
    }


def show_delivery(_changed: str | None, _ticks: int | None, name: str | None, seen: str | None) -> list[Any]:
    """All of it anew: after it was sent again, and while an attempt is being made."""
    named = from_search(name)
    endpoint_id, delivery_id = one(named, "endpointId"), one(named, "deliveryId")
    tenant_id = as_uuid(one(named, "tenantId"))
    try:
        view = services().webhooks.open_delivery(endpoint_id, delivery_id, tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        here = delivery_address(endpoint_id, delivery_id, tenant_id)
        return [build_failure(error, here, request_id()), no_update, True, None]
    if ctx.triggered_id == IDS.WATCH and view.version == seen:
        # Nothing new: what was opened, or is being read, stays.
        return [no_update, no_update, not view.busy, no_update]
    return [*_shown(view, tenant_id), not view.busy, view.version]


def _shown(view: DeliveryView, tenant_id: str | None) -> tuple[Any, Any]:
    changes = may(actor(), Act.CHANGE_WEBHOOKS)
    button = build_resend(view.detail.delivery, new_key()) if changes else None
    return build_detail(view.detail, tenant_id), button


def resend(clicks: list[int | None]) -> Any:
    """One more attempt, at once. The button has another key afterwards."""
    if not any(clicks):
        return no_update
    asked = ctx.triggered_id
    try:
        services().webhooks.resend(asked["endpoint"], asked["delivery"], idempotency_key=asked["key"], actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update
    set_props(ToastsIds.LATEST, toast(t("webhooks.resent")))
    return uuid4().hex
