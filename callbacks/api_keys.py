"""API keys: the list, and the dialogs that make, rotate and revoke one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.api_keys import REVOKE_TYPE, ROTATE_TYPE, ApiKeysIds, build_failure, build_list, build_new_button
from components.api_keys_forms import (
    CREATE_FIELDS,
    KEY_FIELD,
    ROTATE_FIELDS,
    build_create_form,
    build_new_key,
    build_revoke_form,
    build_rotate_form,
)
from components.dialogs import closing_outputs, dialog_outputs
from components.forms import (
    field_id,
    form_outputs,
    form_states,
    no_problems,
    problems,
    submit_id,
    while_sending,
)
from components.toasts import ToastsIds, failure_toast, toast
from portal.context import actor, request_id, services
from portal.domain.api_keys import KeyDraft, lines_of
from portal.domain.errors import NotFound, PortalError, Unauthenticated, UpstreamRefused
from portal.domain.params import Params, as_uuid, from_search, one, to_search
from portal.domain.permissions import Act, may
from portal.i18n import t

LOCATION = "_pages_location"
CREATE, ROTATE, REVOKE = ApiKeysIds.CREATE_FORM, ApiKeysIds.ROTATE_FORM, ApiKeysIds.REVOKE_FORM


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/api-keys", load_keys)
    changed = Output(ApiKeysIds.CHANGED, "data", allow_duplicate=True)
    app.callback(
        Output(ApiKeysIds.LIST, "children"),
        Input(ApiKeysIds.CHANGED, "data"),
        State(LOCATION, "search"),
        prevent_initial_call=True,
    )(show_keys)
    app.callback(dialog_outputs(ApiKeysIds.CREATE), Input(ApiKeysIds.NEW, "n_clicks"), prevent_initial_call=True)(
        ask_for_key
    )
    for kind, dialog, ask in (
        (ROTATE_TYPE, ApiKeysIds.ROTATE, ask_about_rotation),
        (REVOKE_TYPE, ApiKeysIds.REVOKE, ask_about_end),
    ):
        clicked = Input({"type": kind, "key": ALL}, "n_clicks")
        app.callback(dialog_outputs(dialog), clicked, prevent_initial_call=True)(ask)
    app.callback(
        [
            *closing_outputs(ApiKeysIds.CREATE),
            *dialog_outputs(ApiKeysIds.RAW_KEY),
            changed,
            *form_outputs(CREATE, CREATE_FIELDS),
        ],
        Input(submit_id(CREATE), "n_clicks"),
        State(submit_id(CREATE), "value"),
        *form_states(CREATE, CREATE_FIELDS),
        running=while_sending(CREATE),
        prevent_initial_call=True,
    )(create_key)
    app.callback(
        [
            *closing_outputs(ApiKeysIds.ROTATE),
            *closing_outputs(ApiKeysIds.RAW_KEY),
            changed,
            *form_outputs(ROTATE, ROTATE_FIELDS),
        ],
        Input(submit_id(ROTATE), "n_clicks"),
        State(submit_id(ROTATE), "value"),
        *form_states(ROTATE, (KEY_FIELD, *ROTATE_FIELDS)),
        running=while_sending(ROTATE),
        prevent_initial_call=True,
    )(rotate_key)
    app.callback(
        [*closing_outputs(ApiKeysIds.REVOKE), changed],
        Input(submit_id(REVOKE), "n_clicks"),
        State(field_id(REVOKE, KEY_FIELD), "value"),
        running=while_sending(REVOKE),
        prevent_initial_call=True,
    )(revoke_key)


def load_keys(params: Params) -> dict[tuple[Any, str], Any]:
    """First data: the list and, for whoever may, the button that makes a key."""
    tenant_id = as_uuid(one(params, "tenantId"))
    new = build_new_button() if may(actor(), Act.CHANGE_KEYS) else None
    return {(ApiKeysIds.LIST, "children"): _list(tenant_id), (ApiKeysIds.ACTIONS, "children"): new}


def show_keys(_changed: str | None, search: str | None) -> Any:
    """The list anew, after something was changed."""
    return _list(as_uuid(one(from_search(search), "tenantId")))


def _list(tenant_id: str | None) -> Any:
    try:
        page = services().api_keys.list(tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return build_failure(error, request_id(), to_search([("tenantId", tenant_id or "")]))
    return build_list(page, may_change=may(actor(), Act.CHANGE_KEYS))


def ask_for_key(clicks: int | None) -> Any:
    """Open the form of a new key."""
    return (True, build_create_form()) if clicks else (no_update, no_update)


def ask_about_rotation(clicks: list[int | None]) -> Any:
    return _ask(clicks, build_rotate_form)


def ask_about_end(clicks: list[int | None]) -> Any:
    return _ask(clicks, build_revoke_form)


def _ask(clicks: list[int | None], build: Any) -> Any:
    """Open the dialog about the key whose button was used; drawing the list anew uses none."""
    if not any(clicks):
        return no_update, no_update
    try:
        return True, build(services().api_keys.show(ctx.triggered_id["key"], actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update, no_update


def create_key(
    clicks: int | None,
    idempotency_key: str,
    name: str | None,
    scopes: list[str] | None,
    mode: str | None,
    lifetime: str | None,
    networks: str | None,
) -> list[Any]:
    """Make the key and show it, once; or say what is wrong beside the fields."""
    if not clicks:
        return [no_update] * 11
    draft = KeyDraft(
        (name or "").strip(), tuple(scopes or ()), mode or "live", lifetime or "", lines_of(networks or "")
    )
    try:
        created = services().api_keys.create(draft, idempotency_key=idempotency_key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 5, *problems(CREATE_FIELDS, error, request_id())]
    return [False, None, True, build_new_key(created), uuid4().hex, *no_problems(CREATE_FIELDS)]


def rotate_key(clicks: int | None, idempotency_key: str, key_id: str | None, grace: str | None) -> list[Any]:
    """Make the successor and show it, once."""
    if not clicks:
        return [no_update] * 7
    try:
        created = services().api_keys.rotate(
            key_id or "", int(grace or 0), idempotency_key=idempotency_key, actor=actor()
        )
    except Unauthenticated:
        raise
    except (NotFound, UpstreamRefused):
        # Somebody else rotated or revoked it: the list will show.
        set_props(ToastsIds.LATEST, toast(t("api_keys.changed_meanwhile"), "failed"))
        return [False, None, no_update, no_update, uuid4().hex, *no_problems(ROTATE_FIELDS)]
    except PortalError as error:
        return [*[no_update] * 5, *problems(ROTATE_FIELDS, error, request_id())]
    return [False, None, True, build_new_key(created), uuid4().hex, *no_problems(ROTATE_FIELDS)]


def revoke_key(clicks: int | None, key_id: str | None) -> list[Any]:
    """End the key; a failure is told in the corner, and the question stays."""
    if not clicks:
        return [no_update] * 3
    try:
        services().api_keys.revoke(key_id or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return [no_update] * 3
    set_props(ToastsIds.LATEST, toast(t("api_keys.revoked")))
    return [False, None, uuid4().hex]
