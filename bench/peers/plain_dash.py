"""The peer: the same dashboard as Dash's documentation teaches to write it, on the same numbers.

Reads ``BENCH_DATA`` (JSON of the gateway's answers). Run by ``gunicorn bench.peers.plain_dash:server``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
import plotly.express as px
from dash import Dash, Input, Output, dcc, html

DATA = json.loads(Path(os.environ["BENCH_DATA"]).read_text())
DAYS = DATA["volume"]["buckets"]
VOLUME = pd.DataFrame(
    [
        {"day": day, "status": series["key"], "messages": value}
        for series in DATA["volume"]["series"]
        for day, value in zip(DAYS, series["values"], strict=True)
    ]
)
RATE = pd.DataFrame({"day": DAYS, "rate": DATA["rate"]["series"][0]["values"]})
OPERATORS = pd.DataFrame(DATA["operators"]["items"])
HEAT = pd.DataFrame(DATA["heatmap"]["cells"])
ERRORS = pd.DataFrame(DATA["errors"]["items"])

app = Dash(
    __name__,
    title="Portal",
    external_stylesheets=["/assets/bootstrap.min.css"],
    assets_folder=os.environ["BENCH_ASSETS"],
)
server = app.server


def kpi(name: str, value: str) -> dbc.Col:
    return dbc.Col(dbc.Card(dbc.CardBody([html.H6(name), html.H3(value, className="kpi")])))


app.layout = dbc.Container(
    [
        dcc.Dropdown(["all", *OPERATORS["key"]], "all", id="operator"),
        dcc.RadioItems([7, 30, 90], 90, id="days", inline=True),
        dbc.Row(id="kpis"),
        dbc.Row([dbc.Col(dcc.Graph(id="volume"), width=8), dbc.Col(dcc.Graph(id="rate"), width=4)]),
        dbc.Row([dbc.Col(dcc.Graph(id="operators"), width=4), dbc.Col(dcc.Graph(id="heatmap"), width=8)]),
        dcc.Graph(id="errors"),
        html.Table(id="table", className="table table-striped"),
    ],
    fluid=True,
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
    shown = VOLUME[VOLUME["day"].isin(DAYS[-days:])]
    total = int(shown["messages"].sum())
    delivered = int(shown[shown["status"] == "delivered"]["messages"].sum())
    heat = HEAT.pivot_table(index="weekday", columns="hour", values="messages")
    per_day = shown.groupby("day", as_index=False)["messages"].sum().tail(15)
    return (
        [kpi("Messages", f"{total:,}"), kpi("Delivered", f"{delivered:,}"), kpi("Rate", f"{delivered / max(1, total):.1%}"),
         kpi("Balance", DATA["balance"]["balance"]["amount"])],
        px.bar(shown, x="day", y="messages", color="status"),
        px.line(RATE[RATE["day"].isin(DAYS[-days:])], x="day", y="rate"),
        px.bar(OPERATORS, x="key", y="messages"),
        px.imshow(heat),
        px.bar(ERRORS, x="messages", y="key", orientation="h"),
        [html.Tr([html.Td(row.day), html.Td(row.messages)]) for row in per_day.itertuples()],
    )  # fmt: skip
