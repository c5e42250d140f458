"""Invoices: which there are, what they come to and by when they are to be paid."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.filters import period_text
from components.sheets import Column, build_sheet
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.billing import Invoice, InvoicePage, InvoiceStatus
from portal.domain.errors import Forbidden, NotFound, PortalError
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate

STATUS_ICONS = {
    InvoiceStatus.DRAFT: "pencil",
    InvoiceStatus.OPEN: "clock",
    InvoiceStatus.PAID: "check-circle",
    InvoiceStatus.OVERDUE: "exclamation-triangle",
    InvoiceStatus.VOID: "slash-circle",
}


def build_invoice_status(status: InvoiceStatus) -> Component:
    """A status by colour, icon and word, so that none of the three is needed."""
    return html.Span(
        [build_icon(STATUS_ICONS[status]), t(f"billing.status.{status}")], className=f"status invoice-{status}"
    )


def build_to_pay(
    page: InvoicePage | None, error: PortalError | None, today: dt.date, request_id: str = ""
) -> Component:
    """Open and overdue invoices, the most urgent first, or why there are none to be seen."""
    if page is None:
        return build_billing_failure(error or PortalError(), request_id)
    if not page.items:
        return build_empty(t("billing.to_pay.none.title"), t("billing.to_pay.none.advice"), icon="check-circle")
    urgent = sorted(page.items, key=lambda each: (each.due_on or dt.date.max, each.number))
    columns = [
        Column(t("billing.column.invoice")),
        Column(t("billing.column.status")),
        Column(t("billing.column.due_on")),
        Column(t("billing.column.due"), True),
    ]
    rows = [
        [_name(each), build_invoice_status(each.status), _when(each, today), fmt.money(each.due)] for each in urgent
    ]
    return build_sheet(t("billing.to_pay.caption"), columns, rows)


def _name(invoice: Invoice) -> list[Any]:
    number = html.Bdi(isolate(invoice.number), dir="ltr", className="code")
    return [html.Div(number), html.Div(period_text(invoice.period), className="sheet-note")]


def _when(invoice: Invoice, today: dt.date) -> Any:
    """The day it is due and how far away that is."""
    if invoice.due_on is None:
        return "–"
    days = (invoice.due_on - today).days
    said = t("billing.due.in", count=days) if days >= 0 else t("billing.due.since", count=-days)
    return [html.Div(fmt.date(invoice.due_on, "short")), html.Div(said, className="sheet-note")]


def build_billing_failure(error: PortalError, request_id: str = "") -> Component:
    """Why no invoices are shown: not for this role, not done by this platform, or not to be had just now."""
    if isinstance(error, NotFound):
        return build_empty(t("billing.absent.title"), t("billing.absent.advice"), icon="receipt")
    if isinstance(error, Forbidden):
        return build_empty(t("billing.forbidden.title"), t("billing.forbidden.advice"), icon="shield-lock")
    retry = html.A(t("state.retry"), href="/billing", className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_to_pay_waiting() -> Component:
    return build_skeleton(6, className="sheet-waiting")
