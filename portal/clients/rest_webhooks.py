"""Webhooks over REST."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.errors import InvalidInput, NotFound
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


class RestWebhooks:
    """:class:`portal.domain.ports.WebhooksPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_endpoints(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> EndpointPage:
        parameters = [*tenant_parameter(tenant_id, actor), ("limit", str(limit)), ("cursor", cursor or "")]
        body = self._upstream.get("/v1/webhooks", parameters, actor=actor)
        with decode.answer():
            return EndpointPage(
                items=tuple(_endpoint(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def list_event_types(self, *, actor: Actor) -> tuple[EventType, ...]:
        body = self._upstream.get("/v1/event-types", actor=actor)
        with decode.answer():
            return tuple(
                EventType(
                    name=decode.text(item["name"]),
                    description=decode.text(item["description"]),
                    example=json.dumps(decode.mapping(item["example"]), ensure_ascii=False),
                )
                for item in decode.items(body["items"])
            )

    def get_endpoint(self, endpoint_id: str, tenant_id: str | None = None, *, actor: Actor) -> Endpoint:
        body = self._get_one(_path(endpoint_id), tenant_id, actor)
        with decode.answer():
            return _endpoint(body)

    def create_endpoint(self, draft: EndpointDraft, *, idempotency_key: str, actor: Actor) -> NewSecret:
        body = self._upstream.post("/v1/webhooks", _asked(draft), actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _secret(body)

    def change_endpoint(
        self, endpoint_id: str, draft: EndpointDraft | None = None, *, enabled: bool | None = None, actor: Actor
    ) -> Endpoint:
        asked = _asked(draft) if draft is not None else {}
        if enabled is not None:
            asked["enabled"] = enabled
        body = self._upstream.patch(_path(endpoint_id), asked, actor=actor)
        with decode.answer():
            return _endpoint(body)

    def delete_endpoint(self, endpoint_id: str, *, actor: Actor) -> None:
        self._upstream.delete(_path(endpoint_id), actor=actor)

    def rotate_secret(self, endpoint_id: str, overlap_seconds: int, *, idempotency_key: str, actor: Actor) -> NewSecret:
        body = self._upstream.post(
            f"{_path(endpoint_id)}/rotate-secret",
            {"overlapSeconds": overlap_seconds},
            actor=actor,
            idempotency_key=idempotency_key,
        )
        with decode.answer():
            return _secret(body)

    def send_test(self, endpoint_id: str, event_type: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        body = self._upstream.post(
            f"{_path(endpoint_id)}/test", {"eventType": event_type}, actor=actor, idempotency_key=idempotency_key
        )
        with decode.answer():
            return _delivery(body)

    def list_deliveries(
        self, endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None = None, *, limit: int = 50, actor: Actor
    ) -> DeliveryPage:
        parameters = [*tenant_parameter(tenant_id, actor), ("limit", str(limit)), *wanted.to_parameters()]
        body = self._upstream.get(f"{_path(endpoint_id)}/deliveries", parameters, actor=actor)
        with decode.answer():
            return DeliveryPage(
                items=tuple(_delivery(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def get_delivery(
        self, endpoint_id: str, delivery_id: str, tenant_id: str | None = None, *, actor: Actor
    ) -> DeliveryDetail:
        body = self._get_one(_delivery_path(endpoint_id, delivery_id), tenant_id, actor)
        with decode.answer():
            return DeliveryDetail(
                delivery=_delivery(body),
                payload=decode.text(body["payload"]),
                attempts=tuple(_attempt(item) for item in decode.items(body["attemptLog"])),
            )

    def resend(self, endpoint_id: str, delivery_id: str, *, idempotency_key: str, actor: Actor) -> Delivery:
        path = f"{_delivery_path(endpoint_id, delivery_id)}/resend"
        body = self._upstream.post(path, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return _delivery(body)

    def recover(self, endpoint_id: str, since: dt.datetime, *, idempotency_key: str, actor: Actor) -> int:
        asked = {"since": since.isoformat(), "status": DeliveryStatus.FAILED.value}
        path = f"{_path(endpoint_id)}/recover"
        body = self._upstream.post(path, asked, actor=actor, idempotency_key=idempotency_key)
        with decode.answer():
            return decode.integer(body["count"])

    def _get_one(self, path: str, tenant_id: str | None, actor: Actor) -> Json:
        try:
            return self._upstream.get(path, tenant_parameter(tenant_id, actor), actor=actor)
        except InvalidInput as error:
            # An id that cannot be one names nothing.
            raise NotFound("webhook", request_id=error.request_id) from None


def _path(endpoint_id: str) -> str:
    return f"/v1/webhooks/{_segment(endpoint_id)}"


def _delivery_path(endpoint_id: str, delivery_id: str) -> str:
    return f"{_path(endpoint_id)}/deliveries/{_segment(delivery_id)}"


def _segment(name: str) -> str:
    if not name or len(name) > 64:
        raise NotFound("webhook")
    return quote(name, safe="")


def _asked(draft: EndpointDraft) -> dict[str, object]:
    return {"url": draft.url, "events": list(draft.events), "description": draft.description}


def _secret(body: Json) -> NewSecret:
    return NewSecret(
        endpoint_id=decode.text(body["endpointId"]),
        signing_secret=decode.text(body["signingSecret"]),
        previous_until=decode.maybe_instant(body.get("previousSecretUntil")),
    )


def _endpoint(body: Json) -> Endpoint:
    return Endpoint(
        endpoint_id=decode.text(body["endpointId"]),
        url=decode.text(body["url"]),
        description=decode.text(body["description"]),
        events=tuple(decode.text(item) for item in decode.items(body["events"])),
        status=EndpointStatus(decode.text(body["status"])),
        status_reason=decode.maybe_text(body.get("statusReason")),
        status_at=decode.instant(body["statusAt"]),
        failure_budget_used=decode.number(body["failureBudgetUsed"]),
        warning_level=decode.integer(body["warningLevel"]),
        failing_since=decode.maybe_instant(body.get("failingSince")),
        last_success_at=decode.maybe_instant(body.get("lastSuccessAt")),
        last_failure_at=decode.maybe_instant(body.get("lastFailureAt")),
        last_error=decode.maybe_text(body.get("lastError")),
        hours=tuple(
            HealthHour(decode.instant(item["hour"]), decode.integer(item["succeeded"]), decode.integer(item["failed"]))
            for item in decode.items(body["hours"])
        ),
        secret_created_at=decode.instant(body["secretCreatedAt"]),
        previous_secret_until=decode.maybe_instant(body.get("previousSecretUntil")),
        created_at=decode.instant(body["createdAt"]),
    )


def _delivery(body: Json) -> Delivery:
    return Delivery(
        delivery_id=decode.text(body["deliveryId"]),
        endpoint_id=decode.text(body["endpointId"]),
        webhook_id=decode.text(body["webhookId"]),
        event_type=decode.text(body["eventType"]),
        message_id=decode.maybe_text(body.get("messageId")),
        is_test=decode.flag(body["isTest"]),
        status=DeliveryStatus(decode.text(body["status"])),
        created_at=decode.instant(body["createdAt"]),
        attempts=decode.integer(body["attempts"]),
        http_status=_maybe_integer(body.get("httpStatus")),
        error_kind=decode.maybe_text(body.get("errorKind")),
        last_attempt_at=decode.maybe_instant(body.get("lastAttemptAt")),
        next_attempt_at=decode.maybe_instant(body.get("nextAttemptAt")),
        completed_at=decode.maybe_instant(body.get("completedAt")),
    )


def _attempt(body: Json) -> Attempt:
    return Attempt(
        number=decode.integer(body["number"]),
        at=decode.instant(body["at"]),
        by_hand=decode.text(body["trigger"]) == "manual",
        url=decode.text(body["url"]),
        request_headers=_headers(body["requestHeaders"]),
        http_status=_maybe_integer(body.get("httpStatus")),
        response_headers=_headers(body.get("responseHeaders") or {}),
        response_body=decode.maybe_text(body.get("responseBody")),
        response_truncated=decode.flag(body["responseTruncated"]),
        error_kind=decode.maybe_text(body.get("errorKind")),
        error_detail=decode.maybe_text(body.get("errorDetail")),
        latency_ms=decode.integer(body["latencyMs"]),
    )


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    return tuple((name, decode.text(text)) for name, text in decode.mapping(value).items())


def _maybe_integer(value: object) -> int | None:
    return None if value is None else decode.integer(value)
