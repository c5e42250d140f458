"""The billing overview's numbers: when it is asked for, when new traffic arrives, when somebody tries again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from components.billing import CHARTS, IDS, PATH, BillingIds, billing_outputs, billing_values
from components.billing_query import read_month
from components.billing_tabs import TabsIds, build_tabs
from components.charts.card import Values, drawn
from portal.context import actor, request_id, services
from portal.domain.errors import RateLimited, UpstreamUnavailable
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.query import AnalyticsQuery


def register(app: Dash) -> None:
    """Connect the page: its first data, and what renews it (new traffic, a pressed button)."""
    app.first_data(PATH, load_billing)
    app.callback(
        [Output(component_id, prop) for component_id, prop in billing_outputs()],
        Input(IDS.live, "n_intervals"),
        Input({"type": "card-retry", "page": IDS.page, "card": ALL}, "n_clicks"),
        State(BillingIds.ADDRESS, "data"),
        State(IDS.revision, "data"),
        prevent_initial_call=True,
    )(renew_billing)
    graphs = [IDS.card(chart).graph for chart in CHARTS]
    app.clientside_callback(
        ClientsideFunction("portal", "openLog"),
        Output(IDS.opened, "href"),
        [Input(graph, "clickData") for graph in graphs],
        [State(graph, "figure") for graph in graphs],
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("portal", "keepFigures"),
        Output(IDS.kept, "title"),
        [Input(graph, "figure") for graph in graphs],
    )


def load_billing(params: Params) -> Values:
    """The page's first data."""
    query = _query(params)
    found = services().billing.overview(query, actor=actor())
    tabs = build_tabs("overview", query.tenant_id, actor=actor())
    values = billing_values(found, query, dt.datetime.now(dt.UTC), request_id())
    return {**values, (TabsIds.TABS, "children"): tabs}


def renew_billing(_ticks: int | None, presses: list[int | None], search: str | None, revision: int | None) -> list[Any]:
    """Everything anew when the platform has something new, or when a card's button is pressed.

    A button that has only just been drawn calls as well; it has not been pressed.
    """
    if not (any(presses) if isinstance(ctx.triggered_id, dict) else _news(search, revision)):
        raise PreventUpdate
    query = _query(search)
    found = services().billing.overview(query, actor=actor())
    values = drawn(billing_values(found, query, dt.datetime.now(dt.UTC), request_id()))
    return [values.get(output, no_update) for output in billing_outputs()]


def _query(asked: Params | str | None) -> AnalyticsQuery:
    """This month; its numbers lead to messages only where this reader may see those."""
    return replace(read_month(asked), opens_log=may(actor(), Act.READ_MESSAGES))


def _news(search: str | None, revision: int | None) -> bool:
    """Whether there is something new; a tick that cannot ask leaves it to the next one."""
    try:
        return bool(services().analytics.changed_since(revision, read_month(search).tenant_id, actor=actor()))
    except (UpstreamUnavailable, RateLimited):
        return False
