"""Choosing whose eyes to look through: an internal user sees an account's portal as one of its roles does."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.page import page_header
from components.portfolio import LOOK_AS_PATH, TENANT_PATH, tenant_address
from components.roles import role_name
from components.states import build_error, build_icon, build_skeleton
from portal.domain.account import Account
from portal.domain.errors import PortalError
from portal.domain.permissions import CUSTOMER_ROLES
from portal.i18n import t
from portal.i18n.bidi import isolate

PATH: Final = LOOK_AS_PATH
_ICONS: Final = {"owner": "key", "developer": "code-slash", "billing": "receipt", "viewer": "eye"}


class LookAsIds(StrEnum):
    BACK = "look-as-back"
    CHOICE = "look-as-choice"


def build_look_as() -> Component:
    """The page without its data."""
    return html.Div(
        [
            page_header(t("look_as.title"), t("look_as.lead"), before=html.Div(id=LookAsIds.BACK)),
            html.Div(build_skeleton(6), id=LookAsIds.CHOICE),
        ],
        className="page vstack gap-3",
    )


def choice_values(account: Account) -> dict[tuple[Any, str], Any]:
    """A button for each role. An ordinary form: it is answered with the customer's first page."""
    back = html.A(
        [build_icon("arrow-left"), html.Bdi(account.name)],
        href=tenant_address(TENANT_PATH, account.tenant_id),
        className="back-link",
    )
    roles = [
        html.Li(
            [
                html.Div([build_icon(_ICONS[role]), html.Strong(role_name(role))], className="look-as-role"),
                html.P(t(f"look_as.{role}"), className="health-note"),
                html.Button(
                    t("look_as.start", role=role_name(role)),
                    type="submit",
                    name="role",
                    value=role,
                    className="btn btn-outline-secondary",
                ),
            ],
            className="panel look-as-card",
        )
        for role in CUSTOMER_ROLES
    ]
    form = html.Form(
        [
            dbc.Input(type="hidden", name="tenantId", value=account.tenant_id),
            html.P(
                [build_icon("info-circle"), t("look_as.note", tenant=isolate(account.name))], className="health-note"
            ),
            html.Ul(roles, className="look-as"),
        ],
        method="post",
        action="/preview/start",
        className="vstack gap-3",
    )
    return {(LookAsIds.BACK, "children"): back, (LookAsIds.CHOICE, "children"): form}


def choice_failure(error: PortalError, tenant_id: str, request_id: str = "") -> dict[tuple[Any, str], Any]:
    """The account could not be had; the link asks again."""
    retry = html.A(t("state.retry"), href=tenant_address(PATH, tenant_id), className="btn btn-outline-secondary")
    return {(LookAsIds.CHOICE, "children"): build_error(error, retry=retry, request_id=request_id)}
