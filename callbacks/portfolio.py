"""First data of an internal user's list of tenants."""

from __future__ import annotations

from typing import Any

from dash import Dash

from components.portfolio import PortfolioIds, build_portfolio, build_portfolio_failure
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import Params


def register(app: Dash) -> None:
    """Connect the list."""
    app.first_data("/portfolio", load_portfolio)


def load_portfolio(_params: Params) -> dict[tuple[Any, str], Any]:
    """The tenants this internal user may see; a customer is told so, and nothing is asked."""
    try:
        content = build_portfolio(services().account.list_tenants(actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        content = build_portfolio_failure(error, request_id())
    return {(PortfolioIds.CONTENT, "children"): content}
