"""The billing overview's numbers: when it is asked for, when new traffic arrives, when somebody tries again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
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
from portal.domain import clock
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.query import AnalyticsQuery
from portal.i18n import t
from portal.shell.live_pages import connect_graphs, connect_renewal, is_wanted


def register(app: Dash) -> None:
    """Connect the page: its first data, and what renews it (new traffic, a pressed button)."""
    app.first_data(PATH, load_billing)
    connect_renewal(
        app,
        renew_billing,
        billing_outputs(),
        live=IDS.live,
        retries=IDS.retries,
        address=State(BillingIds.ADDRESS, "data"),
        revision=IDS.revision,
    )
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
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)


def load_billing(params: Params) -> Values:
    """The page's first data."""
    query = _query(params)
    found = services().billing.overview(query, actor=actor())
    tabs = build_tabs("overview", query.tenant_id, actor=actor())
    values = billing_values(found, query, clock.now(), request_id())
    warning = build_low_balance(found.balance.value, may_set=may(actor(), Act.SET_LOW_BALANCE))
    return {**values, (TabsIds.TABS, "children"): tabs, (LowBalanceIds.PLACE, "children"): warning}


def renew_billing(_ticks: int | None, presses: list[int | None], search: str | None, revision: int | None) -> Values:
    """Everything anew when the platform has something new, or when a card's button is pressed."""
    query = _query(search)
    news = services().analytics.news_since
    if not is_wanted(presses, IDS.live, lambda: news(revision, query.tenant_id, actor=actor())):
        raise PreventUpdate
    found = services().billing.overview(query, actor=actor())
    return drawn(billing_values(found, query, clock.now(), request_id()))


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
