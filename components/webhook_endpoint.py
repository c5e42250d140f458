"""One endpoint: how it is doing, what it is, and what can be done with it. Its deliveries: webhook_deliveries.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.messages import build_code, build_time
from components.states import build_icon
from components.webhooks import address, build_endpoint_status, build_events, build_health, error_words
from portal.domain.webhooks import BUDGET_HOURS, Endpoint, EndpointStatus
from portal.i18n import fmt, t


class WebhookEndpointIds(StrEnum):
    """Stores: ``ENDPOINT`` (whose page it is), ``ADDRESS`` (its query), ``SEEN`` (the version that is shown),
    ``CHANGED`` (written when all has to be asked for anew). ``WATCH`` ticks while an attempt is about to be made."""

    TITLE = "webhook-endpoint-title"
    ACTIONS = "webhook-endpoint-actions"
    HEAD = "webhook-endpoint-head"
    FILTERS = "webhook-endpoint-filters"
    DELIVERIES = "webhook-endpoint-deliveries"
    RECOVER_PLACE = "webhook-endpoint-recover-place"
    ENDPOINT = "webhook-endpoint-id"
    ADDRESS = "webhook-endpoint-address"
    SEEN = "webhook-endpoint-seen"
    CHANGED = "webhook-endpoint-changed"
    WATCH = "webhook-endpoint-watch"
    EDIT = "webhook-endpoint-edit"
    EDIT_FORM = "webhook-endpoint-edit-form"
    TEST = "webhook-endpoint-test"
    TEST_FORM = "webhook-endpoint-test-form"
    ROTATE = "webhook-endpoint-rotate"
    ROTATE_FORM = "webhook-endpoint-rotate-form"
    SECRET = "webhook-endpoint-secret"  # noqa: S105 — a dialog's id
    RECOVER = "webhook-endpoint-recover"
    RECOVER_FORM = "webhook-endpoint-recover-form"
    RECOVER_SURE = "webhook-endpoint-recover-sure-form"
    DISABLE = "webhook-endpoint-disable"
    DISABLE_FORM = "webhook-endpoint-disable-form"
    DELETE = "webhook-endpoint-delete"
    DELETE_FORM = "webhook-endpoint-delete-form"


class Button(StrEnum):
    """Types of the buttons' ids; each has the endpoint beside it."""

    TEST = "webhook-test"
    EDIT = "webhook-edit"
    ROTATE = "webhook-rotate"
    RECOVER = "webhook-recover"
    ENABLE = "webhook-enable"
    DISABLE = "webhook-disable"
    DELETE = "webhook-delete"


def button_id(kind: Button, endpoint_id: str) -> dict[str, str]:
    return {"type": kind.value, "endpoint": endpoint_id}


def build_back(tenant_id: str | None = None) -> Component:
    return dcc.Link([build_icon("arrow-left"), t("webhooks.back")], href=address("", tenant_id), className="back-link")


def build_title(endpoint: Endpoint) -> Component:
    return build_code(endpoint.url, "code-title hook-title")


def build_actions(endpoint: Endpoint) -> list[Component]:
    """What can be done now: a disabled endpoint is sent nothing, not even a test."""
    if endpoint.enabled:
        state = [
            _button(endpoint, Button.TEST, "send", "btn-primary"),
            _button(endpoint, Button.DISABLE, "pause-circle"),
        ]
    else:
        state = [_button(endpoint, Button.ENABLE, "play-circle", "btn-primary")]
    return [*state, _button(endpoint, Button.EDIT, "pencil"), _button(endpoint, Button.DELETE, "trash")]


def build_recover_button(endpoint: Endpoint) -> Component | None:
    return (
        _button(endpoint, Button.RECOVER, "arrow-repeat", "btn-outline-secondary btn-sm") if endpoint.enabled else None
    )


def _button(endpoint: Endpoint, kind: Button, icon: str, look: str = "btn-outline-secondary") -> Component:
    name = kind.value.removeprefix("webhook-")
    return html.Button(
        [build_icon(icon), html.Span(t(f"webhooks.act.{name}"))],
        id=button_id(kind, endpoint.endpoint_id),
        type="button",
        className=f"btn {look}",
    )


def build_head(endpoint: Endpoint, *, may_change: bool) -> Component:
    """What is wrong, how it is doing, and the facts."""
    return html.Div(
        [
            _build_notice(endpoint),
            html.Div(
                [_build_health(endpoint), _build_facts(endpoint, may_change=may_change)], className="hook-columns"
            ),
        ]
    )


