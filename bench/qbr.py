"""A business review of the largest account: the preview, and from asking for its signed report until it can be fetched."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from bench.measure import quantile
from bench.sign_in import access_token
from bench.stack import Stack
from gateway.domain.quarters import Quarter

ADMIN = "admin@demo.example"
PREVIEWS, REPORTS = 20, 24
POLL_SECONDS = 0.05
LONGEST_SECONDS = 60
LANGUAGES = ("en", "fa-AF", "ps", "ar")


@dataclass(frozen=True)
class Reviewed:
    """`messages` are those of the quarter, of the largest account."""

    name: str
    messages: int
    times: int
    p50_ms: float
    p95_ms: float
    kilobytes: float


def run(stack: Stack, times: int = REPORTS) -> list[Reviewed]:
    """The running quarter and the one before it in turn, each report in the next language."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {access_token(stack, ADMIN)}"
    tenants = session.get(
        f"{stack.gateway_url}/v1/internal/tenants", params={"sort": "messages", "order": "desc", "limit": 1}, timeout=60
    )
    tenants.raise_for_status()
    tenant = tenants.json()["items"][0]["tenantId"]
    now = Quarter.of(datetime.now(UTC).date())
    return [
        each
        for quarter in (now.before, now)
        for each in (_previews(session, stack, tenant, quarter), _reports(session, stack, tenant, quarter, times))
    ]


def _previews(session: requests.Session, stack: Stack, tenant: str, quarter: Quarter) -> Reviewed:
    address = f"{stack.gateway_url}/v1/internal/tenants/{tenant}/qbr-preview"
    times, size, messages = [], 0, 0
    for _ in range(PREVIEWS):
        began = time.perf_counter()
        answer = session.get(address, params={"period": quarter.name}, timeout=60)
        times.append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        size, messages = len(answer.content), answer.json()["totals"]["messages"]
    return _told(f"preview of {quarter.name}", messages, times, size)


def _reports(session: requests.Session, stack: Stack, tenant: str, quarter: Quarter, count: int) -> Reviewed:
    times, size = [], 0
    preview = f"{stack.gateway_url}/v1/internal/tenants/{tenant}/qbr-preview"
    messages = session.get(preview, params={"period": quarter.name}, timeout=60).json()["totals"]["messages"]
    for number in range(count):
        query = {"period": quarter.name, "language": LANGUAGES[number % len(LANGUAGES)]}
        began = time.perf_counter()
        asked = session.post(f"{stack.gateway_url}/v1/internal/qbr/{tenant}", params=query, json={}, timeout=60)
        asked.raise_for_status()
        job = asked.json()
        while job["status"] in {"queued", "running"}:
            if time.perf_counter() - began > LONGEST_SECONDS:
                raise RuntimeError(f"a report was not made within {LONGEST_SECONDS} s")
            time.sleep(POLL_SECONDS)
            job = session.get(f"{stack.gateway_url}/v1/internal/qbr/jobs/{job['jobId']}", timeout=60).json()
        times.append(1000 * (time.perf_counter() - began))
        if job["status"] != "ready":
            raise RuntimeError(f"a report failed: {job['problem']}")
        size = job["sizeBytes"]
    return _told(f"report of {quarter.name}, asked for until ready", messages, times, size)


def _told(name: str, messages: int, times: list[float], size: int) -> Reviewed:
    return Reviewed(name, messages, len(times), quantile(times, 0.5), quantile(times, 0.95), size / 1000)
