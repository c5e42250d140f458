"""An account at a glance: its first data, and a card's button that asks once more."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from components.charts.card import Values, drawn
from components.filters import read_query
from components.tenant import CHARTS, IDS, PATH, TenantIds, tenant_outputs, tenant_values
from portal.context import actor, request_id, services
from portal.domain.params import Params, from_search, one
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
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)


def load_tenant(params: Params) -> Values:
    """The account that the address names, in the last 30 days whatever else it says. NotFound passes through: the page
    is then a 404."""
    query = read_query({"tenantId": one(params, "tenantId")})
    found = services().tenants.open(query, actor=actor())
    return tenant_values(found, query, dt.datetime.now(dt.UTC), request_id())


def ask_again(presses: list[int | None], search: str | None) -> list[Any]:
    """Everything anew when a card's button is pressed; one that has only been drawn calls as well."""
    if not any(presses):
        raise PreventUpdate
    values = drawn(load_tenant(from_search(search)))
    return [values[output] for output in tenant_outputs()]
