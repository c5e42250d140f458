"""The analytics page's numbers: when it is asked for, when new traffic arrives, when somebody tries again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from components.analytics import CHARTS, IDS, PATH, analytics_outputs, analytics_values
from components.charts.card import Values, drawn
from components.filters import FilterIds, option_values, read_query
from portal.context import actor, services
from portal.domain.errors import RateLimited, UpstreamUnavailable
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.query import AnalyticsQuery


def register(app: Dash) -> None:
    """Connect the page: its first data, and what renews it (another address, new traffic, a pressed button)."""
    app.first_data(PATH, load_analytics)
    app.callback(
        [Output(component_id, prop) for component_id, prop in analytics_outputs()],
        Input(IDS.live, "n_intervals"),
        Input({"type": "card-retry", "page": IDS.page, "card": ALL}, "n_clicks"),
        Input(FilterIds.ADDRESS, "data"),
        State(IDS.revision, "data"),
        prevent_initial_call=True,
    )(renew_analytics)
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


def load_analytics(params: Params) -> Values:
    """The page's first data."""
    query = _query(params)
    answers = services().analytics.analytics(query, actor=actor())
    options = option_values(query, answers.options.value) if answers.options.value else {}
    return {**analytics_values(answers, query, dt.datetime.now(dt.UTC)), **options}


def renew_analytics(
    _ticks: int | None, presses: list[int | None], search: str | None, revision: int | None
) -> list[Any]:
    """Everything anew for another address, when the platform has something new, or when a card's button is pressed.

    A button that has only just been drawn calls as well; it has not been pressed.
    """
    if not _wanted(presses, search, revision):
        raise PreventUpdate
    query = _query(search)
    answers = services().analytics.analytics(query, actor=actor())
    values = drawn(analytics_values(answers, query, dt.datetime.now(dt.UTC)))
    return [values.get(output, no_update) for output in analytics_outputs()]


def _query(asked: Params | str | None) -> AnalyticsQuery:
    """What the address asks for; its numbers lead to messages only where this reader may see those."""
    return replace(read_query(asked), opens_log=may(actor(), Act.READ_MESSAGES))


def _wanted(presses: list[int | None], search: str | None, revision: int | None) -> bool:
    """Whether what triggered is a reason to ask again."""
    if ctx.triggered_id == FilterIds.ADDRESS:
        return True
    return any(presses) if isinstance(ctx.triggered_id, dict) else _news(search, revision)


def _news(search: str | None, revision: int | None) -> bool:
    """Whether there is something new; a tick that cannot ask leaves it to the next one."""
    try:
        return bool(services().analytics.changed_since(revision, read_query(search).tenant_id, actor=actor()))
    except (UpstreamUnavailable, RateLimited):
        return False
