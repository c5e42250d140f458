"""``/audit-log``: who changed what in the account, and who of the platform's own people looked at it."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.audit_log import PATH, AuditLogIds
from components.page import page_header
from components.states import build_skeleton
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the lines."""
    return html.Div(
        [
            page_header(t("audit.title"), t("audit.lead")),
            html.Div(
                build_skeleton(8, className="sheet-waiting"),
                id=AuditLogIds.LIST,
                className="panel panel-flush sheet-panel",
            ),
        ],
        className="page",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("audit.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="audit_log",
    nav="audit.title",
    icon="shield-check",
    audience="tenant",
    order=75,
)
