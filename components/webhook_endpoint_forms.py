"""What is filled in or confirmed for one endpoint, and the dialogs around it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.dialogs import build_cancel, build_confirmation, build_dialog
from components.forms import build_choices, build_field, build_form, field_id, labels_of
from components.messages import build_code
from components.webhook_endpoint import WebhookEndpointIds
from components.webhooks_forms import build_key
from portal.domain.delivery_filter import hours_ago
from portal.domain.webhooks import OVERLAPS, Endpoint, EventType
from portal.i18n import fmt, ltr, t

TEST_FIELDS, ROTATE_FIELDS, RECOVER_FIELDS = ("eventType",), ("overlapSeconds",), ("since",)
RECOVER_SPANS = (1, 6, 24, 72, 168, 720)
"""Hours back that can be chosen; deliveries are kept for 30 days."""


def build_endpoint_dialogs() -> Component:
    """All of the page's dialogs, closed."""
    ids = WebhookEndpointIds
    return html.Div(
        [
            build_dialog(ids.EDIT, t("webhooks.edit.title")),
            build_dialog(ids.TEST, t("webhooks.test.title")),
            build_dialog(ids.ROTATE, t("webhooks.rotate.title")),
            build_dialog(ids.SECRET, t("webhooks.secret.title"), keep=True),
            build_dialog(ids.RECOVER, t("webhooks.recover.title")),
            build_dialog(ids.DISABLE, t("webhooks.disable.title")),
            build_dialog(ids.DELETE, t("webhooks.delete.title")),
        ]
    )


def build_test_form(endpoint: Endpoint, types: Sequence[EventType]) -> Component:
    """Which event to invent; those it subscribed to come first."""
    form = WebhookEndpointIds.TEST_FORM
    names = [*endpoint.events, *(each.name for each in types if each.name not in endpoint.events)]
    choice = dbc.Select(
        id=field_id(form, "eventType"), options=labels_of({name: ltr(name) for name in names}), value=names[0]
    )
    return build_form(
        form,
        [
            html.P(t("webhooks.test.text"), className="dialog-text"),
            html.P(build_code(endpoint.url, "code-wrap")),
            build_field(form, "eventType", t("webhooks.test.field"), choice, help=t("webhooks.test.help")),
            build_key(form, endpoint),
        ],
        t("webhooks.act.test"),
        cancel=build_cancel(WebhookEndpointIds.TEST),
    )


def build_rotate_form(endpoint: Endpoint) -> Component:
    """A new secret: how long the old one signs beside it, with what that means."""
    form = WebhookEndpointIds.ROTATE_FORM
    overlap = dbc.RadioItems(
        id=field_id(form, "overlapSeconds"),
        options=labels_of({str(seconds): _overlap(seconds) for seconds in OVERLAPS}),
        value="86400",
    )
    return build_form(
        form,
        [
            html.P(t("webhooks.rotate.text"), className="dialog-text"),
            html.P(build_code(endpoint.url, "code-wrap")),
            build_choices(form, "overlapSeconds", t("webhooks.rotate.field"), overlap, help=t("webhooks.rotate.help")),
            build_key(form, endpoint),
        ],
        t("webhooks.act.rotate"),
        cancel=build_cancel(WebhookEndpointIds.ROTATE),
    )


def _overlap(seconds: int) -> str:
    hours = seconds // 3600
    if not hours:
        return t("api_keys.grace.now")
    if hours < 48:
        return t("api_keys.grace.hours", count=hours)
    return t("webhooks.rotate.days", count=hours // 24)


def build_recover_form(endpoint: Endpoint, now: dt.datetime) -> Component:
    """Since when failures are to be sent again; how many there are is told before anything is sent."""
    form = WebhookEndpointIds.RECOVER_FORM
    options = {hours_ago(now, hours).isoformat(): _back(hours) for hours in RECOVER_SPANS}
    if endpoint.last_success_at is not None and endpoint.last_success_at < hours_ago(now, 1):
        success = endpoint.last_success_at
        options = {success.isoformat(): t("webhooks.recover.success", date=fmt.datetime(success)), **options}
    since = dbc.Select(id=field_id(form, "since"), options=labels_of(options), value=next(iter(options)))
    return build_form(
        form,
        [
            html.P(t("webhooks.recover.text"), className="dialog-text"),
            build_field(form, "since", t("webhooks.recover.field"), since),
            build_key(form, endpoint),
        ],
        t("webhooks.recover.count"),
        cancel=build_cancel(WebhookEndpointIds.RECOVER),
    )


def _back(hours: int) -> str:
    return t("webhooks.filter.hours", count=hours) if hours < 48 else t("webhooks.filter.days", count=hours // 24)


def build_recover_question(endpoint: Endpoint, since: dt.datetime, count: int, *, more: bool) -> Component:
    """How many it would be, and whether to go on; nothing to send is said and not asked."""
    dialog, form = WebhookEndpointIds.RECOVER, WebhookEndpointIds.RECOVER_SURE
    date = fmt.datetime(since)
    if not count:
        return html.Div(
            [
                html.P(t("webhooks.recover.nothing", date=date), className="dialog-text", role="status"),
                html.Div(build_cancel(dialog, t("dialog.close")), className="form-buttons"),
            ],
            className="form",
        )
    key = "webhooks.recover.question.more" if more else "webhooks.recover.question"
    consequence = [
        html.P(t(key, count=count, date=date), role="status"),
        html.P(build_code(endpoint.url, "code-wrap")),
        html.P(t("webhooks.recover.consequence")),
        dbc.Input(id=field_id(form, "since"), type="hidden", value=since.isoformat()),
        build_key(form, endpoint),
    ]
    submit = t("webhooks.recover.submit.more") if more else t("webhooks.recover.submit", count=count)
    return build_confirmation(dialog, form, consequence, submit, danger=False)


def build_disable_form(endpoint: Endpoint) -> Component:
    """The question before an endpoint is told nothing any more."""
    form = WebhookEndpointIds.DISABLE_FORM
    consequence = [
        html.P(build_code(endpoint.url, "code-wrap")),
        html.P(t("webhooks.disable.text")),
        build_key(form, endpoint),
    ]
    return build_confirmation(WebhookEndpointIds.DISABLE, form, consequence, t("webhooks.disable.submit"))


def build_delete_form(endpoint: Endpoint) -> Component:
    """The question before an endpoint is gone."""
    form = WebhookEndpointIds.DELETE_FORM
    consequence = [
        html.P(build_code(endpoint.url, "code-wrap")),
        html.P(t("webhooks.delete.text")),
        build_key(form, endpoint),
    ]
    return build_confirmation(WebhookEndpointIds.DELETE, form, consequence, t("webhooks.delete.submit"))
