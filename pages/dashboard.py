"""``/dashboard``: how traffic is doing, at a glance."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.dashboard import PATH, build_dashboard
from components.filters import read_query
from portal.i18n import t


def layout(**params: Any) -> Component:
    """The filters of the address, and cards of their final size."""
    return build_dashboard(read_query(params))


def title(**_params: str) -> str:
    return t("page.title", page=t("dashboard.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="dashboard",
    nav="dashboard.title",
    icon="speedometer2",
    audience="tenant",
    order=10,
)
