"""An account at a glance: its first data, and a card's button that asks once more."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from components.charts.card import Values, drawn
from components.filters import read_query
from components.forms import form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.tenant import CHARTS, IDS, PATH, TenantIds, tenant_outputs, tenant_values
from components.tickets import LINK_FIELDS, TicketsIds, build_link, build_tickets
from components.toasts import ToastsIds, toast
from portal.context import actor, request_id, services
from portal.domain import clock
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, from_search, one
from portal.domain.permissions import Act, may
from portal.i18n import t
from portal.shell.live_pages import connect_graphs


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_tenant)
    app.callback(
        [Output(component_id, prop) for component_id, prop in tenant_outputs()],
        Input(IDS.retries, "n_clicks"),
        State(TenantIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(ask_again)
    app.callback(
        [Output(TenantIds.TICKETS, "children", allow_duplicate=True), *form_outputs(TicketsIds.FORM, LINK_FIELDS)],
        Input(submit_id(TicketsIds.FORM), "n_clicks"),
        State(TenantIds.ADDRESS, "data"),
        *form_states(TicketsIds.FORM, LINK_FIELDS),
        running=while_sending(TicketsIds.FORM),
        prevent_initial_call=True,
    )(link_tickets)
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)


def load_tenant(params: Params) -> Values:
    """The account that the address names, in the last 30 days whatever else it says. NotFound passes through: the page
    is then a 404."""
    query = read_query({"tenantId": one(params, "tenantId")})
    found = services().tenants.open(query, actor=actor())
    values = tenant_values(found, query, clock.now(), request_id())
    form = build_link(found.tickets.value, may_link=may(actor(), Act.LINK_TICKETS))
    return {**values, (TicketsIds.LINK, "children"): form}


def ask_again(presses: list[int | None], search: str | None) -> list[Any]:
    """Everything anew when a card's button is pressed; one that has only been drawn calls as well."""
    if not any(presses):
        raise PreventUpdate
    values = drawn(load_tenant(from_search(search)))
    return [values[output] for output in tenant_outputs()]


def link_tickets(clicks: int | None, search: str | None, organisation: str | None) -> list[Any]:
    """Say which of the support system's organisations the account is, and show its tickets."""
    if not clicks:
        return [no_update] * 3
    tenant_id = as_uuid(one(from_search(search), "tenantId")) or ""
    try:
        found = services().tenants.link_tickets(tenant_id, organisation or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, *problems(LINK_FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("tickets.link.saved")))
    return [build_tickets(found, clock.now()), *no_problems(LINK_FIELDS, stays=True)]
