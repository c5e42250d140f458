"""One message: what was sent, what became of it, and when."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.filters import operator_name
from components.messages import PATH, STATUS_ICONS, build_code, build_status, build_time
from components.states import build_error, build_icon
from components.webhook_deliveries import build_answer, delivery_address
from components.webhooks import latency
from portal.domain.errors import PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import SOON, ErrorCode, MessageDetail, TimelineEntry, WebhookAttempt
from portal.domain.params import to_search
from portal.i18n import fmt, has, ltr, t


class MessageDetailIds(StrEnum):
    """``NAME`` is a store with the query that names the message, ``SEEN`` one with the version that is shown."""

    CONTENT = "message-detail-content"
    NAME = "message-detail-name"
    SEEN = "message-detail-seen"
    WATCH = "message-detail-watch"


def build_stores(message_id: str, tenant_id: str | None) -> Component:
    """What follows the message while the page is open."""
    named = to_search([("tenantId", tenant_id or ""), ("messageId", message_id)])
    return html.Div(
        [
            dcc.Store(id=MessageDetailIds.NAME, data=named),
            dcc.Store(id=MessageDetailIds.SEEN),
            dcc.Interval(id=MessageDetailIds.WATCH, interval=SOON * 1000, disabled=True),
        ]
    )


def build_back(back: str, tenant_id: str | None = None) -> Component:
    """The way back to the log as it was. ``back`` is only ever read as a filter, so it cannot lead anywhere else."""
    wanted = MessageFilter.from_search(back)
    query = wanted.to_query_string() or MessageFilter(tenant_id=tenant_id).to_query_string()
    return dcc.Link(
        [build_icon("arrow-left"), t("message.back")],
        href=f"{PATH}?{query}" if query else PATH,
        className="back-link",
    )


def build_detail(
    detail: MessageDetail, error: ErrorCode | None = None, *, tenant_id: str | None = None, opens_webhooks: bool = False
) -> Component:
    """Everything about one message. ``error`` explains its error code where no catalog text does; ``opens_webhooks``:
    the reader may look at deliveries."""
    return html.Div(
        [
            _build_outcome(detail, error),
            html.Div(
                [
                    html.Div(
                        [_build_body(detail), _build_timeline(detail, tenant_id, opens_webhooks=opens_webhooks)],
                        className="detail-main",
                    ),
                    _build_facts(detail),
                ],
                className="detail-columns",
            ),
        ]
    )


def build_detail_failure(error: PortalError, message_id: str, request_id: str = "") -> Component:
    """The message could not be had just now; the link asks again."""
    retry = html.A(t("state.retry"), href=f"{PATH}/{message_id}", className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def error_words(code: str, error: ErrorCode | None = None) -> tuple[str, str]:
    """(title, advice) of an error code: from the catalogs, else from the platform, else the code itself."""
    if has(f"error_code.{code}.title"):
        return t(f"error_code.{code}.title"), t(f"error_code.{code}.advice")
    if error is not None:
        return error.title, error.advice
    return t("message.error.unknown", code=ltr(code)), ""


def _build_outcome(detail: MessageDetail, error: ErrorCode | None) -> Component | None:
    code = detail.message.error_code
    if code is None:
        return None
    title, advice = error_words(code, error)
    raw = [t("message.error.code", code=ltr(code))]
    if detail.carrier_code:
        raw.append(t("message.error.carrier", code=ltr(detail.carrier_code)))
    return html.Section(
        [
            build_icon(STATUS_ICONS[detail.message.status], className="outcome-icon"),
            html.Div(
                [
                    html.H2(title, className="outcome-title"),
                    html.P(advice, className="outcome-advice") if advice else None,
                    html.P([html.Span(part) for part in raw], className="outcome-codes"),
                ]
            ),
        ],
        className=f"panel outcome status-{detail.message.status}",
    )


def _build_body(detail: MessageDetail) -> Component:
    if detail.body is None:
        content: Component = html.P(t("message.body.not_kept"), className="text-quiet")
    else:
        content = html.P(detail.body, dir="auto", className="message-body")
    size = t(
        "message.size", segments=t("message.segments", count=detail.message.segments), encoding=ltr(detail.encoding)
    )
    return html.Section(
        [
            html.H2(t("message.body"), className="panel-title"),
            content,
            html.P(size, className="panel-note"),
        ],
        className="panel",
    )


def _build_facts(detail: MessageDetail) -> Component:
    message = detail.message
    facts: list[tuple[str, Any]] = [
        ("messages.column.status", html.Div(build_status(message.status), role="status")),
        ("messages.column.to", build_code(message.recipient)),
        ("messages.column.from", html.Bdi(message.sender_id)),
        ("messages.column.operator", html.Bdi(operator_name(message.operator))),
        ("messages.country", build_code(message.country)),
        ("message.price", fmt.money(message.price, digits=4) if message.price else "–"),
        ("messages.column.submitted", build_time(message.submitted_at, seconds=True)),
        ("message.sent_at", build_time(detail.sent_at, seconds=True)),
        ("messages.column.delivered", build_time(message.delivered_at, seconds=True)),
        ("message.final_at", build_time(detail.final_at, seconds=True)),
        ("message.took", _took(detail)),
        ("messages.column.id", build_code(message.message_id, "code-wrap")),
        ("message.external_id", build_code(detail.external_id, "code-wrap") if detail.external_id else "–"),
        ("message.source", _source(detail.source)),
    ]
    rows: list[Component] = []
    for label, value in facts:
        rows += [html.Dt(t(label)), html.Dd(value)]
    return html.Section(
        [html.H2(t("message.facts"), className="panel-title"), html.Dl(rows, className="facts")],
        className="panel detail-facts",
    )


def _took(detail: MessageDetail) -> str:
    delivered = detail.message.delivered_at
    if delivered is None:
        return "–"
    return fmt.duration((delivered - detail.message.submitted_at).total_seconds())


def _build_timeline(detail: MessageDetail, tenant_id: str | None, *, opens_webhooks: bool) -> Component:
    """What happened to it and whom we told, in the order of time; what happened comes before the telling of it."""
    told = [(each.at, 1, _build_told(each, tenant_id, links=opens_webhooks)) for each in detail.webhook_attempts]
    happened = [(each.at, 0, _build_entry(each, detail.source)) for each in detail.timeline]
    shown = [entry for *_, entry in sorted([*happened, *told], key=lambda each: each[:2])]
    return html.Section(
        [
            html.H2(t("message.timeline"), className="panel-title"),
            html.Ol(shown, className="timeline"),
        ],
        className="panel",
    )


def _build_told(each: WebhookAttempt, tenant_id: str | None, *, links: bool) -> Component:
    words: Any = t("message.timeline.webhook", event=ltr(each.event_type), number=each.number)
    if links:
        words = dcc.Link(words, href=delivery_address(each.endpoint_id, each.delivery_id, tenant_id))
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [build_icon("broadcast"), words, build_answer(each.http_status, each.error_kind)],
                        className="timeline-told",
                    ),
                    build_time(each.at, seconds=True),
                ],
                className="timeline-head",
            ),
            html.P(
                [build_code(each.url, "code-wrap"), html.Span(latency(each.latency_ms))],
                className="timeline-note",
            ),
        ],
        className="timeline-entry timeline-quiet",
    )


def _build_entry(entry: TimelineEntry, usual_source: str) -> Component:
    if entry.status is not None and entry.kind == "status":
        head: Any = build_status(entry.status)
        look = f"status-{entry.status}"
    else:
        word = t(f"status.{entry.status}") if entry.status is not None else "–"
        head = html.Span(t("message.timeline.receipt", status=word))
        look = "timeline-quiet"
    notes: list[Any] = [] if entry.source == usual_source else [_source(entry.source)]
    if entry.carrier_code:
        notes.append(t("message.error.carrier", code=ltr(entry.carrier_code)))
    if entry.detail:
        notes.append(html.Bdi(entry.detail))
    return html.Li(
        [
            html.Div([head, build_time(entry.at, seconds=True)], className="timeline-head"),
            html.P([html.Span(note) for note in notes], className="timeline-note") if notes else None,
        ],
        className=f"timeline-entry {look}",
    )


def _source(name: str) -> Any:
    """Where something came from, in words where there are some."""
    return t(f"message.source.{name}") if has(f"message.source.{name}") else html.Bdi(name)
