"""One endpoint: what is shown of it and its deliveries, and everything that is done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.dialogs import body_id, closing_outputs, dialog_outputs
from components.forms import (
    form_outputs,
    form_states,
    invalid,
    no_problems,
    problems,
    submit_id,
    while_sending,
)
from components.toasts import ToastsIds, failure_toast, toast
from components.webhook_deliveries import build_deliveries, build_filters
from components.webhook_endpoint import (
    Button,
    WebhookEndpointIds,
    build_actions,
    build_head,
    build_recover_button,
    build_title,
)
from components.webhook_endpoint_forms import (
    RECOVER_FIELDS,
    ROTATE_FIELDS,
    TEST_FIELDS,
    build_delete_form,
    build_disable_form,
    build_recover_form,
    build_recover_question,
    build_rotate_form,
    build_test_form,
)
from components.webhooks import PATH, address, build_failure
from components.webhooks_forms import ENDPOINT_FIELDS, KEY_FIELD, build_edit_form, build_new_secret
from portal.context import actor, request_id, services
from portal.domain import clock
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, as_integer, as_moment, as_uuid, from_search, one
from portal.domain.permissions import Act, may
from portal.domain.webhooks import Endpoint, EndpointDraft
from portal.i18n import t
from portal.services.webhooks import EndpointView

LOCATION = "_pages_location"
IDS = WebhookEndpointIds
SHOWN = (IDS.TITLE, IDS.ACTIONS, IDS.HEAD, IDS.RECOVER_PLACE, IDS.FILTERS, IDS.DELIVERIES)


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data("/webhooks/<endpoint_id>", load_endpoint)
    app.callback(
        [
            *(Output(component_id, "children") for component_id in SHOWN),
            Output(IDS.WATCH, "disabled"),
            Output(IDS.SEEN, "data"),
        ],
        Input(IDS.ADDRESS, "data"),
        Input(IDS.CHANGED, "data"),
        Input(IDS.WATCH, "n_intervals"),
        State(IDS.ENDPOINT, "data"),
        State(IDS.SEEN, "data"),
        prevent_initial_call=True,
    )(show_endpoint)
    _register_questions(app)
    _register_changes(app)


def _register_questions(app: Dash) -> None:
    for kind, dialog, ask in (
        (Button.EDIT, IDS.EDIT, ask_about_change),
        (Button.TEST, IDS.TEST, ask_about_test),
        (Button.ROTATE, IDS.ROTATE, ask_about_secret),
        (Button.RECOVER, IDS.RECOVER, ask_about_failures),
        (Button.DISABLE, IDS.DISABLE, ask_about_pause),
        (Button.DELETE, IDS.DELETE, ask_about_end),
    ):
        clicked = Input({"type": kind.value, "endpoint": ALL}, "n_clicks")
        app.callback(dialog_outputs(dialog), clicked, prevent_initial_call=True)(ask)


def _register_changes(app: Dash) -> None:
    changed = Output(IDS.CHANGED, "data", allow_duplicate=True)

    def connect(form: str, outputs: list[Output], names: tuple[str, ...], handler: Any, *, keyed: bool) -> None:
        states = [State(submit_id(form), "value")] if keyed else []
        app.callback(
            outputs,
            Input(submit_id(form), "n_clicks"),
            *states,
            *form_states(form, names),
            running=while_sending(form),
            prevent_initial_call=True,
        )(handler)

    connect(
        IDS.EDIT_FORM,
        [*closing_outputs(IDS.EDIT), changed, *form_outputs(IDS.EDIT_FORM, ENDPOINT_FIELDS)],
        (KEY_FIELD, *ENDPOINT_FIELDS),
        change_endpoint,
        keyed=False,
    )
    connect(
        IDS.TEST_FORM,
        [*closing_outputs(IDS.TEST), changed, *form_outputs(IDS.TEST_FORM, TEST_FIELDS)],
        (KEY_FIELD, *TEST_FIELDS),
        send_test,
        keyed=True,
    )
    connect(
        IDS.ROTATE_FORM,
        [
            *closing_outputs(IDS.ROTATE),
            *dialog_outputs(IDS.SECRET),
            changed,
            *form_outputs(IDS.ROTATE_FORM, ROTATE_FIELDS),
        ],
        (KEY_FIELD, *ROTATE_FIELDS),
        rotate_secret,
        keyed=True,
    )
    connect(
        IDS.RECOVER_FORM,
        [
            Output(body_id(IDS.RECOVER), "children", allow_duplicate=True),
            *form_outputs(IDS.RECOVER_FORM, RECOVER_FIELDS),
        ],
        (KEY_FIELD, *RECOVER_FIELDS),
        count_failures,
        keyed=False,
    )
    recovery = [*closing_outputs(IDS.RECOVER), changed]
    connect(IDS.RECOVER_SURE, recovery, (KEY_FIELD, *RECOVER_FIELDS), send_failures, keyed=True)
    connect(IDS.DISABLE_FORM, [*closing_outputs(IDS.DISABLE), changed], (KEY_FIELD,), disable_endpoint, keyed=False)
    connect(IDS.DELETE_FORM, closing_outputs(IDS.DELETE), (KEY_FIELD,), delete_endpoint, keyed=False)
    enable = Input({"type": Button.ENABLE.value, "endpoint": ALL}, "n_clicks")
    app.callback(changed, enable, prevent_initial_call=True)(enable_endpoint)


# -- what is shown ---------------------------------------------------------------------------------------------------


def load_endpoint(params: Params) -> dict[tuple[Any, str], Any]:
    """First data. NotFound passes through: the page is then a 404."""
    endpoint_id, tenant_id = one(params, "endpoint_id"), as_uuid(one(params, "tenantId"))
    wanted = DeliveryFilter.from_params(params)
    view = services().webhooks.open(endpoint_id, wanted, tenant_id, actor=actor())
    if isinstance(view.endpoint.error, NotFound):
        raise view.endpoint.error
    shown = dict(zip(SHOWN, _shown(view, endpoint_id, wanted, tenant_id), strict=True))
    return {
        **{(component_id, "children"): value for component_id, value in shown.items() if value is not no_update},
        (IDS.WATCH, "disabled"): not view.busy,
        (IDS.SEEN, "data"): view.version,
    }


def show_endpoint(
    query: str | None, _changed: str | None, _ticks: int | None, endpoint_id: str | None, seen: str | None
) -> list[Any]:
    """All of it anew: for another filter, after a change, and while attempts are being made."""
    wanted, tenant_id = DeliveryFilter.from_search(query), as_uuid(one(from_search(query), "tenantId"))
    try:
        view = services().webhooks.open(endpoint_id or "", wanted, tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        retry = build_failure(error, address(endpoint_id or "", tenant_id), request_id())
        return [*[no_update] * 5, retry, True, None]
    if ctx.triggered_id == IDS.WATCH and view.version == seen:
        # Nothing new: what has the focus, or is being read, stays.
        return [*[no_update] * 6, not view.busy, no_update]
    return [*_shown(view, endpoint_id or "", wanted, tenant_id), not view.busy, view.version]


def _shown(view: EndpointView, endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None) -> list[Any]:
    """In the order of SHOWN: the endpoint's parts and its deliveries, each as it could be had."""
    here = address(endpoint_id, tenant_id, wanted.to_query_string(tenant_id))
    endpoint, page = view.endpoint.value, view.deliveries.value
    changes = may(actor(), Act.CHANGE_WEBHOOKS)
    if endpoint is None:
        failure = build_failure(view.endpoint.error or PortalError(), here, request_id())
        head: list[Any] = [no_update, None, failure, None]
    else:
        head = [
            build_title(endpoint),
            build_actions(endpoint) if changes else None,
            build_head(endpoint, may_change=changes),
            build_recover_button(endpoint) if changes else None,
        ]
    filters = build_filters(endpoint_id, wanted, endpoint.events if endpoint else (), tenant_id, clock.now())
    if page is None:
        return [*head, filters, build_failure(view.deliveries.error or PortalError(), here, request_id())]
    return [*head, filters, build_deliveries(endpoint_id, page, wanted, tenant_id)]


