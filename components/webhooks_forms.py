"""What is filled in for an endpoint, new or old, and the dialog that shows its signing secret once."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.dialogs import build_cancel, build_dialog, build_secret
from components.forms import build_choices, build_field, build_form, field_id, labels_of
from components.webhooks import WebhooksIds
from portal.domain.webhooks import LONGEST_DESCRIPTION, LONGEST_URL, Endpoint, EventType, NewSecret
from portal.i18n import fmt, has, ltr, t

ENDPOINT_FIELDS = ("url", "description", "events")
KEY_FIELD = "endpointId"
USUAL_EVENTS = ("message.delivered", "message.failed")


def build_dialogs() -> Component:
    """The list's dialogs, closed, and the store that says that something was changed."""
    return html.Div(
        [
            build_dialog(WebhooksIds.CREATE, t("webhooks.create.title")),
            build_dialog(WebhooksIds.SECRET, t("webhooks.secret.title"), keep=True),
            dcc.Store(id=WebhooksIds.CHANGED),
        ]
    )


def build_create_form(types: Sequence[EventType]) -> Component:
    """A new endpoint: where, and what it wants to be told."""
    fields = _fields(WebhooksIds.CREATE_FORM, types, "", "", [e for e in USUAL_EVENTS if e in names_of(types)])
    return build_form(WebhooksIds.CREATE_FORM, fields, t("webhooks.new"), cancel=build_cancel(WebhooksIds.CREATE))


def build_edit_form(form: str, dialog: str, endpoint: Endpoint, types: Sequence[EventType]) -> Component:
    """An endpoint as it is, to be changed."""
    known = [*types, *(EventType(name, "", "") for name in endpoint.events if name not in names_of(types))]
    fields = _fields(form, known, endpoint.url, endpoint.description, list(endpoint.events))
    return build_form(
        form, [*fields, build_key(form, endpoint)], t("webhooks.edit.submit"), cancel=build_cancel(dialog)
    )


def build_key(form: str, endpoint: Endpoint) -> Component:
    """Which endpoint a form is about."""
    return dbc.Input(id=field_id(form, KEY_FIELD), type="hidden", value=endpoint.endpoint_id)


def build_new_secret(dialog: str, made: NewSecret) -> Component:
    """The secret, this once, with what it is for."""
    until = made.previous_until
    old = html.P(t("webhooks.secret.overlap", date=fmt.datetime(until)), className="dialog-text") if until else None
    return html.Div(
        [
            html.P(t("webhooks.secret.text"), className="dialog-text"),
            old,
            build_secret(dialog, made.signing_secret, t("webhooks.secret"), t("webhooks.secret.warning")),
        ]
    )


def names_of(types: Sequence[EventType]) -> set[str]:
    return {each.name for each in types}


def event_words(each: EventType) -> str:
    """What a type of event means: in the reader's language, else as the platform words it."""
    key = f"webhooks.event.{each.name.replace('.', '_')}"
    return t(key) if has(key) else each.description


def _fields(
    form: str, types: Sequence[EventType], url: str, description: str, events: list[str]
) -> list[Component | None]:
    where = dbc.Input(
        id=field_id(form, "url"),
        type="url",
        value=url,
        maxLength=LONGEST_URL,
        autoComplete="off",
        autofocus=True,
        class_name="hook-url-input",
    )
    what_for = dbc.Input(
        id=field_id(form, "description"), value=description, maxLength=LONGEST_DESCRIPTION, autoComplete="off"
    )
    told = dbc.Checklist(
        id=field_id(form, "events"),
        options=labels_of({each.name: _choice(each) for each in types}),
        value=events,
        class_name="hook-choices",
    )
    return [
        build_field(form, "url", t("webhooks.field.url"), where, help=t("webhooks.field.url.help")),
        build_field(form, "description", t("webhooks.field.description"), what_for),
        build_choices(form, "events", t("webhooks.field.events"), told),
    ]


def _choice(each: EventType) -> str:
    words = event_words(each)
    return t("webhooks.event.choice", words=words, name=ltr(each.name)) if words else ltr(each.name)
