"""``/portfolio``: where internal users begin."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from components.charts.card import build_card
from components.page import page_header
from components.portfolio import CARD, IDS, PATH, PortfolioIds, build_portfolio_waiting
from components.portfolio_filters import build_portfolio_filters
from portal.domain.portfolio import PortfolioFilter
from portal.i18n import t


def layout(**params: Any) -> Component:
    """The filters of the address, and room for the picture and the rows."""
    return html.Div(
        [
            page_header(t("portfolio.title"), t("portfolio.lead")),
            build_portfolio_filters(PortfolioFilter.from_params(params)),
            build_card(CARD, t("chart.portfolio.question"), thinning=True),
            html.Div(build_portfolio_waiting(), id=PortfolioIds.CONTENT, className="panel panel-flush"),
            html.Div(id=IDS.kept),
            # A whole page load, so that the frame says whose numbers these are.
            dcc.Location(id=IDS.opened, refresh=True),
        ],
        className="page vstack gap-3",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("portfolio.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="portfolio",
    nav="portfolio.title",
    icon="briefcase",
    audience="internal",
    order=10,
)
