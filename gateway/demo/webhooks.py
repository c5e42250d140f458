"""The demo's webhooks, one endpoint for each thing that can be seen about endpoints: one that is well, one that fails,
one that failed for too long, one that its owner put aside.

Their hosts are below `.example`, which nobody owns: what happens after the demo was made fails to find them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import orjson

from gateway.domain import ids
from gateway.domain.moments import rfc3339
from gateway.identity.sealing import Sealer
from gateway.store.connections import Connection
from gateway.store.demo_webhooks import (
    DemoAttempt,
    DemoDelivery,
    DemoEndpoint,
    Told,
    headers,
    list_told,
    write_webhooks,
)
from gateway.webhooks import schedule, secrets, signing
from gateway.webhooks.event_types import EVENT_TYPES
from gateway.webhooks.sender import USER_AGENT
from gateway.webhooks.settling import shown_headers

TENANT = "demo-bank"
_DELIVERED, _FAILED = ["delivered"], ["failed", "expired", "rejected", "blocked"]


@dataclass(frozen=True)
class _Answer:
    """How an attempt ended: `kind` None is success."""

    status: int | None
    body: str | None = None
    kind: str | None = None
    detail: str | None = None
    latency_ms: int = 0


_WELL = _Answer(204)
_UNAVAILABLE = _Answer(503, "Service Unavailable", "http")
_BROKEN = _Answer(500, '{"error":"internal_error","message":"duplicate key value violates unique constraint"}', "http")
_SLOW = _Answer(None, None, "timeout", "no answer within 15 s", 15_000)
_CLOSED = _Answer(None, None, "connect", "Connection refused", 21)


@dataclass(frozen=True)
class _Endpoint:
    """An endpoint. Times are hours before the end of the demo: `age` since it was made, `told` the span in which it was
    told of messages, `failing` since when it fails. `failures` are drawn from, in equal parts."""

    name: str
    url: str
    description: str
    events: tuple[str, ...]
    statuses: Sequence[str]
    age: float
    told: tuple[float, float]
    most: int = 400
    status: str = "enabled"
    reason: str | None = None
    status_hours: float | None = None
    failing: float | None = None
    failures: tuple[_Answer, ...] = (_UNAVAILABLE, _SLOW)
    latency_ms: int = 140
    tests: int = 0


_ENDPOINTS = (
    _Endpoint(
        "core", "https://hooks.demo-bank.example/sms", "Core banking: outcomes of one-time codes",
        ("message.delivered", "message.failed"), (*_DELIVERED, *_FAILED), 2600, (30, 0), 700,
    ),
    _Endpoint(
        "crm", "https://crm.demo-bank.example/api/v2/sms-events", "CRM: outcomes of every message",
        ("message.delivered", "message.failed"), (*_DELIVERED, *_FAILED), 1500, (110, 0), 260,
        failing=70, failures=(_BROKEN, _BROKEN, _SLOW), latency_ms=420,
    ),
    _Endpoint(
        "reports", "https://reports.demo-bank.example/hooks/delivery", "Old reporting server",
        ("message.delivered", "invoice.issued"), _DELIVERED, 2400, (370, 250), 60, "auto_disabled", "failing", 218,
        failing=340, failures=(_CLOSED,), latency_ms=95,
    ),
    _Endpoint(
        "staging", "https://staging.demo-bank.example/sms", "Staging, while the new integration is built",
        ("message.delivered", "message.received", "balance.low"), (), 500, (0, 0), 0, "disabled", "by_user", 70,
        latency_ms=60, tests=3,
    ),
)  # fmt: skip


@dataclass
class _Rows:
    """What is going to be written."""

    endpoints: list[DemoEndpoint] = field(default_factory=list)
    deliveries: list[DemoDelivery] = field(default_factory=list)
    attempts: list[DemoAttempt] = field(default_factory=list)


def write(connection: Connection, tenant_id: UUID, sealer: Sealer, now: datetime, seed: int) -> None:
    """Make the account's endpoints with their deliveries, about messages that are there. Nobody knows the secrets."""
    rows = _Rows()
    for number, wanted in enumerate(_ENDPOINTS):
        since, until = (now - timedelta(hours=hours) for hours in wanted.told)
        told = list_told(connection, tenant_id, since, until, list(wanted.statuses), wanted.most) if wanted.most else []
        maker = _Maker(tenant_id, wanted, now, np.random.default_rng([seed, 11, number]), rows)
        maker.make(told, sealer)
    write_webhooks(connection, rows.endpoints, rows.deliveries, rows.attempts)


