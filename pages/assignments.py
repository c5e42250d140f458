"""``/assignments``: platform admins say who looks after whom."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.assignments import PATH, AssignmentsIds, build_bar
from components.page import page_header
from components.states import build_skeleton
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """The bar that changes something, and room for the accounts."""
    return html.Div(
        [
            page_header(t("assignments.title"), t("assignments.lead")),
            build_bar(),
            html.Div(
                build_skeleton(8, className="sheet-waiting"),
                id=AssignmentsIds.LIST,
                className="panel panel-flush sheet-panel",
            ),
        ],
        className="page vstack gap-3",
    )


def title(**_params: str) -> str:
    return t("page.title", page=t("assignments.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="assignments",
    nav="assignments.title",
    icon="people",
    audience="internal",
    order=30,
)
