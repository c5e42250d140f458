"""The profile page's parts about the person and what they sign in with."""

from __future__ import annotations

from enum import StrEnum

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.forms import build_field, build_form, field_id
from components.roles import role_names
from components.states import build_empty, build_error
from portal.domain.account import Profile
from portal.domain.actor import Actor
from portal.domain.errors import PortalError
from portal.i18n import t

EMAIL_FIELDS = ("email", "currentPassword")
PASSWORD_FIELDS = ("currentPassword", "newPassword")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256


class ProfileIds(StrEnum):
    PERSON = "profile-person"
    EMAIL = "profile-email"
    EMAIL_PLACE = "profile-email-place"
    PASSWORD_PLACE = "profile-password-place"  # noqa: S105
    EMAIL_FORM = "profile-email-form"
    PASSWORD_FORM = "profile-password-form"  # noqa: S105
    SESSIONS = "profile-sessions"
    END_SESSION = "profile-end-session"
    END_SESSION_FORM = "profile-end-session-form"
    END_OTHERS = "profile-end-others"
    END_OTHERS_FORM = "profile-end-others-form"
    PREFERENCES = "profile-preferences"
    CHANGED = "profile-changed"


def build_section(component_id: str, title: str, content: object, *, anchor: str, lead: str = "") -> Component:
    """A panel with a heading of its own, to which ``#anchor`` in an address leads."""
    return html.Section(
        [
            html.H2(title, id=f"{anchor}-title", className="panel-title"),
            html.P(lead, className="panel-lead") if lead else None,
            html.Div(content, id=component_id),
        ],
        id=anchor,
        className="panel profile-section",
        **attributes(aria_labelledby=f"{anchor}-title"),
    )


def build_person(actor: Actor, profile: Profile) -> Component:
    """Who this is. The name is the account owner's to change, so it is only told."""
    roles = role_names(sorted(actor.roles - {"customer"}))
    email = profile.email or actor.email
    facts = {
        "name": html.Bdi(profile.name or actor.name),
        "email": html.Bdi(email, id=ProfileIds.EMAIL, dir="ltr"),
        "roles": roles or t("profile.no_role"),
    }
    rows = [part for name, value in facts.items() for part in (html.Dt(t(f"profile.{name}")), html.Dd(value))]
    return html.Dl(rows, className="facts profile-facts")


def build_email_form(username: str) -> Component:
    """Another address to sign in with, confirmed by the password."""
    form = ProfileIds.EMAIL_FORM
    address = dbc.Input(
        id=field_id(form, "email"), type="email", value="", autoComplete="email", maxLength=254, inputMode="email"
    )
    password = _password(form, "currentPassword", "current-password")
    return build_form(
        form,
        [
            _build_username(username),
            build_field(form, "email", t("profile.email.new"), address, help=t("profile.email.help")),
            build_field(form, "currentPassword", t("profile.password.current"), password),
        ],
        t("profile.email.submit"),
    )


def build_password_form(username: str) -> Component:
    """The current password and the new one."""
    form = ProfileIds.PASSWORD_FORM
    return build_form(
        form,
        [
            _build_username(username),
            build_field(
                form,
                "currentPassword",
                t("profile.password.current"),
                _password(form, "currentPassword", "current-password"),
            ),
            build_field(
                form,
                "newPassword",
                t("profile.password.new"),
                _password(form, "newPassword", "new-password"),
                help=t("profile.password.help", count=SHORTEST_PASSWORD),
            ),
        ],
        t("profile.password.submit"),
    )


def _build_username(username: str) -> Component:
    """Not seen: by it a password manager knows whose password this is."""
    return dbc.Input(
        type="text", value=username, autoComplete="username", readonly=True, class_name="username-hint", tabIndex="-1"
    )


def _password(form: str, name: str, autocomplete: str) -> Component:
    return dbc.Input(
        id=field_id(form, name), type="password", value="", autoComplete=autocomplete, maxLength=LONGEST_PASSWORD
    )


def build_elsewhere() -> Component:
    """What this platform leaves to another sign-in service."""
    return build_empty(t("profile.elsewhere.title"), t("profile.elsewhere.advice"), icon="shield-lock")


def build_profile_failure(error: PortalError, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href="/profile", className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)
