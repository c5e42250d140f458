"""Prometheus metrics: counts and latency by route *template*, so ids never become labels.

Under gunicorn each worker writes its samples to `PROMETHEUS_MULTIPROC_DIR` (set by `gateway.api.serve` before this
module is imported) and `/metrics` answers the sum over workers, whichever of them is asked.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REGISTRY = CollectorRegistry()
REQUESTS = Counter("gateway_http_requests", "Requests answered.", ("method", "route", "status"), registry=REGISTRY)
LATENCY = Histogram(
    "gateway_http_request_seconds",
    "Time from the first byte read to the answer built.",
    ("method", "route"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
IN_PROGRESS = Gauge(
    "gateway_http_requests_in_progress", "Requests being answered.", registry=REGISTRY, multiprocess_mode="livesum"
)
RECEIPTS = Counter(
    "gateway_receipts", "Carriers' receipts by what became of them.", ("carrier", "result"), registry=REGISTRY
)
INBOUND = Counter("gateway_inbound_messages", "Messages from phones.", ("carrier", "result"), registry=REGISTRY)
LIMITED = Counter("gateway_limited", "Calls answered 429, by the limit they met.", ("limit",), registry=REGISTRY)
UNCOUNTED = Counter(
    "gateway_calls_uncounted", "Calls let through because the limits' buckets could not be had.", registry=REGISTRY
)
REPLICA_READS = Counter(
    "gateway_replica_reads",
    "Answers that the replica may give, by who gave them: it, or the first server and why.",
    ("outcome",),
    registry=REGISTRY,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exposition() -> Response:
    """All samples in the text format."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def register(app: Flask) -> None:
    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()
        IN_PROGRESS.inc()

    @app.after_request
    def observe(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "(unmatched)"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        LATENCY.labels(method, route).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response

    @app.teardown_request
    def stop_clock(_error: BaseException | None) -> None:
        if "started" in g:
            IN_PROGRESS.dec()
