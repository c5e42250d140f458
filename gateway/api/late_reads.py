"""Which calls a replica may answer, and that the caller never notices when it cannot.

Who may see what is decided on the first server, always: a right that was taken away is gone with the next call. The
replica gives only the numbers and rows, once it has all that the first server had by then (gateway.store.replica).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, request

from gateway.api.context import dependencies
from gateway.api.metrics import REPLICA_READS
from gateway.settings import GatewaySettings
from gateway.store.engine import create_read_engine
from gateway.store.replica import Replica, ReplicaFailed

LATE = frozenset(
    {
        "/v1/analytics/summary",
        "/v1/analytics/timeseries",
        "/v1/analytics/breakdown",
        "/v1/analytics/heatmap",
        "/v1/analytics/top",
        "/v1/analytics/filters",
        "/v1/messages",
        "/v1/internal/tenants",
        "/v1/internal/health/scatter",
    }
)
"""Routes whose GET reads much and changes nothing."""


def open_replica(settings: GatewaySettings) -> Replica | None:
    """The replica of DATABASE_READ_URL; it is not asked before it is needed."""
    engine = create_read_engine(settings)
    if engine is None:
        return None
    return Replica(
        engine,
        wait_seconds=settings.database_read_wait_ms / 1000,
        count=lambda outcome: REPLICA_READS.labels(outcome).inc(),
    )


def register(app: Flask) -> None:
    """Let a replica answer these routes. One that breaks off has the whole answer built anew on the first server."""
    for rule in app.url_map.iter_rules():
        if rule.rule in LATE and "GET" in (rule.methods or ()):
            app.view_functions[rule.endpoint] = _answered_anyway(app.view_functions[rule.endpoint])


def replica() -> Replica | None:
    """The replica, where the call under way may be answered by it."""
    return dependencies().replica if g.get("may_be_late", False) else None


def _answered_anyway(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(**arguments: Any) -> Any:
        if request.method not in {"GET", "HEAD"}:
            return view(**arguments)
        g.may_be_late = True
        try:
            return view(**arguments)
        except ReplicaFailed:
            g.may_be_late = False
            return view(**arguments)

    return answer
