"""What sign-in is measured by: counters and a latency for Prometheus, a span for traces.

Without an OpenTelemetry SDK the span costs nothing and goes nowhere. With several worker processes set
``PROMETHEUS_MULTIPROC_DIR`` (prometheus-client's own variable) to an empty folder, and ``/metrics`` adds them up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry import propagate, trace
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

LOGINS = Counter("customer_portal_login_total", "Finished sign-ins.", ["provider"])
LOGIN_FAILURES = Counter(
    "customer_portal_login_failures_total", "Sign-ins that came back and did not succeed.", ["provider", "reason"]
)
LOGIN_LATENCY = Histogram(
    "customer_portal_login_latency_seconds",
    "From the browser's return to a verified session: the code's exchange and verification.",
    ["provider"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10),
)
_TRACER = trace.get_tracer("customer-portal")


@dataclass
class LoginMeasure:
    """One return from the issuer being handled. ``headers`` carry the trace on to the token exchange."""

    headers: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


@contextmanager
def login(provider: str) -> Iterator[LoginMeasure]:
    """Measure one sign-in: the span ``customer-portal.login``, a count, the latency. Set ``reason`` when it failed."""
    measure = LoginMeasure()
    began = time.perf_counter()
    with _TRACER.start_as_current_span("customer-portal.login", attributes={"provider": provider}) as span:
        propagate.inject(measure.headers)
        yield measure
        span.set_attribute("outcome", measure.reason or "signed_in")
    if measure.reason is None:
        LOGINS.labels(provider).inc()
        LOGIN_LATENCY.labels(provider).observe(time.perf_counter() - began)
    else:
        LOGIN_FAILURES.labels(provider, measure.reason).inc()


def exposition() -> tuple[bytes, str]:
    """All metrics as Prometheus text, and its content type."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
    return generate_latest(), CONTENT_TYPE_LATEST