# -- questions -------------------------------------------------------------------------------------------------------


def ask_about_change(clicks: list[int | None]) -> Any:
    def build(endpoint: Endpoint) -> Any:
        return build_edit_form(IDS.EDIT_FORM, IDS.EDIT, endpoint, services().webhooks.event_types(actor=actor()))

    return _ask(clicks, build)


def ask_about_test(clicks: list[int | None]) -> Any:
    return _ask(clicks, lambda found: build_test_form(found, services().webhooks.event_types(actor=actor())))


def ask_about_secret(clicks: list[int | None]) -> Any:
    return _ask(clicks, build_rotate_form)


def ask_about_failures(clicks: list[int | None]) -> Any:
    return _ask(clicks, lambda found: build_recover_form(found, clock.now()))


def ask_about_pause(clicks: list[int | None]) -> Any:
    return _ask(clicks, build_disable_form)


def ask_about_end(clicks: list[int | None]) -> Any:
    return _ask(clicks, build_delete_form)


def _ask(clicks: list[int | None], build: Callable[[Endpoint], Any]) -> Any:
    """Open the dialog about the endpoint whose button was used; drawing the page anew uses none."""
    if not any(clicks):
        return no_update, no_update
    try:
        return True, build(services().webhooks.show(ctx.triggered_id["endpoint"], actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update, no_update


# -- changes ---------------------------------------------------------------------------------------------------------


def change_endpoint(
    clicks: int | None, endpoint_id: str | None, url: str | None, description: str | None, events: list[str] | None
) -> list[Any]:
    """Change what it is; or say what is wrong beside the fields."""
    if not clicks:
        return [no_update] * 7
    draft = EndpointDraft((url or "").strip(), tuple(events or ()), (description or "").strip())
    try:
        services().webhooks.change(endpoint_id or "", draft, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 3, *problems(ENDPOINT_FIELDS, error, request_id())]
    return [False, None, _done("webhooks.edited"), *no_problems(ENDPOINT_FIELDS)]


def send_test(clicks: int | None, idempotency_key: str, endpoint_id: str | None, event_type: str | None) -> list[Any]:
    """Send an event that did not happen; its delivery appears in the list."""
    if not clicks:
        return [no_update] * 5
    try:
        services().webhooks.send_test(
            endpoint_id or "", event_type or "", idempotency_key=idempotency_key, actor=actor()
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 3, *problems(TEST_FIELDS, error, request_id())]
    return [False, None, _done("webhooks.tested"), *no_problems(TEST_FIELDS)]


def rotate_secret(clicks: int | None, idempotency_key: str, endpoint_id: str | None, overlap: str | None) -> list[Any]:
    """Make a new secret and show it, once."""
    if not clicks:
        return [no_update] * 7
    seconds = as_integer(overlap, 0)
    try:
        made = services().webhooks.rotate_secret(
            endpoint_id or "", -1 if seconds is None else seconds, idempotency_key=idempotency_key, actor=actor()
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return [*[no_update] * 5, *problems(ROTATE_FIELDS, error, request_id())]
    return [False, None, True, build_new_secret(IDS.SECRET, made), uuid4().hex, *no_problems(ROTATE_FIELDS)]


def count_failures(clicks: int | None, endpoint_id: str | None, since: str | None) -> list[Any]:
    """Say how many failures it would be, and ask."""
    if not clicks:
        return [no_update] * 3
    moment = as_moment(since or "")
    try:
        if not isinstance(moment, dt.datetime):
            raise invalid(since="invalid")
        found = services().webhooks.count_failures(endpoint_id or "", moment, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, *problems(RECOVER_FIELDS, error, request_id())]
    question = build_recover_question(found.endpoint, moment, found.count, more=found.more)
    return [question, *no_problems(RECOVER_FIELDS)]


def send_failures(clicks: int | None, idempotency_key: str, endpoint_id: str | None, since: str | None) -> list[Any]:
    """Send them again, all of them."""
    moment = as_moment(since or "")
    if not clicks or not isinstance(moment, dt.datetime):
        return [no_update] * 3
    try:
        count = services().webhooks.recover(endpoint_id or "", moment, idempotency_key=idempotency_key, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return _failed(error, 3)
    return [False, None, _done("webhooks.recovered", count=count)]


def enable_endpoint(clicks: list[int | None]) -> Any:
    """Begin to send again; it is undone as easily, so it is not asked about."""
    if not any(clicks):
        return no_update
    try:
        services().webhooks.enable(ctx.triggered_id["endpoint"], enabled=True, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return _failed(error, 1)[0]
    return _done("webhooks.enabled")


def disable_endpoint(clicks: int | None, endpoint_id: str | None) -> list[Any]:
    """Stop sending; a failure is told in the corner, and the question stays."""
    if not clicks:
        return [no_update] * 3
    try:
        services().webhooks.enable(endpoint_id or "", enabled=False, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return _failed(error, 3)
    return [False, None, _done("webhooks.disabled")]


def delete_endpoint(clicks: int | None, endpoint_id: str | None) -> list[Any]:
    """Remove it, and go to those that are left."""
    if not clicks:
        return [no_update] * 2
    try:
        services().webhooks.delete(endpoint_id or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return _failed(error, 2)
    _done("webhooks.deleted")
    set_props(LOCATION, {"pathname": PATH, "search": ""})
    return [False, None]


def _done(key: str, **values: Any) -> str:
    """Say so in the corner; the answer makes the page be asked for anew."""
    set_props(ToastsIds.LATEST, toast(t(key, **values)))
    return uuid4().hex


def _failed(error: PortalError, outputs: int) -> list[Any]:
    set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
    return [no_update] * outputs
