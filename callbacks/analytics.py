"""The analytics page's numbers: when it is asked for, when new traffic arrives, when somebody tries again."""

from __future__ import annotations

from dataclasses import replace

from dash import Dash, Input
from dash.exceptions import PreventUpdate

from components.analytics import CHARTS, IDS, PATH, analytics_outputs, analytics_values
from components.charts.card import Values, drawn
from components.filters import FilterIds, option_values, read_query, today
from portal.context import actor, services
from portal.domain import clock
from portal.domain.params import Params
from portal.domain.permissions import Act, may
from portal.domain.query import AnalyticsQuery
from portal.shell.first_data import Same
from portal.shell.live_pages import connect_graphs, connect_renewal, is_wanted


def register(app: Dash) -> None:
    """Connect the page: its first data, and what renews it (another address, new traffic, a pressed button)."""
    app.first_data(PATH, load_analytics)
    connect_renewal(
        app,
        renew_analytics,
        analytics_outputs(),
        live=IDS.live,
        retries=IDS.retries,
        address=Input(FilterIds.ADDRESS, "data"),
        revision=IDS.revision,
    )
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)


def load_analytics(params: Params) -> Values:
    """The page's first data, the same for all who are shown these answers."""
    query = _query(params)
    answers = services().analytics.analytics(query, actor=actor())

    def values() -> Values:
        options = option_values(query, answers.options.value) if answers.options.value else {}
        return {**analytics_values(answers, query, clock.now()), **options}

    return Same(answers, (query, today()), values) if answers.complete else values()


def renew_analytics(_ticks: int | None, presses: list[int | None], search: str | None, revision: int | None) -> Values:
    """Everything anew for another address, when the platform has something new, or when a card's button is pressed."""
    query = _query(search)
    news = services().analytics.news_since
    if not is_wanted(presses, IDS.live, lambda: news(revision, query.tenant_id, actor=actor())):
        raise PreventUpdate
    answers = services().analytics.analytics(query, actor=actor())

    def values() -> Values:
        return drawn(analytics_values(answers, query, clock.now()))

    return Same(answers, (query, today()), values) if answers.complete else values()


def _query(asked: Params | str | None) -> AnalyticsQuery:
    """What the address asks for; its numbers lead to messages only where this reader may see those."""
    return replace(read_query(asked), opens_log=may(actor(), Act.READ_MESSAGES))