class _Maker:
    """Makes one endpoint's rows."""

    def __init__(
        self, tenant_id: UUID, wanted: _Endpoint, now: datetime, draw: np.random.Generator, rows: _Rows
    ) -> None:
        self._tenant_id = tenant_id
        self._wanted = wanted
        self._now = now
        self._draw = draw
        self._rows = rows
        self._endpoint_id = uuid5(tenant_id, f"webhook/{wanted.name}")
        self._failing_from = now - timedelta(hours=wanted.failing) if wanted.failing is not None else None
        disabled_at = now - timedelta(hours=wanted.status_hours) if wanted.status_hours is not None else None
        self._ends_at = disabled_at if disabled_at is not None and wanted.reason == "failing" else now
        self._successes: list[datetime] = []
        self._failures: list[tuple[datetime, str]] = []

    def make(self, told: Sequence[Told], sealer: Sealer) -> None:
        for number, each in enumerate(told):
            kind = "message.delivered" if each.status == "delivered" else "message.failed"
            self._deliver(number, kind, each.at, _data(each), each.message_id)
        for number in range(self._wanted.tests):
            kind = self._wanted.events[number % len(self._wanted.events)]
            at = self._now - timedelta(hours=120 - 7 * number, minutes=13 * number)
            self._deliver(10_000 + number, kind, at, dict(EVENT_TYPES[kind].example), None, is_test=True)
        self._rows.endpoints.append(self._row(sealer))

    def _row(self, sealer: Sealer) -> DemoEndpoint:
        wanted, created = self._wanted, self._now - timedelta(hours=self._wanted.age)
        status_at = created if wanted.status_hours is None else self._now - timedelta(hours=wanted.status_hours)
        last_success = max(self._successes, default=None)
        since = [at for at, _ in self._failures if last_success is None or at > last_success]
        last_failure = max(self._failures, default=None)
        return DemoEndpoint(
            self._tenant_id,
            self._endpoint_id,
            wanted.url,
            wanted.description,
            sorted(wanted.events),
            wanted.status,
            wanted.reason,
            status_at,
            secrets.seal(sealer, self._endpoint_id, signing.new_secret()),
            created,
            min(since, default=None),
            last_success,
            last_failure[0] if last_failure else None,
            last_failure[1] if last_failure else None,
            created,
            max(created, status_at),
        )

    def _deliver(
        self,
        number: int,
        kind: str,
        at: datetime,
        data: dict[str, Any],
        message_id: UUID | None,
        *,
        is_test: bool = False,
    ) -> None:
        delivery_id = uuid5(self._endpoint_id, f"delivery/{number}")
        event_id = uuid5(self._tenant_id, f"event/{kind}/{message_id or delivery_id}")
        due: datetime | None = at
        attempts: list[DemoAttempt] = []
        # The schedule as it would have gone, up to the end of the demo or of the endpoint.
        while due is not None and due <= self._ends_at:
            answer = self._answer(due, len(attempts))
            latency = answer.latency_ms or int(self._wanted.latency_ms * np.exp(0.5 * self._draw.standard_normal()))
            ended = due + timedelta(milliseconds=latency)
            attempts.append(self._attempt(delivery_id, event_id, len(attempts) + 1, due, answer, latency))
            if answer.kind is None:
                self._successes.append(ended)
                due = None
            else:
                self._failures.append((ended, answer.kind))
                delay = len(attempts)
                jitter = 1 + schedule.JITTER * float(self._draw.random())
                due = ended + schedule.DELAYS[delay] * jitter if delay < len(schedule.DELAYS) else None
        last = attempts[-1] if attempts else None
        ended_at = last.at + timedelta(milliseconds=last.latency_ms) if last else None
        status = "pending" if due is not None else "failed" if last and last.error_kind else "succeeded"
        self._rows.attempts += attempts
        self._rows.deliveries.append(
            DemoDelivery(
                self._tenant_id,
                delivery_id,
                self._endpoint_id,
                event_id,
                kind,
                message_id,
                is_test,
                orjson.dumps({"type": kind, "timestamp": rfc3339(at), "data": data}).decode(),
                status,
                at,
                due,
                len(attempts),
                len(attempts),
                last.http_status if last else None,
                last.error_kind if last else None,
                ended_at,
                ended_at if status != "pending" else None,
            )
        )

    def _answer(self, at: datetime, before: int) -> _Answer:
        if self._failing_from is not None and at >= self._failing_from:
            return self._wanted.failures[int(self._draw.integers(len(self._wanted.failures)))]
        if before == 0 and self._draw.random() < 0.015:
            return (_UNAVAILABLE, _SLOW)[int(self._draw.random() < 0.25)]
        return _WELL

    def _attempt(
        self, delivery_id: UUID, event_id: UUID, number: int, at: datetime, answer: _Answer, latency: int
    ) -> DemoAttempt:
        sent = shown_headers(
            {
                "content-type": "application/json",
                "user-agent": USER_AGENT,
                "accept-encoding": "identity",
                "webhook-id": signing.webhook_id(event_id),
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": f"v1,{uuid5(delivery_id, str(number)).hex}",
            }
        )
        received = None
        if answer.status is not None:
            received = {"date": at.strftime("%a, %d %b %Y %H:%M:%S GMT"), "server": "nginx"}
            if answer.body is not None:
                received["content-type"] = "application/json" if answer.body.startswith("{") else "text/plain"
        return DemoAttempt(
            self._tenant_id,
            delivery_id,
            number,
            at,
            False,
            self._wanted.url,
            headers(sent),
            answer.status,
            headers(received) if received is not None else None,
            (answer.body or "") if answer.status is not None else None,
            False,
            answer.kind,
            answer.detail,
            latency,
        )


def _data(told: Told) -> dict[str, Any]:
    message = told.summary
    return {
        "messageId": ids.encode(told.message_id),
        "to": message.recipient,
        "from": message.sender_id,
        "status": told.status,
        "at": rfc3339(told.at),
        "submittedAt": rfc3339(message.submitted_at),
        "operator": message.operator,
        "country": message.country,
        "segments": message.segments,
        "price": {"amount": f"{message.price:.4f}", "currency": message.currency},
        "errorCode": told.error_code,
        "carrierCode": told.carrier_code,
        "apiKeyId": None,
    }
