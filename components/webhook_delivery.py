"""One delivery: what was sent, and every attempt with its answer."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.messages import PATH as MESSAGES
from components.messages import build_code, build_time
from components.states import build_icon
from components.webhook_deliveries import build_answer, build_delivery_status
from components.webhooks import address, error_words, latency
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.params import to_search
from portal.domain.webhooks import Attempt, Delivery, DeliveryDetail, DeliveryStatus
from portal.i18n import t


class WebhookDeliveryIds(StrEnum):
    """Stores: ``DELIVERY`` (query that names it), ``SEEN``, ``CHANGED`` and ``WATCH`` as on the endpoint's page."""

    CONTENT = "webhook-delivery-content"
    ACTIONS = "webhook-delivery-actions"
    DELIVERY = "webhook-delivery-name"
    SEEN = "webhook-delivery-seen"
    CHANGED = "webhook-delivery-changed"
    WATCH = "webhook-delivery-watch"
    PAYLOAD = "webhook-delivery-payload"


RESEND_TYPE = "webhook-resend"


def resend_id(endpoint_id: str, delivery_id: str, key: str) -> dict[str, str]:
    """The button's id holds the idempotency key of what it would send: a double click is one attempt."""
    return {"type": RESEND_TYPE, "endpoint": endpoint_id, "delivery": delivery_id, "key": key}


def build_back(endpoint_id: str, back: str, tenant_id: str | None = None) -> Component:
    """The way back to the list as it was. ``back`` is only ever read as a filter, so it cannot lead anywhere else."""
    query = DeliveryFilter.from_search(back).to_query_string(tenant_id)
    return dcc.Link(
        [build_icon("arrow-left"), t("webhooks.delivery.back")],
        href=address(endpoint_id, tenant_id, query),
        className="back-link",
    )


def build_resend(delivery: Delivery, key: str) -> Component:
    return html.Button(
        [build_icon("arrow-repeat"), html.Span(t("webhooks.resend"))],
        id=resend_id(delivery.endpoint_id, delivery.delivery_id, key),
        type="button",
        className="btn btn-primary",
    )


def build_stores(endpoint_id: str, delivery_id: str, tenant_id: str | None) -> Component:
    named = [("tenantId", tenant_id or ""), ("endpointId", endpoint_id), ("deliveryId", delivery_id)]
    return html.Div(
        [
            dcc.Store(id=WebhookDeliveryIds.DELIVERY, data=to_search(named)),
            dcc.Store(id=WebhookDeliveryIds.SEEN),
            dcc.Store(id=WebhookDeliveryIds.CHANGED),
            dcc.Interval(id=WebhookDeliveryIds.WATCH, interval=2_000, disabled=True),
        ]
    )


def build_detail(detail: DeliveryDetail, tenant_id: str | None = None) -> Component:
    """Everything about one delivery; the newest attempt is first and open."""
    attempts = list(reversed(detail.attempts))
    shown: Any = [_build_attempt(each, opened=index == 0) for index, each in enumerate(attempts)]
    if not attempts:
        shown = html.P(t("webhooks.attempts.none"), className="text-quiet", role="status")
    return html.Div(
        [
            html.Div(
                [
                    html.Section(
                        [
                            html.H2(t("webhooks.attempts", count=len(attempts)), className="panel-title"),
                            html.Div(shown, className="attempts"),
                        ],
                        className="panel",
                    ),
                    _build_payload(detail.payload),
                ],
                className="detail-main",
            ),
            _build_facts(detail.delivery, tenant_id),
        ],
        className="detail-columns",
    )


