"""Roles in words, and what a page shows to somebody whose role does not include it."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component

from components.states import build_icon
from portal.domain.permissions import customers_of
from portal.i18n import has, t


def role_name(role: str) -> str:
    """A role as people know it; one that an issuer invented stays as it is."""
    key = f"role.{role}"
    return t(key) if has(key) else role


def role_names(roles: Iterable[str]) -> str:
    """Roles one after another, as this language sets them apart."""
    return t("permission.separator").join(role_name(role) for role in roles)


def build_no_permission(path: str) -> Component:
    """In place of the page at ``path``: for whom it is, and who can change that."""
    roles = customers_of(path)
    explanation = t("permission.roles", roles=role_names(roles)) if roles else t("permission.internal")
    return html.Div(
        [
            build_icon("shield-lock", className="state-icon"),
            html.H1(t("permission.title"), id="page-title", className="page-title", tabIndex="-1"),
            html.P(explanation),
            html.P(t("permission.who_grants"), className="state-note") if roles else None,
            html.Div(html.A(t("web.home"), href="/", className="btn btn-primary"), className="state-actions"),
        ],
        className="page state state-empty",
    )


def build_not_in_preview() -> Component:
    """In place of a page about oneself: in a preview one is nobody in particular."""
    return html.Div(
        [
            build_icon("eye", className="state-icon"),
            html.H1(t("preview.personal.title"), id="page-title", className="page-title", tabIndex="-1"),
            html.P(t("preview.personal.text")),
            html.Div(html.A(t("web.home"), href="/", className="btn btn-primary"), className="state-actions"),
        ],
        className="page state state-empty",
    )
