"""``/billing/payments``: what was paid."""

from __future__ import annotations

from typing import Any

import dash
from dash.development.base_component import Component

from components.billing_lists import BillingListIds
from components.billing_tabs import TABS, build_list_shell
from portal.i18n import t


def layout(**_params: Any) -> Component:
    """Room for the tabs and the list."""
    return build_list_shell(t("billing.page.payments"), BillingListIds.PAYMENTS)


def title(**_params: str) -> str:
    return t("page.title", page=t("billing.page.payments"))


dash.register_page(
    __name__, path=TABS["payments"], layout=layout, title=title, name="billing_payments", audience="tenant"
)
