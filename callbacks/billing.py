"""The billing overview's numbers: when it is asked for, when new traffic arrives, when somebody tries again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update, set_props
from dash.exceptions import PreventUpdate

from components.billing import CHARTS, IDS, PATH, BillingIds, balance_tile, billing_outputs, billing_values
from components.billing_query import read_month
from components.billing_tabs import TabsIds, build_tabs
from components.charts.card import Values, drawn
from components.forms import form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.kpi import kpi_id
from components.low_balance import FIELDS, LowBalanceIds, build_low_balance, build_standing
from components.toasts import ToastsIds, toast
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, RateLimited, Unauthenticated, UpstreamUnavailable
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.query import AnalyticsQuery
from portal.i18n import t


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
    app.callback(
        [
            Output(LowBalanceIds.STANDING, "children"),
            Output(kpi_id(IDS.page, "balance"), "children", allow_duplicate=True),
            *form_outputs(LowBalanceIds.FORM, FIELDS),
        ],
        Input(submit_id(LowBalanceIds.FORM), "n_clicks"),
        *form_states(LowBalanceIds.FORM, FIELDS),
        running=while_sending(LowBalanceIds.FORM),
        prevent_initial_call=True,
    )(set_low_balance)
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
    warning = build_low_balance(found.balance.value, may_set=may(actor(), Act.SET_LOW_BALANCE))
    return {**values, (TabsIds.TABS, "children"): tabs, (LowBalanceIds.PLACE, "children"): warning}


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


def set_low_balance(clicks: int | None, typed: str | None) -> list[Any]:
    """Warn below another amount, or never; the tile of the balance may change with it."""
    if not clicks:
        return [no_update] * 4
    try:
        balance = services().billing.warn_below(typed or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, no_update, *problems(FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("billing.low.saved")))
    return [build_standing(balance), balance_tile(balance), *no_problems(FIELDS, stays=True)]


def _query(asked: Params | str | None) -> AnalyticsQuery:
    """This month; its numbers lead to messages only where this reader may see those."""
    return replace(read_month(asked), opens_log=may(actor(), Act.READ_MESSAGES))


def _news(search: str | None, revision: int | None) -> bool:
    """Whether there is something new; a tick that cannot ask leaves it to the next one."""
    try:
        return bool(services().analytics.changed_since(revision, read_month(search).tenant_id, actor=actor()))
    except (UpstreamUnavailable, RateLimited):
        return False
