"""The message log over REST: ``/v1/messages`` and ``/v1/error-codes``."""

from __future__ import annotations

from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode, Message, MessageDetail, MessagePage, TimelineEntry, WebhookAttempt
from portal.domain.refused_calls import RefusedCall, RefusedCallPage


class RestMessages:
    """:class:`portal.domain.ports.MessagesPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_messages(
        self, wanted: MessageFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> MessagePage:
        parameters = [
            *((name, value) for name, value in wanted.to_params() if name != "tenantId"),
            *tenant_parameter(wanted.tenant_id, actor),
            ("limit", str(limit)),
            ("cursor", cursor or ""),
        ]
        body = self._upstream.get("/v1/messages", parameters, actor=actor)
        with decode.answer():
            return MessagePage(
                items=tuple(_message(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
                kept_from=decode.maybe_instant(body.get("keptFrom")),
            )

    def get_message(self, message_id: str, tenant_id: str | None = None, *, actor: Actor) -> MessageDetail:
        if not message_id or len(message_id) > 64:
            raise NotFound("message")
        try:
            body = self._upstream.get(
                f"/v1/messages/{quote(message_id, safe='')}", tenant_parameter(tenant_id, actor), actor=actor
            )
        except InvalidInput as error:
            # An id that cannot be one names nothing.
            raise NotFound("message", request_id=error.request_id) from None
        with decode.answer():
            return _detail(body)

    def list_error_codes(self, language: str, *, actor: Actor) -> tuple[ErrorCode, ...]:
        body = self._upstream.get("/v1/error-codes", actor=actor, language=language)
        with decode.answer():
            return tuple(
                ErrorCode(
                    code=decode.text(item["code"]),
                    permanent=decode.flag(item["permanent"]),
                    title=decode.text(item["title"]),
                    advice=decode.text(item["advice"]),
                )
                for item in decode.items(body["items"])
            )

    def list_refused_calls(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> RefusedCallPage:
        parameters = [*tenant_parameter(tenant_id, actor), ("limit", str(limit)), ("cursor", cursor or "")]
        body = self._upstream.get("/v1/refused-calls", parameters, actor=actor)
        with decode.answer():
            return RefusedCallPage(
                items=tuple(_refused(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )


def _refused(body: Json) -> RefusedCall:
    return RefusedCall(
        call_id=decode.text(body["callId"]),
        at=decode.instant(body["at"]),
        key_name=decode.text(body["apiKeyName"]),
        method=decode.text(body["method"]),
        route=decode.text(body["route"]),
        status=decode.integer(body["status"]),
        code=decode.text(body["code"]),
        request_id=decode.text(body["requestId"]),
    )


def _message(body: Json) -> Message:
    return Message(
        message_id=decode.text(body["messageId"]),
        recipient=decode.text(body["to"]),
        sender_id=decode.text(body["from"]),
        status=decode.status(body["status"]),
        operator=decode.text(body["operator"]),
        country=decode.text(body["country"]),
        error_code=decode.maybe_text(body.get("errorCode")),
        submitted_at=decode.instant(body["submittedAt"]),
        delivered_at=decode.maybe_instant(body.get("deliveredAt")),
        segments=decode.integer(body["segments"]),
        price=decode.maybe_money(body.get("price")),
    )


def _detail(body: Json) -> MessageDetail:
    content = body.get("body")
    return MessageDetail(
        message=_message(body),
        body=decode.text(content) if content is not None else None,
        encoding=decode.text(body["encoding"]),
        sent_at=decode.maybe_instant(body.get("sentAt")),
        final_at=decode.maybe_instant(body.get("finalAt")),
        carrier_code=decode.maybe_text(body.get("carrierCode")),
        external_id=decode.maybe_text(body.get("externalId")),
        source=decode.text(body["source"]),
        timeline=tuple(_entry(entry) for entry in decode.items(body["timeline"])),
        webhook_attempts=tuple(_attempt(item) for item in decode.items(body.get("webhookAttempts") or [])),
    )


def _entry(body: Json) -> TimelineEntry:
    status = body.get("status")
    return TimelineEntry(
        seq=decode.integer(body["seq"]),
        at=decode.instant(body["at"]),
        kind=decode.text(body["kind"]),
        status=decode.status(status) if status is not None else None,
        source=decode.text(body["source"]),
        carrier_code=decode.maybe_text(body.get("carrierCode")),
        detail=decode.maybe_text(body.get("detail")),
    )


def _attempt(body: Json) -> WebhookAttempt:
    http_status = body.get("httpStatus")
    return WebhookAttempt(
        endpoint_id=decode.text(body["endpointId"]),
        delivery_id=decode.text(body["deliveryId"]),
        event_type=decode.text(body["eventType"]),
        number=decode.integer(body["number"]),
        at=decode.instant(body["at"]),
        url=decode.text(body["url"]),
        http_status=decode.integer(http_status) if http_status is not None else None,
        error_kind=decode.maybe_text(body.get("errorKind")),
        latency_ms=decode.integer(body["latencyMs"]),
    )
