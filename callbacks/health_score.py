"""First data of an account's score taken apart."""

from __future__ import annotations

from dash import Dash

from components.charts.card import Values
from components.health_runs import run_values
from components.health_score import CHARTS, IDS, RUN, health_failure, health_values
from components.portfolio import HEALTH_PATH
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import Params, as_uuid, one
from portal.domain.weights import HealthRun
from portal.shell.live_pages import connect_graphs


def register(app: Dash) -> None:
    """Connect the page."""
    app.first_data(HEALTH_PATH, load_health)
    connect_graphs(app, [IDS.card(chart).graph for chart in CHARTS], opened=IDS.opened, kept=IDS.kept)


def load_health(params: Params) -> Values:
    """The score of the account that the address names. NotFound passes through: the page is then a 404."""
    tenant_id = as_uuid(one(params, "tenantId")) or ""
    try:
        run = dict(zip(RUN.outputs(), run_values(_run(tenant_id)), strict=True))
        return {**run, **health_values(services().portfolio.explain(tenant_id, actor=actor()))}
    except (NotFound, Unauthenticated):
        raise
    except PortalError as error:
        return health_failure(error, tenant_id, request_id())


def _run(tenant_id: str) -> HealthRun | None:
    """The run that was asked for last: one that goes on is found again. The page stands without it."""
    try:
        return services().health.latest_run(tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        return None
