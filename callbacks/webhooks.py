"""Webhooks: the list of endpoints, and the dialog that makes one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import Dash, Input, Output, State, no_update, set_props

from components.dialogs import closing_outputs, dialog_outputs
from components.forms import form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.toasts import ToastsIds, failure_toast
from components.webhooks import WebhooksIds, address, build_failure, build_list, build_new_button
from components.webhooks_forms import ENDPOINT_FIELDS, build_create_form, build_new_secret
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, from_search, one
from portal.domain.permissions import Act, may
from portal.domain.webhooks import EndpointDraft

LOCATION = "_pages_location"
CREATE = WebhooksIds.CREATE_FORM


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/webhooks", load_endpoints)
    app.callback(
        Output(WebhooksIds.LIST, "children"),
        Input(WebhooksIds.CHANGED, "data"),
        State(LOCATION, "search"),
        prevent_initial_call=True,
    )(show_endpoints)
    app.callback(dialog_outputs(WebhooksIds.CREATE), Input(WebhooksIds.NEW, "n_clicks"), prevent_initial_call=True)(
        ask_for_endpoint
    )
    app.callback(
        [
            *closing_outputs(WebhooksIds.CREATE),
            *dialog_outputs(WebhooksIds.SECRET),
            Output(WebhooksIds.CHANGED, "data", allow_duplicate=True),
            *form_outputs(CREATE, ENDPOINT_FIELDS),
        ],
        Input(submit_id(CREATE), "n_clicks"),
        State(submit_id(CREATE), "value"),
        *form_states(CREATE, ENDPOINT_FIELDS),
        running=while_sending(CREATE),
        prevent_initial_call=True,
    )(create_endpoint)


def load_endpoints(params: Params) -> dict[tuple[Any, str], Any]:
    """First data: the list and, for whoever may, the button that makes an endpoint."""
    tenant_id = as_uuid(one(params, "tenantId"))
    new = build_new_button() if may(actor(), Act.CHANGE_WEBHOOKS) else None
    return {(WebhooksIds.LIST, "children"): _list(tenant_id), (WebhooksIds.ACTIONS, "children"): new}


def show_endpoints(_changed: str | None, search: str | None) -> Any:
    """The list anew, after something was changed."""
    return _list(as_uuid(one(from_search(search), "tenantId")))


def _list(tenant_id: str | None) -> Any:
    try:
        page = services().webhooks.list(tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return build_failure(error, address("", tenant_id), request_id())
    return build_list(page, tenant_id)


def ask_for_endpoint(clicks: int | None) -> Any:
    """Open the form of a new endpoint, with what it can be told."""
    if not clicks:
        return no_update, no_update
    try:
        return True, build_create_form(services().webhooks.event_types(actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update, no_update


def create_endpoint(
    clicks: int | None, idempotency_key: str, url: str | None, description: str | None, events: list[str] | None
) -> list[Any]:
    """Make the endpoint and show its secret, once; or say what is wrong beside the fields."""
    if not clicks:
        return [no_update] * 9
    draft = EndpointDraft((url or "").strip(), tuple(events or ()), (description or "").strip())
    try:
        made = services().webhooks.create(draft, idempotency_key=idempotency_key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 5, *problems(ENDPOINT_FIELDS, error, request_id())]
    secret = build_new_secret(WebhooksIds.SECRET, made)
    return [False, None, True, secret, uuid4().hex, *no_problems(ENDPOINT_FIELDS)]
