"""A sign-in is counted, timed and traced; the trace goes on to the token exchange."""

from __future__ import annotations

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from prometheus_client import REGISTRY

from portal.web import telemetry


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_finished_sign_in_is_counted_with_its_latency() -> None:
    before = sample("customer_portal_login_total", provider="a")
    with telemetry.login("a"):
        pass
    assert sample("customer_portal_login_total", provider="a") == before + 1
    assert sample("customer_portal_login_latency_seconds_count", provider="a") == before + 1


def test_failed_sign_in_is_counted_by_its_reason_and_not_as_finished() -> None:
    with telemetry.login("b") as measure:
        measure.reason = "rate_limited"
    assert sample("customer_portal_login_failures_total", provider="b", reason="rate_limited") == 1
    assert sample("customer_portal_login_total", provider="b") == 0


def test_trace_goes_on_to_the_token_exchange() -> None:
    caller = SpanContext(0x1234, 0x5678, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    token = context.attach(trace.set_span_in_context(NonRecordingSpan(caller)))
    try:
        with telemetry.login("c") as measure:
            pass
    finally:
        context.detach(token)
    assert f"{0x1234:032x}" in measure.headers["traceparent"]


def test_without_tracing_nothing_is_sent() -> None:
    with telemetry.login("d") as measure:
        pass
    assert measure.headers == {}
