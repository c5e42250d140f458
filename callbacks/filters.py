"""The bar above analytic pages: every control writes the address, and the address brings the page."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from components import analytics, dashboard
from components.date_range import range_states, read_range
from components.filters import RANGE, FilterIds, read_query, shown_values

LOCATION = "_pages_location"
PAGES = (dashboard.PATH, analytics.PATH)
SHOWN = (
    (FilterIds.PRESETS, "children"),
    (FilterIds.CUSTOM, "children"),
    (FilterIds.SHORTCUTS, "children"),
    (FilterIds.DATES, "children"),
    (FilterIds.INTERVAL, "options"),
    (FilterIds.SHOWN, "children"),
)


def register(app: Dash) -> None:
    """Connect the bar."""
    app.callback(
        Output(FilterIds.ADDRESS, "data"),
        Input(FilterIds.COMPARE, "value"),
        Input(FilterIds.INTERVAL, "value"),
        Input(FilterIds.OPERATORS, "value"),
        Input(FilterIds.SENDERS, "value"),
        Input(FilterIds.STATUSES, "value"),
        Input(FilterIds.APPLY, "n_clicks"),
        *range_states(RANGE),
        State(FilterIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(follow_controls)
    app.callback(
        [Output(component_id, prop) for component_id, prop in SHOWN],
        Input(FilterIds.ADDRESS, "data"),
        State(LOCATION, "pathname"),
        prevent_initial_call=True,
    )(show_address)
    app.clientside_callback(
        ClientsideFunction("portal", "writeAddress"),
        Output(FilterIds.SHOWN, "data-written"),
        Input(FilterIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )


def follow_controls(
    compare: bool | None,
    interval: str | None,
    operators: list[str] | None,
    senders: list[str] | None,
    statuses: list[str] | None,
    presses: int | None,
    start: str | None,
    end: str | None,
    search: str | None,
) -> Any:
    """Write what the controls say into the address; everything else in it stays."""
    before = read_query(search)
    after = before.choosing(
        compare=bool(compare),
        interval=interval or "",
        operators=operators or (),
        senders=senders or (),
        statuses=statuses or (),
    )
    if presses and ctx.triggered_id == FilterIds.APPLY:
        period = read_range(start, end)
        after = after.between(period) if period else after
    query = after.to_query_string()
    return no_update if query == before.to_query_string() else query


def show_address(search: str | None, path: str) -> list[Any]:
    """Let the bar say what the address says. Its links lead to the page it stands on; no other path becomes one."""
    if path not in PAGES:
        return [no_update] * len(SHOWN)
    values = shown_values(read_query(search), path)
    return [values[output] for output in SHOWN]
