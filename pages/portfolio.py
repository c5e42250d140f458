"""``/portfolio``: where internal users begin."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.portfolio import PortfolioIds, build_portfolio_waiting
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the list of tenants."""
    return html.Div(
        [
            page_header(t("portfolio.title"), t("portfolio.lead")),
            html.Div(build_portfolio_waiting(), id=PortfolioIds.CONTENT, className="panel panel-flush"),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("portfolio.title"))


dash.register_page(
    __name__,
    path="/portfolio",
    layout=layout,
    title=title,
    name="portfolio",
    nav="portfolio.title",
    icon="briefcase",
    audience="internal",
    order=10,
)