def _build_facts(delivery: Delivery, tenant_id: str | None) -> Component:
    message: Any = "–"
    if delivery.message_id:
        query = to_search([("tenantId", tenant_id or "")])
        path = f"{MESSAGES}/{delivery.message_id}"
        message = dcc.Link(build_code(delivery.message_id, "code-wrap"), href=f"{path}?{query}" if query else path)
    test = html.Span(t("webhooks.test.tag"), className="tag") if delivery.is_test else None
    upcoming: Any = build_time(delivery.next_attempt_at, seconds=True)
    if delivery.next_attempt_at is None:
        ended = delivery.status is DeliveryStatus.FAILED
        upcoming = html.Span(t("webhooks.next.none") if ended else "–", className="text-quiet")
    facts: list[tuple[str, Any]] = [
        ("webhooks.delivery.column.status", build_delivery_status(delivery.status)),
        ("webhooks.delivery.column.event", [build_code(delivery.event_type), test]),
        ("webhooks.delivery.message", message),
        ("webhooks.delivery.column.answer", build_answer(delivery.http_status, delivery.error_kind)),
        ("webhooks.delivery.column.created", build_time(delivery.created_at, seconds=True)),
        ("webhooks.delivery.column.next", upcoming),
        ("webhooks.delivery.completed", build_time(delivery.completed_at, seconds=True)),
        ("webhooks.delivery.webhook_id", build_code(delivery.webhook_id, "code-wrap")),
    ]
    rows: list[Component] = []
    for label, value in facts:
        rows += [html.Dt(t(label)), html.Dd(value)]
    return html.Section(
        [html.H2(t("message.facts"), className="panel-title"), html.Dl(rows, className="facts")],
        className="panel detail-facts",
    )


def _build_payload(payload: str) -> Component:
    """The body as it is sent, and how it reads better. Copying takes the very bytes that are signed."""
    raw = WebhookDeliveryIds.PAYLOAD
    copy = html.Button(
        [build_icon("copy"), html.Span(t("dialog.copy"))],
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **attributes(data_copy=raw.value, data_copied=t("dialog.copied")),
    )
    return html.Section(
        [
            html.Div([html.H2(t("webhooks.payload"), className="panel-title"), copy], className="hook-panel-head"),
            html.Pre(_laid_out(payload), className="hook-pre", dir="ltr", tabIndex="0"),
            html.Details(
                [
                    html.Summary(t("webhooks.payload.raw")),
                    html.Pre(payload, id=raw, className="hook-pre hook-pre-wrap", dir="ltr", tabIndex="0"),
                ],
                className="hook-table",
            ),
        ],
        className="panel",
    )


def _laid_out(payload: str) -> str:
    """JSON on lines of its own; anything else as it is."""
    try:
        return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return payload


def _build_attempt(each: Attempt, *, opened: bool) -> Component:
    tone = "succeeded" if each.succeeded else "failed"
    icon = "check-circle" if each.succeeded else "x-circle"
    hand = html.Span(t("webhooks.attempt.by_hand"), className="tag") if each.by_hand else None
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(
                        [build_icon(icon), t("webhooks.attempt", number=each.number)],
                        className=f"status delivery-{tone}",
                    ),
                    build_answer(each.http_status, each.error_kind),
                    hand,
                    html.Span(latency(each.latency_ms), className="text-quiet"),
                    build_time(each.at, seconds=True),
                ],
                className="attempt-head",
            ),
            html.Div([_build_error(each), _build_request(each), _build_response(each)], className="attempt-body"),
        ],
        className="attempt",
        open=opened,
    )


def _build_error(each: Attempt) -> Component | None:
    if each.error_kind is None:
        return None
    detail = html.Bdi(each.error_detail, className="code code-wrap", dir="ltr") if each.error_detail else None
    return html.Div(
        [build_icon("exclamation-triangle"), html.Div([html.P(error_words(each.error_kind)), detail])],
        className="attempt-error",
    )


def _build_request(each: Attempt) -> Component:
    return html.Div(
        [
            html.H3(t("webhooks.request"), className="attempt-title"),
            html.P(build_code(f"POST {each.url}", "code-wrap")),
            _build_headers(each.request_headers),
        ]
    )


def _build_response(each: Attempt) -> Component | None:
    if each.http_status is None:
        return None
    body: Any = html.P(t("webhooks.response.empty"), className="text-quiet")
    if each.response_body:
        body = html.Pre(each.response_body, className="hook-pre hook-pre-wrap", dir="auto", tabIndex="0")
    cut = html.P(t("webhooks.response.cut"), className="hook-note") if each.response_truncated else None
    return html.Div(
        [
            html.H3(t("webhooks.response"), className="attempt-title"),
            html.P(build_code(f"HTTP {each.http_status}")),
            _build_headers(each.response_headers),
            body,
            cut,
        ]
    )


def _build_headers(headers: tuple[tuple[str, str], ...]) -> Component | None:
    if not headers:
        return None
    rows: list[Component] = []
    for name, value in headers:
        rows += [html.Dt(build_code(name)), html.Dd(build_code(value, "code-wrap"))]
    return html.Dl(rows, className="hook-headers", dir="ltr")
