"""The bar above analytic pages: every control writes the address, and the address brings the page."""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from components.controls import DATE_TYPE, parts_by_name, read_date
from components.filters import END, START, FilterIds, read_query
from portal.domain.periods import Period


def register(app: Dash) -> None:
    """Connect the bar."""
    app.callback(
        Output(FilterIds.ADDRESS, "search"),
        Input(FilterIds.COMPARE, "value"),
        Input(FilterIds.INTERVAL, "value"),
        Input(FilterIds.OPERATORS, "value"),
        Input(FilterIds.SENDERS, "value"),
        Input(FilterIds.STATUSES, "value"),
        Input(FilterIds.APPLY, "n_clicks"),
        State({"type": DATE_TYPE, "field": START, "part": ALL}, "value"),
        State({"type": DATE_TYPE, "field": END, "part": ALL}, "value"),
        State(FilterIds.ADDRESS, "search"),
        prevent_initial_call=True,
    )(follow_controls)


def follow_controls(
    compare: bool | None,
    interval: str | None,
    operators: list[str] | None,
    senders: list[str] | None,
    statuses: list[str] | None,
    _apply: int | None,
    _start: list[str | None],
    _end: list[str | None],
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
    if ctx.triggered_id == FilterIds.APPLY:
        start, end = (read_date(parts_by_name(states)) for states in ctx.states_list[:2])
        after = after.between(Period(*sorted((start, end)))) if start and end else after
    query = after.to_query_string()
    return no_update if query == before.to_query_string() else (f"?{query}" if query else "")
