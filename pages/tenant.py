"""``/tenant``: one account at a glance, for internal users."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.filters import read_query
from components.tenant import PATH, build_tenant
from portal.domain.params import one
from portal.i18n import t


def layout(**params: Any) -> Component:
    """Cards of their final size."""
    return build_tenant(read_query({"tenantId": one(params, "tenantId")}))


def title(**_params: str) -> str:
    return t("page.title", page=t("tenant.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="tenant",
    nav="tenant.title",
    icon="building",
    audience="tenant",
    order=5,
)
