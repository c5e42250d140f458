"""Having scores made anew: one account's on its page, all of them on the page of the weights."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from components import health_score, health_weights
from components.health_runs import RunIds, run_failure, run_values
from components.toasts import ToastsIds, toast
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.params import as_uuid, from_search, one
from portal.i18n import t


def register(app: Dash) -> None:
    """Connect the buttons of both pages, and what follows a run."""
    address = State(health_score.HealthIds.ADDRESS, "data")
    _connect(app, health_weights.RUN, recompute_all, follow_all)
    _connect(app, health_score.RUN, recompute_one, follow_one, address)


def _connect(app: Dash, ids: RunIds, ask: Any, follow: Any, *more: State) -> None:
    outputs = [Output(each, prop) for each, prop in ids.outputs()]
    duplicates = [Output(each, prop, allow_duplicate=True) for each, prop in ids.outputs()]
    app.callback(outputs, Input(ids.ask, "n_clicks"), *more, prevent_initial_call=True)(ask)
    app.callback(duplicates, Input(ids.live, "n_intervals"), State(ids.seen, "data"), *more, prevent_initial_call=True)(
        follow
    )


def recompute_all(clicks: int | None) -> list[Any]:
    """Every account's last days; one that waits already is followed instead of another."""
    return _ask(clicks, None)


def recompute_one(clicks: int | None, address: str | None) -> list[Any]:
    """An account's last days."""
    return _ask(clicks, _tenant(address))


def follow_all(_ticks: int | None, seen: str | None) -> list[Any]:
    """How far the run over all accounts is."""
    return _follow(seen, None, health_weights.PATH)


def follow_one(_ticks: int | None, seen: str | None, address: str | None) -> list[Any]:
    """How far the account's run is."""
    tenant_id = _tenant(address)
    return _follow(seen, tenant_id, f"{health_score.HEALTH_PATH}?tenantId={tenant_id}")


def _ask(clicks: int | None, tenant_id: str | None) -> list[Any]:
    if not clicks:
        raise PreventUpdate
    try:
        return run_values(services().health.recompute(tenant_id, actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        return [run_failure(error, request_id()), no_update, no_update, no_update]


def _follow(seen: str | None, tenant_id: str | None, page: str) -> list[Any]:
    """A failure leaves what is there, and the next tick asks again. The end is told in the corner, once."""
    try:
        run = services().health.latest_run(tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        raise PreventUpdate from None
    if run is not None and not run.unfinished and seen:
        set_props(ToastsIds.LATEST, toast(t("run.ended", count=run.scores), href=page, link=t("run.see")))
    return run_values(run)


def _tenant(address: str | None) -> str:
    return as_uuid(one(from_search(address), "tenantId")) or "-"
