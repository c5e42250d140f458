"""Charts: one pure description (:class:`Chart`), several renderers that show the same numbers, colours and words."""

from __future__ import annotations

from components.charts.pictured import pictured
from components.charts.plotly import GRAPH_CONFIG, figure
from components.charts.spec import Band, Categories, Chart, Kind, Mark, Scale, Series, Tick
from components.charts.svg import svg

__all__ = [
    "GRAPH_CONFIG",
    "Band",
    "Categories",
    "Chart",
    "Kind",
    "Mark",
    "Scale",
    "Series",
    "Tick",
    "figure",
    "pictured",
    "svg",
]
