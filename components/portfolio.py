"""The tenants an internal user looks after."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.states import build_empty, build_error, build_skeleton
from portal.domain.account import TenantOverview, TenantPage
from portal.domain.errors import PortalError
from portal.domain.params import to_search
from portal.i18n import fmt, t


class PortfolioIds(StrEnum):
    CONTENT = "portfolio-content"


def build_portfolio(page: TenantPage) -> Component:
    """One row for each tenant, largest first as the platform sorts them."""
    if not page.items:
        return build_empty(t("portfolio.none.title"), t("portfolio.none.advice"), icon="people")
    columns = ("tenant", "messages", "rate")
    return html.Div(
        [
            html.Table(
                [
                    html.Caption(t("portfolio.caption"), className="visually-hidden"),
                    html.Thead(html.Tr([html.Th(t(f"portfolio.column.{c}"), scope="col") for c in columns])),
                    html.Tbody([_build_tenant(tenant) for tenant in page.items]),
                ],
                className="log portfolio",
            ),
            html.P(t("portfolio.shown", count=len(page.items)), className="log-count"),
        ]
    )


def _build_tenant(tenant: TenantOverview) -> Component:
    # A whole page load, so that the frame says whose numbers these are.
    name = html.A(
        html.Bdi(tenant.name), href=f"/dashboard?{to_search([('tenantId', tenant.tenant_id)])}", className="row-link"
    )
    demo = html.Span(t("frame.demo"), className="tag") if tenant.is_demo else None
    rate = html.Span(
        [
            html.Progress(
                value=str(tenant.delivery_rate or 0), max="1", className="rate-bar", **attributes(aria_hidden="true")
            ),
            html.Span(fmt.percent(tenant.delivery_rate)),
        ],
        className="rate",
    )
    cells: dict[str, Any] = {"tenant": [name, demo], "messages": fmt.number(tenant.messages), "rate": rate}
    return html.Tr(
        [
            html.Td(content, className=f"cell-{column}", **attributes(data_label=t(f"portfolio.column.{column}")))
            for column, content in cells.items()
        ]
    )


def build_portfolio_failure(error: PortalError, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href="/portfolio", className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_portfolio_waiting() -> Component:
    return build_skeleton(8, className="log-waiting")
