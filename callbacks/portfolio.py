"""The portfolio: first data, filters and order, "Load more"."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from components.charts.card import Values, card_values, drawn
from components.charts.portfolio import MOST_POINTS, portfolio_chart
from components.portfolio import (
    CARD,
    IDS,
    PATH,
    TENANT_PATH,
    PortfolioIds,
    build_foot,
    build_portfolio,
    build_portfolio_failure,
    build_rows,
    read_counts,
)
from components.portfolio_filters import build_bands, build_chips
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params
from portal.domain.portfolio import PortfolioFilter, Sort
from portal.i18n import t
from portal.shell.live_pages import connect_graphs

SHOWN = (
    (PortfolioIds.CONTENT, "children"),
    (PortfolioIds.BANDS, "children"),
    (PortfolioIds.SHOWN, "children"),
    *CARD.outputs(),
)


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(PATH, load_portfolio)
    app.callback(
        Output(PortfolioIds.ADDRESS, "data"),
        Input(PortfolioIds.SEARCH, "value"),
        Input(PortfolioIds.DRIVERS, "value"),
        Input(PortfolioIds.SORT, "value"),
        Input(PortfolioIds.ORDER, "value"),
        State(PortfolioIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(follow_controls)
    app.callback(
        [Output(component_id, prop) for component_id, prop in SHOWN],
        Input(PortfolioIds.ADDRESS, "data"),
        Input(IDS.retries, "n_clicks"),
        prevent_initial_call=True,
    )(show_address)
    app.clientside_callback(
        ClientsideFunction("portal", "writeAddress"),
        Output(PortfolioIds.SHOWN, "data-written"),
        Input(PortfolioIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(PortfolioIds.PAGE, "data"),
        Output(PortfolioIds.FOOT, "children"),
        Input(PortfolioIds.MORE, "n_clicks"),
        State(PortfolioIds.MORE, "value"),
        State(PortfolioIds.MORE, "name"),
        State(PortfolioIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(append_rows)
    app.clientside_callback(
        ClientsideFunction("portal", "appendRows"),
        Output(PortfolioIds.LATER, "data-appended"),
        Input(PortfolioIds.PAGE, "data"),
        prevent_initial_call=True,
    )
    connect_graphs(app, [CARD.graph], opened=IDS.opened, kept=IDS.kept)


def load_portfolio(params: Params) -> Values:
    """First data: a customer is told that it is not theirs, and nothing is asked."""
    return _values(PortfolioFilter.from_params(params))


def show_address(search: str | None, presses: list[int | None]) -> list[Any]:
    """The accounts of another address, and what the bar says of it; the same again when a card's button is pressed."""
    if isinstance(ctx.triggered_id, dict) and not any(presses):
        raise PreventUpdate  # the button has only just been drawn
    values = drawn(_values(PortfolioFilter.from_search(search)))
    return [values[output] for output in SHOWN]


def _values(wanted: PortfolioFilter) -> Values:
    found = services().portfolio.open(wanted, most_dots=MOST_POINTS, actor=actor())
    page, dots = found.page.value, found.dots.value
    result = (
        build_portfolio(page, wanted)
        if page is not None
        else build_portfolio_failure(found.page.error or PortalError(), wanted, request_id())
    )
    chart = portfolio_chart(dots, TENANT_PATH) if dots is not None else None
    return {
        (PortfolioIds.CONTENT, "children"): result,
        (PortfolioIds.BANDS, "children"): build_bands(wanted, page.bands if page is not None else None),
        (PortfolioIds.SHOWN, "children"): build_chips(wanted),
        **card_values(CARD, chart, found.dots.error, advice=t("chart.portfolio.none.advice")),
    }


def follow_controls(
    text: str | None, drivers: list[str] | None, sort: str | None, order: str | None, search: str | None
) -> Any:
    """Write what the controls say into the address. Another sort begins as people want it first."""
    before = PortfolioFilter.from_search(search)
    chosen = Sort(sort) if sort in set(Sort) else before.sort
    begins = ctx.triggered_id == PortfolioIds.SORT and chosen is not before.sort
    after = before.choosing(text=text or "", drivers=drivers or ())
    after = after.sorted_by(chosen, descending=chosen.falls if begins else order == "desc")
    query = after.to_query_string()
    return no_update if query == before.to_query_string() else query


def append_rows(clicks: int | None, cursor: str | None, counts: str | None, search: str | None) -> Any:
    """The next accounts, for the script that puts them below those already there; these stay whatever happens."""
    if not clicks or not cursor:
        return no_update, no_update
    wanted, (before, total) = PortfolioFilter.from_search(search), read_counts(counts)
    try:
        page = services().portfolio.list_page(wanted, cursor=cursor, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return no_update, build_foot(cursor, before, total, error, wanted=wanted)
    return build_rows(page), build_foot(page.next_cursor, before + len(page.items), total, wanted=wanted)
