"""``/health-score``: why an account's score is what it is, for internal users."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.health_score import build_health
from components.portfolio import HEALTH_PATH
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(**params: Any) -> Component:
    """Cards of their final size."""
    return build_health(as_uuid(one(params, "tenantId")) or "")


def title(**_params: str) -> str:
    return t("page.title", page=t("health.title"))


dash.register_page(
    __name__,
    path=HEALTH_PATH,
    layout=layout,
    title=title,
    name="health-score",
    nav="health.title",
    icon="heart-pulse",
    audience="tenant",
    order=15,
)
