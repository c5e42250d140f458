"""``/billing/invoices/<invoice_id>``: one invoice."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from components.billing_tabs import TABS, address, build_list_shell
from components.invoices import InvoiceIds
from components.states import build_icon
from portal.domain.params import as_uuid, one
from portal.i18n import t


def layout(invoice_id: str = "", **params: Any) -> Component:
    """The way back, and room for the invoice."""
    back = dcc.Link(
        [build_icon("arrow-left"), t("billing.invoice.back")],
        href=address(TABS["invoices"], as_uuid(one(params, "tenantId"))),
        className="back-link",
    )
    heading = html.Span([t("billing.column.invoice"), " ", html.Span(id=InvoiceIds.NUMBER)])
    actions = [html.Div(id=InvoiceIds.ACTIONS)]
    return build_list_shell(heading, InvoiceIds.DETAIL, before=back, actions=actions, plain=True)


def title(**_params: str) -> str:
    return t("page.title", page=t("billing.column.invoice"))


dash.register_page(
    __name__,
    path_template="/billing/invoices/<invoice_id>",
    layout=layout,
    title=title,
    name="invoice",
    audience="tenant",
)
