"""``/billing``: what is left, what this month costs, what is to be paid."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.billing import PATH, build_billing
from components.billing_query import read_month
from portal.i18n import t


def layout(**params: Any) -> Component:
    """Cards of their final size."""
    return build_billing(read_month(params))


def title(**_params: str) -> str:
    return t("page.title", page=t("billing.title"))


dash.register_page(
    __name__,
    path=PATH,
    layout=layout,
    title=title,
    name="billing",
    nav="billing.title",
    icon="wallet2",
    audience="tenant",
    order=70,
)
