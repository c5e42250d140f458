"""What is filled in or confirmed to make, rotate or revoke an API key, and the dialogs around it."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.api_keys import ApiKeysIds
from components.dialogs import build_cancel, build_confirmation, build_dialog, build_secret
from components.forms import build_choices, build_field, build_form, field_id, labels_of
from components.messages import build_code
from portal.domain.api_keys import GRACES, LIFETIMES, LONGEST_NAME, MODES, SCOPES, ApiKey, CreatedKey
from portal.i18n import t
from portal.i18n.bidi import isolate, ltr

CREATE_FIELDS = ("name", "scopes", "mode", "expiresAt", "allowedIps")
ROTATE_FIELDS = ("graceSeconds",)
KEY_FIELD = "keyId"
_CREATE, _ROTATE, _REVOKE = ApiKeysIds.CREATE_FORM, ApiKeysIds.ROTATE_FORM, ApiKeysIds.REVOKE_FORM


def build_dialogs() -> Component:
    """All of the page's dialogs, closed, and the store that says that something was changed."""
    return html.Div(
        [
            build_dialog(ApiKeysIds.CREATE, t("api_keys.create.title")),
            build_dialog(ApiKeysIds.ROTATE, t("api_keys.rotate.title")),
            build_dialog(ApiKeysIds.REVOKE, t("api_keys.revoke.title")),
            build_dialog(ApiKeysIds.RAW_KEY, t("api_keys.secret.title"), keep=True),
            dcc.Store(id=ApiKeysIds.CHANGED),
        ]
    )


def build_create_form() -> Component:
    """A new key: its name, what it may do, how long, from where."""
    name = dbc.Input(id=field_id(_CREATE, "name"), maxLength=LONGEST_NAME, autoComplete="off", autofocus=True, value="")
    scopes = dbc.Checklist(
        id=field_id(_CREATE, "scopes"),
        options=labels_of(
            {scope: t(f"api_keys.scope.{scope.replace(':', '_')}", scope=ltr(scope)) for scope in SCOPES}
        ),
        value=["sms:send"],
    )
    mode = dbc.RadioItems(
        id=field_id(_CREATE, "mode"),
        options=labels_of({mode: t(f"api_keys.mode.{mode}.long") for mode in MODES}),
        value="live",
    )
    lifetime = dbc.Select(
        id=field_id(_CREATE, "expiresAt"),
        options=labels_of({each: _lifetime(each) for each in LIFETIMES}),
        value="365",
    )
    networks = dbc.Textarea(id=field_id(_CREATE, "allowedIps"), rows=2, value="", class_name="key-networks-input")
    return build_form(
        _CREATE,
        [
            build_field(_CREATE, "name", t("api_keys.field.name"), name, help=t("api_keys.field.name.help")),
            build_choices(_CREATE, "scopes", t("api_keys.field.scopes"), scopes, help=t("api_keys.field.scopes.help")),
            build_choices(_CREATE, "mode", t("api_keys.field.mode"), mode),
            build_field(_CREATE, "expiresAt", t("api_keys.field.expires"), lifetime),
            build_field(
                _CREATE, "allowedIps", t("api_keys.field.networks"), networks, help=t("api_keys.field.networks.help")
            ),
        ],
        t("api_keys.new"),
        cancel=build_cancel(ApiKeysIds.CREATE),
    )


def _lifetime(days: str) -> str:
    return t("api_keys.lifetime.days", count=int(days)) if days.isdigit() else t("api_keys.lifetime.never")


def _grace(seconds: int) -> str:
    if not seconds:
        return t("api_keys.grace.now")
    minutes = seconds // 60
    if minutes < 60:
        return t("api_keys.grace.minutes", count=minutes)
    return t("api_keys.grace.hours", count=minutes // 60)


def build_rotate_form(key: ApiKey) -> Component:
    """A successor for a key: how long the old one goes on, with what that means."""
    grace = dbc.RadioItems(
        id=field_id(_ROTATE, "graceSeconds"),
        options=labels_of({str(seconds): _grace(seconds) for seconds in GRACES}),
        value="3600",
    )
    return build_form(
        _ROTATE,
        [
            html.P(t("api_keys.rotate.text", name=isolate(key.name)), className="dialog-text"),
            html.P(build_code(key.shown)),
            build_choices(
                _ROTATE, "graceSeconds", t("api_keys.field.grace"), grace, help=t("api_keys.field.grace.help")
            ),
            _key_field(_ROTATE, key),
        ],
        t("api_keys.rotate.submit"),
        cancel=build_cancel(ApiKeysIds.ROTATE),
    )


def build_revoke_form(key: ApiKey) -> Component:
    """The question before a key ends."""
    consequence = [
        html.P(t("api_keys.revoke.text", name=isolate(key.name))),
        html.P(build_code(key.shown)),
        _key_field(_REVOKE, key),
    ]
    return build_confirmation(ApiKeysIds.REVOKE, _REVOKE, consequence, t("api_keys.revoke.submit"))


def build_new_key(created: CreatedKey) -> Component:
    """The key, this once."""
    return build_secret(ApiKeysIds.RAW_KEY, created.raw_key, created.key.name, t("api_keys.secret.warning"))


def _key_field(form: str, key: ApiKey) -> Component:
    """Which key the form is about."""
    return dbc.Input(id=field_id(form, KEY_FIELD), type="hidden", value=key.key_id)