def _build_notice(endpoint: Endpoint) -> Component | None:
    """Why nothing is sent, or how soon that may come."""
    if endpoint.status is EndpointStatus.DISABLED:
        icon, title = "pause-circle", t("webhooks.notice.disabled")
        text = t("webhooks.notice.disabled.text")
    elif endpoint.status is EndpointStatus.AUTO_DISABLED:
        reason = "gone" if endpoint.status_reason == "gone" else "failing"
        icon, title = "x-circle", t("webhooks.notice.auto_disabled", date=fmt.datetime(endpoint.status_at))
        text = t(f"webhooks.notice.{reason}.text", hours=BUDGET_HOURS)
    elif endpoint.failing_since is not None:
        icon, title = "exclamation-triangle", t("webhooks.notice.failing", date=fmt.datetime(endpoint.failing_since))
        used = fmt.percent(endpoint.failure_budget_used, 0)
        text = t("webhooks.notice.budget", used=used, hours=BUDGET_HOURS)
    else:
        return None
    look = "hook-notice" if endpoint.status is EndpointStatus.DISABLED else "hook-notice hook-notice-bad"
    why = html.P(error_words(endpoint.last_error)) if endpoint.last_error and endpoint.failing_since else None
    return html.Section(
        [
            build_icon(icon, className="outcome-icon"),
            html.Div([html.H2(title, className="outcome-title"), why, html.P(text)]),
        ],
        className=f"panel {look}",
    )


def _build_health(endpoint: Endpoint) -> Component:
    counts = [
        html.Div([html.Span(t(f"webhooks.health.{name}")), html.B(fmt.number(count))])
        for name, count in (("succeeded", endpoint.succeeded), ("failed", endpoint.failed))
    ]
    table = html.Details(
        [
            html.Summary(t("webhooks.health.table")),
            html.Table(
                [
                    html.Thead(
                        html.Tr(
                            [html.Th(t(f"webhooks.health.{n}"), scope="col") for n in ("hour", "succeeded", "failed")]
                        )
                    ),
                    html.Tbody(
                        [
                            html.Tr(
                                [
                                    html.Td(build_time(each.hour)),
                                    html.Td(fmt.number(each.succeeded)),
                                    html.Td(fmt.number(each.failed)),
                                ]
                            )
                            for each in reversed(endpoint.hours)
                            if each.succeeded or each.failed
                        ]
                    ),
                ],
                className="hook-hours",
            ),
        ],
        className="hook-table",
    )
    some = endpoint.success_rate is not None
    return html.Section(
        [
            html.H2(t("webhooks.health"), className="panel-title"),
            *build_health(endpoint, large=True),
            html.Div(counts, className="hook-counts") if some else None,
            table if some else None,
        ],
        className="panel",
    )


def _build_facts(endpoint: Endpoint, *, may_change: bool) -> Component:
    rotate = None
    if may_change:
        rotate = _button(endpoint, Button.ROTATE, "arrow-repeat", "btn-outline-secondary btn-sm")
    until = endpoint.previous_secret_until
    overlap = html.Div(t("webhooks.secret.overlap", date=fmt.datetime(until)), className="hook-note") if until else None
    secret = [html.Div(t("webhooks.secret.since", date=fmt.datetime(endpoint.secret_created_at))), overlap, rotate]
    failure: list[Any] = [build_time(endpoint.last_failure_at, seconds=True)]
    if endpoint.last_error and endpoint.last_failure_at:
        failure.append(html.Div(error_words(endpoint.last_error), className="hook-note"))
    facts: list[tuple[str, Any]] = [
        ("webhooks.column.status", build_endpoint_status(endpoint)),
        ("webhooks.description", html.Bdi(endpoint.description) if endpoint.description else "–"),
        ("webhooks.column.events", build_events(endpoint.events)),
        ("webhooks.secret", secret),
        ("webhooks.last.success", build_time(endpoint.last_success_at, seconds=True)),
        ("webhooks.last.failure", failure),
        ("webhooks.created", build_time(endpoint.created_at)),
        ("webhooks.id", build_code(endpoint.endpoint_id, "code-wrap")),
    ]
    rows: list[Component] = []
    for label, value in facts:
        rows += [html.Dt(t(label)), html.Dd(value)]
    return html.Section(
        [html.H2(t("message.facts"), className="panel-title"), html.Dl(rows, className="facts")],
        className="panel",
    )


def build_stores(endpoint_id: str, query: str) -> Component:
    """Whose page it is, its address (which assets/js/address.js keeps), and the clock for attempts about to be made."""
    return html.Div(
        [
            dcc.Store(id=WebhookEndpointIds.ENDPOINT, data=endpoint_id),
            dcc.Store(id=WebhookEndpointIds.ADDRESS, data=query),
            dcc.Store(id=WebhookEndpointIds.SEEN),
            dcc.Store(id=WebhookEndpointIds.CHANGED),
            dcc.Interval(id=WebhookEndpointIds.WATCH, interval=2_000, disabled=True),
        ],
        **attributes(data_address=WebhookEndpointIds.ADDRESS.value, data_path=address(endpoint_id), data_controls="{}"),
    )
