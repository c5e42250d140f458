"""The peer: the same dashboard as Dash's documentation teaches to write it, on the same numbers.

Run by ``gunicorn bench.peers.plain_dash:server``.
"""

from __future__ import annotations

import os
from typing import Any

import dash
import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, dcc, html

from bench.peers import figures

app = Dash(
    __name__,
    title="Portal",
    use_pages=True,
    pages_folder="",
    external_stylesheets=["/assets/bootstrap.min.css"],
    assets_folder=os.environ["BENCH_ASSETS"],
)
server = app.server


def rows(frame: Any) -> list[html.Tr]:
    return [html.Tr([html.Td(row.day), html.Td(row.messages)]) for row in frame.itertuples()]


dash.register_page(
    "overview",
    path="/",
    layout=dbc.Container(
        [
            dcc.Dropdown(["all", *figures.OPERATORS["key"]], "all", id="operator"),
            dcc.RadioItems(figures.PERIODS, 90, id="days", inline=True),
            dbc.Row(id="kpis"),
            dbc.Row([dbc.Col(dcc.Graph(id="volume"), width=8), dbc.Col(dcc.Graph(id="rate"), width=4)]),
            dbc.Row([dbc.Col(dcc.Graph(id="operators"), width=4), dbc.Col(dcc.Graph(id="heatmap"), width=8)]),
            dcc.Graph(id="errors"),
            html.Table(id="table", className="table table-striped"),
        ],
        fluid=True,
    ),
)
dash.register_page(
    "statuses",
    path="/statuses",
    layout=lambda **_: dbc.Container(
        [
            dcc.Graph(id="by-status", figure=figures.by_status(90)),
            html.Table(rows(figures.table(90, 50)), id="table", className="table table-striped"),
        ],
        fluid=True,
    ),
)
app.layout = html.Div(
    [html.Nav([dcc.Link("Overview", href="/"), dcc.Link("Statuses", href="/statuses")]), dash.page_container]
)


@app.callback(
    Output("kpis", "children"),
    Output("volume", "figure"),
    Output("rate", "figure"),
    Output("operators", "figure"),
    Output("heatmap", "figure"),
    Output("errors", "figure"),
    Output("table", "children"),
    Input("operator", "value"),
    Input("days", "value"),
)
def update(_operator: str, days: int) -> tuple[Any, ...]:
    tiles = [
        dbc.Col(dbc.Card(dbc.CardBody([html.H6(name), html.H3(value, className="kpi")])))
        for name, value in figures.key_figures(days)
    ]
    return (
        tiles, figures.volume(days), figures.rate(days), figures.operators(), figures.heatmap(), figures.errors(),
        rows(figures.table(days)),
    )  # fmt: skip
