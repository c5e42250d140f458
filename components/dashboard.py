"""The dashboard: key figures, and the charts that answer what most people come for."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.charts.card import Values
from components.filters import build_filter_bar
from components.key_figures import balance_figure, rate_figure, spend_figure, volume_figure
from components.kpi import build_tile, kpi_id, tile_failure, tile_value
from components.nps import NpsIds
from components.page import page_header
from components.traffic import Answers, PageIds, Part, build_cards, build_live_parts, build_updated, page_values
from portal.domain.errors import PortalError
from portal.domain.query import AnalyticsQuery
from portal.i18n import t

PATH: Final = "/dashboard"
IDS: Final = PageIds("dashboard")
TILES: Final = ("volume", "rate", "balance", "spend")
FIGURES: Final = {"volume": volume_figure, "rate": rate_figure, "spend": spend_figure}
CHARTS: Final = ("volume", "rate", "operators", "errors", "when")


def build_dashboard(query: AnalyticsQuery) -> Component:
    """The page without its data; everything has its final size."""
    return html.Div(
        [
            page_header(t("dashboard.title"), t("dashboard.lead"), actions=[build_updated(IDS)]),
            build_filter_bar(query, PATH),
            html.Div(
                [html.Div(build_tile(IDS.page, name), className="col-12 col-sm-6 col-xl-3") for name in TILES],
                className="row g-3",
            ),
            html.Div(
                [
                    build_cards(IDS, (("volume", "col-12 col-xl-7"), ("rate", "col-12 col-xl-5"))),
                    build_cards(
                        IDS,
                        (
                            ("operators", "col-12 col-lg-6 col-xxl-4"),
                            ("errors", "col-12 col-lg-6 col-xxl-4"),
                            ("when", "col-12 col-xxl-4"),
                        ),
                    ),
                ],
                className="vstack gap-3",
            ),
            html.Div(id=NpsIds.PLACE),
            *build_live_parts(IDS),
        ],
        className="page",
    )


def dashboard_outputs() -> list[tuple[Any, str]]:
    """What :func:`dashboard_values` sets, in a fixed order."""
    return [*((kpi_id(IDS.page, name), "children") for name in TILES), *IDS.outputs(CHARTS)]


def dashboard_values(answers: Answers, query: AnalyticsQuery, now: dt.datetime) -> Values:
    """Everything the dashboard shows, for its first data and for every renewal alike."""
    values = page_values(IDS, CHARTS, answers, query, now)
    summary: Part = answers.summary  # type: ignore[attr-defined]
    for name, build in FIGURES.items():
        missing = summary.value is None
        body = tile_failure(summary.error or PortalError()) if missing else tile_value(build(answers, query))
        values[kpi_id(IDS.page, name), "children"] = body
    balance: Part = answers.balance  # type: ignore[attr-defined]
    left = tile_failure(balance.error or PortalError()) if balance.value is None else None
    values[kpi_id(IDS.page, "balance"), "children"] = left or tile_value(balance_figure(balance.value))
    return values
