"""Webhooks in memory."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace

from portal.domain.actor import Actor
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import NotFound, PortalError
from portal.domain.webhooks import (
    Attempt,
    Delivery,
    DeliveryDetail,
    DeliveryPage,
    DeliveryStatus,
    Endpoint,
    EndpointDraft,
    EndpointPage,
    EndpointStatus,
    EventType,
    HealthHour,
    NewSecret,
)

NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
TYPES = (
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.held",
    "message.received",
    "invoice.issued",
    "invoice.overdue",
    "balance.low",
    "key.revoked",
)
PAYLOAD = json.dumps(
    {
        "type": "message.delivered",
        "timestamp": "2026-11-21T07:59:58.120Z",
        "data": {"messageId": "msg_00000000000000000000000000", "to": "+93701000000", "from": "AzizBank", "n": 1.50},
    },
    ensure_ascii=False,
)


def endpoint_id(number: int = 0) -> str:
    return f"00000000-0000-7000-9000-{number:012d}"


def endpoint(number: int = 0, **changes: object) -> Endpoint:
    """The ``number``-th endpoint: healthy, failing, disabled by the platform, disabled by hand, new, new …"""
    kinds = (
        (
            "https://hooks.azizbank.example/sms/status",
            "Core banking",
            EndpointStatus.ENABLED,
            None,
            (40, 0),
            TYPES[1:3],
        ),
        ("https://crm.example.af/hook", "سیستم مشتریان", EndpointStatus.ENABLED, None, (3, 9), TYPES),
        ("https://old.example.com/in", "Old CRM", EndpointStatus.AUTO_DISABLED, "failing", (0, 5), TYPES[:1]),
        (
            "https://a-rather-long-host-name.of-some-department.example.org/with/a/path/as/long?and=a&query=string",
            "A description that says a lot about what this endpoint is for and who in which department takes care",
            EndpointStatus.DISABLED,
            "by_user",
            (0, 0),
            TYPES[:4],
        ),
        ("https://new.example.com/", "", EndpointStatus.ENABLED, None, (0, 0), TYPES[:2]),
    )
    url, description, status, reason, (good, bad), events = kinds[number % len(kinds)]
    failing = bool(bad)
    made = Endpoint(
        endpoint_id=endpoint_id(number),
        url=url,
        description=description,
        events=events,
        status=status,
        status_reason=reason,
        status_at=NOW - dt.timedelta(days=2),
        failure_budget_used=1.0 if reason == "failing" else (0.62 if failing else 0.0),
        warning_level=90 if reason == "failing" else (50 if failing else 0),
        failing_since=NOW - dt.timedelta(hours=74) if failing else None,
        last_success_at=NOW - dt.timedelta(hours=75 if failing else 1) if good else None,
        last_failure_at=NOW - dt.timedelta(minutes=4) if failing else None,
        last_error="timeout" if failing else None,
        hours=tuple(
            HealthHour(
                NOW - dt.timedelta(hours=23 - hour),
                good * ((hour * 7) % 11) if hour < 20 or not bad else 0,
                bad * (hour % 4) if hour > 8 else 0,
            )
            for hour in range(24)
        ),
        secret_created_at=NOW - dt.timedelta(days=30),
        previous_secret_until=NOW + dt.timedelta(hours=20) if number == 1 else None,
        created_at=NOW - dt.timedelta(days=30 + number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def delivery(number: int = 0, of: str = "", **changes: object) -> Delivery:
    """The ``number``-th newest delivery: delivered, delivered, failed, waiting for its next attempt, a test …"""
    kinds: tuple[tuple[DeliveryStatus, int | None, str | None, int], ...] = (
        (DeliveryStatus.SUCCEEDED, 200, None, 1),
        (DeliveryStatus.SUCCEEDED, 204, None, 3),
        (DeliveryStatus.FAILED, 500, "http", 10),
        (DeliveryStatus.PENDING, None, "timeout", 3),
        (DeliveryStatus.SUCCEEDED, 200, None, 1),
    )
    status, http_status, error, attempts = kinds[number % len(kinds)]
    at = NOW - dt.timedelta(minutes=11 * number)
    test = number % len(kinds) == 4
    made = Delivery(
        delivery_id=f"00000000-0000-7000-a000-{number:012d}",
        endpoint_id=of or endpoint_id(),
        webhook_id=f"evt_{number:032d}",
        event_type=TYPES[number % 3],
        message_id=None if test else f"msg_{number:026d}",
        is_test=test,
        status=status,
        created_at=at,
        attempts=attempts,
        http_status=http_status,
        error_kind=error,
        last_attempt_at=at + dt.timedelta(seconds=attempts),
        next_attempt_at=NOW + dt.timedelta(minutes=26) if status is DeliveryStatus.PENDING else None,
        completed_at=None if status is DeliveryStatus.PENDING else at + dt.timedelta(seconds=attempts),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def attempt(number: int, of: Delivery) -> Attempt:
    """An attempt at a delivery; the last one has its outcome, those before it failed."""
    last = number == of.attempts
    http_status = of.http_status if last else 503
    return Attempt(
        number=number,
        at=of.created_at + dt.timedelta(minutes=5 * (number - 1)),
        by_hand=number == 2,
        url="https://hooks.azizbank.example/sms/status",
        request_headers=(
            ("content-type", "application/json"),
            ("user-agent", "sms-gateway-webhooks/1"),
            ("webhook-id", of.webhook_id),
            ("webhook-timestamp", "1795248000"),
            ("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQm…"),
        ),
        http_status=http_status,
        response_headers=(("content-type", "text/plain"), ("server", "nginx")) if http_status else (),
        response_body=("ok" if last and not of.error_kind else "<h1>Unavailable</h1>\nدوباره") if http_status else None,
        response_truncated=number == 1 and not last,
        error_kind=of.error_kind if last else "http",
        error_detail="no answer within 15 s" if last and of.error_kind == "timeout" else None,
        latency_ms=15_000 if last and of.error_kind == "timeout" else 83 + 41 * number,
    )


@dataclass
class FakeWebhooks:
    """``endpoints`` of one account, each with ``count`` deliveries. ``error`` is raised by every call, ``failing`` by the
    calls it names. What was done is in ``done``, once for each idempotency key."""

    endpoints: list[Endpoint] = field(default_factory=lambda: [endpoint(number) for number in range(5)])
    deliveries: list[Delivery] = field(default_factory=lambda: [delivery(number) for number in range(12)])
    error: PortalError | None = None
    failing: dict[str, PortalError] = field(default_factory=dict)
    done: dict[str, tuple[object, ...]] = field(default_factory=dict)
    asked: list[DeliveryFilter] = field(default_factory=list)

    def list_endpoints(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> EndpointPage:
        self._fail("list")
        return EndpointPage(tuple(self.endpoints[:limit]), None)

    def list_event_types(self, *, actor: Actor) -> tuple[EventType, ...]:
        self._fail("types")
        return (*(EventType(name, f"{name} happened", PAYLOAD) for name in TYPES),)

    def get_endpoint(self, endpoint_id: str, tenant_id: str | None = None, *, actor: Actor) -> Endpoint:
        self._fail("get")
        return self._find(endpoint_id)

    def create_endpoint(self, draft: EndpointDraft, *, idempotency_key: str, actor: Actor) -> NewSecret:
        self._fail("create")
        if idempotency_key not in self.done:
            fresh = endpoint(
                len(self.endpoints) * 5 + 4, url=draft.url, events=draft.events, description=draft.description
            )
            self.endpoints.insert(0, fresh)
            self.done[idempotency_key] = ("create", NewSecret(fresh.endpoint_id, "whsec_only-here-" + "x" * 28))
        return self.done[idempotency_key][1]  # type: ignore[return-value]

    def change_endpoint(
        self, endpoint_id: str, draft: EndpointDraft | None = None, *, enabled: bool | None = None, actor: Actor
    ) -> Endpoint:
        self._fail("change")
        changed = self._find(endpoint_id)
        if draft is not None:
            changed = replace(changed, url=draft.url, events=draft.events, description=draft.description)
        if enabled is not None:
            status = EndpointStatus.ENABLED if enabled else EndpointStatus.DISABLED
            changed = replace(changed, status=status, status_reason=None if enabled else "by_user")
        self.endpoints = [changed if each.endpoint_id == endpoint_id else each for each in self.endpoints]
        return changed

    def delete_endpoint(self, endpoint_id: str, *, actor: Actor) -> None:
        self._fail("delete")
        self.endpoints.remove(self._find(endpoint_id))

    def rotate_secret(self, endpoint_id: str, overlap_seconds: int, *, idempotency_key: str, actor: Actor) -> NewSecret:
        self._fail("rotate")
        self._find(endpoint_id)
        until = NOW + dt.timedelta(seconds=overlap_seconds) if overlap_seconds else None
        made = NewSecret(endpoint_id, "whsec_rotated-" + "y" * 28, until)
        return self.done.setdefault(idempotency_key, ("rotate", made, overlap_seconds))[1]  # type: ignore[return-value]

    def send_test(self, endpoint_id: str, event_type: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        self._fail("test")
        self._find(endpoint_id)
        if idempotency_key not in self.done:
            fresh = delivery(4 + 5 * len(self.deliveries), endpoint_id, event_type=event_type, created_at=NOW)
            self.deliveries.insert(0, fresh)
            self.done[idempotency_key] = ("test", fresh)
        return self.done[idempotency_key][1]  # type: ignore[return-value]

    def list_deliveries(
        self, endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None = None, *, limit: int = 50, actor: Actor
    ) -> DeliveryPage:
        self._fail("deliveries")
        self.asked.append(wanted)
        found = [
            replace(each, endpoint_id=endpoint_id)
            for each in self.deliveries
            if (not wanted.status or each.status == wanted.status)
            and (not wanted.event_type or each.event_type == wanted.event_type)
            and (wanted.since is None or each.created_at >= wanted.since)
        ]
        start = int(wanted.cursor or 0)
        page = found[start : start + limit]
        return DeliveryPage(tuple(page), str(start + limit) if len(found) > start + limit else None)

    def get_delivery(
        self, endpoint_id: str, delivery_id: str, tenant_id: str | None = None, *, actor: Actor
    ) -> DeliveryDetail:
        self._fail("delivery")
        found = self._delivery(delivery_id)
        return DeliveryDetail(found, PAYLOAD, tuple(attempt(n, found) for n in range(1, found.attempts + 1)))

    def resend(self, endpoint_id: str, delivery_id: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        self._fail("resend")
        found = self._delivery(delivery_id)
        if idempotency_key not in self.done:
            changed = replace(found, attempts=found.attempts + 1, status=DeliveryStatus.SUCCEEDED, http_status=200, error_kind=None)  # fmt: skip
            self.deliveries = [changed if each.delivery_id == delivery_id else each for each in self.deliveries]
            self.done[idempotency_key] = ("resend", changed)
        return self.done[idempotency_key][1]  # type: ignore[return-value]

    def recover(self, endpoint_id: str, since: dt.datetime, *, idempotency_key: str, actor: Actor) -> int:
        self._fail("recover")
        failed = [e for e in self.deliveries if e.status is DeliveryStatus.FAILED and e.created_at >= since]
        return self.done.setdefault(idempotency_key, ("recover", len(failed), since))[1]  # type: ignore[return-value]

    def _find(self, endpoint_id: str) -> Endpoint:
        for each in self.endpoints:
            if each.endpoint_id == endpoint_id:
                return each
        raise NotFound("webhook")

    def _delivery(self, delivery_id: str) -> Delivery:
        for each in self.deliveries:
            if each.delivery_id == delivery_id:
                return each
        raise NotFound("delivery")

    def _fail(self, call: str) -> None:
        failure = self.error or self.failing.get(call)
        if failure is not None:
            raise failure
