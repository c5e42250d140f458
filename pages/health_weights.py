"""``/health-weights``: what health scores are weighed by."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.health_weights import PATH, build_weights
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """The page without its data."""
    return build_weights()


def title(**_params: str) -> str:
    return t("page.title", page=t("weights.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="health-weights",
    nav="weights.title",
    icon="calculator",
    audience="internal",
    order=20,
)
