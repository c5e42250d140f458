"""``/analytics``: every question about traffic."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.analytics import PATH, build_analytics
from components.filters import read_query
from portal.i18n import t


def layout(**params: Any) -> Component:
    """The filters of the address, and cards of their final size."""
    return build_analytics(read_query(params))


def title(**_params: str) -> str:
    return t("page.title", page=t("analytics.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="analytics",
    nav="analytics.title",
    icon="graph-up",
    audience="tenant",
    order=20,
)
