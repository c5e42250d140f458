"""The peer: the same dashboard in Vizro, as its documentation teaches. Run by ``gunicorn bench.peers.vizro_app:server``."""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
import pandas as pd
import vizro.models as vm
from dash import html
from vizro import Vizro
from vizro.managers import data_manager
from vizro.models.types import capture

from bench.peers import figures


def of_days(days: int = 90) -> pd.DataFrame:
    """The rows of a period; how long it is goes with them, for the figures below."""
    frame = figures.of_days(figures.VOLUME, days).copy()
    frame["days"] = days
    return frame


data_manager["messages"] = of_days


def _days(frame: pd.DataFrame) -> int:
    return int(frame["days"].iloc[0])


@capture("graph")
def volume(data_frame: pd.DataFrame) -> Any:
    return figures.volume(_days(data_frame))


@capture("graph")
def rate(data_frame: pd.DataFrame) -> Any:
    return figures.rate(_days(data_frame))


@capture("graph")
def operators(data_frame: pd.DataFrame) -> Any:
    return figures.operators()


@capture("graph")
def heatmap(data_frame: pd.DataFrame) -> Any:
    return figures.heatmap()


@capture("graph")
def errors(data_frame: pd.DataFrame) -> Any:
    return figures.errors()


@capture("graph")
def by_status(data_frame: pd.DataFrame) -> Any:
    return figures.by_status(_days(data_frame))


@capture("figure")
def tile(data_frame: pd.DataFrame, place: int) -> Any:
    name, value = figures.key_figures(_days(data_frame))[place]
    return dbc.Card(dbc.CardBody([html.H6(name), html.H3(value, className="kpi")]))


@capture("figure")
def listed(data_frame: pd.DataFrame, rows: int) -> Any:
    return dbc.Table.from_dataframe(figures.table(_days(data_frame), rows), striped=True)


CHARTS = {"volume": volume, "rate": rate, "operators": operators, "heatmap": heatmap, "errors": errors}
TILES = [f"tile{place}" for place in range(4)]
overview = vm.Page(
    title="Overview",
    path="/",
    layout=vm.Grid(
        grid=[[0, 1, 2, 3], *[[4, 4, 4, 5]] * 3, *[[6, 7, 7, 7]] * 3, *[[8, 8, 8, 8]] * 3, *[[9, 9, 9, 9]] * 4],
        row_min_height="120px",
    ),
    components=[
        *(vm.Figure(id=name, figure=tile(data_frame="messages", place=place)) for place, name in enumerate(TILES)),
        *(vm.Graph(id=name, figure=made(data_frame="messages")) for name, made in CHARTS.items()),
        vm.Figure(id="table", figure=listed(data_frame="messages", rows=15)),
    ],
    controls=[
        vm.Parameter(
            targets=[f"{name}.data_frame.days" for name in (*TILES, *CHARTS, "table")],
            selector=vm.RadioItems(options=figures.PERIODS, value=90, title="Period"),
        )
    ],
)
statuses = vm.Page(
    title="Statuses",
    path="/statuses",
    components=[
        vm.Graph(id="by-status", figure=by_status(data_frame="messages")),
        vm.Figure(id="days-table", figure=listed(data_frame="messages", rows=50)),
    ],
)
server = Vizro().build(vm.Dashboard(title="Portal", pages=[overview, statuses])).dash.server
