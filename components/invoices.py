"""Invoices: which there are, what they come to, by when they are to be paid, and what they are for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.billing_tabs import TABS, address
from components.charts.operators import operator_name
from components.filters import period_text
from components.messages import build_code, build_time
from components.sheets import Column, build_sheet
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.billing import Invoice, InvoiceDetail, InvoiceLine, InvoicePage, InvoiceStatus
from portal.domain.errors import Forbidden, NotFound, PortalError
from portal.i18n import fmt, t
from portal.i18n.bidi import isolate


class InvoiceIds(StrEnum):
    LIST = "billing-invoices-content"
    DETAIL = "billing-invoice-content"
    NUMBER = "billing-invoice-number"
    ACTIONS = "billing-invoice-actions"


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


def build_invoices(page: InvoicePage, today: dt.date, tenant_id: str | None, *, older: bool = False) -> Component:
    """Invoices, newest first."""
    if not page.items:
        return build_empty(t("billing.invoices.none.title"), t("billing.invoices.none.advice"), icon="receipt")
    columns = [
        Column(t("billing.column.invoice")),
        Column(t("billing.column.status")),
        Column(t("billing.column.due_on")),
        Column(t("billing.column.total"), True),
        Column(t("billing.column.due"), True),
    ]
    places = fmt.exact_digits(each.total for each in page.items)
    rows = [
        [
            _name(each, tenant_id),
            build_invoice_status(each.status),
            _when(each, today),
            fmt.money(each.total, digits=places),
            fmt.money(each.due) if each.due else "–",
        ]
        for each in page.items
    ]
    foot = build_foot(TABS["invoices"], len(page.items), page.next_cursor, tenant_id, older=older)
    return html.Div([build_sheet(t("billing.invoices.caption"), columns, rows), foot])


def build_number(invoice: Invoice) -> Component:
    return build_code(invoice.number, "code-title")


def build_download(invoice: Invoice, tenant_id: str | None) -> Component:
    """The way to its PDF in the reader's language: an ordinary link, which the browser makes a file of."""
    return html.A(
        [build_icon("file-earmark-pdf"), html.Span(t("billing.invoice.download"))],
        href=address(f"{TABS['invoices']}/{invoice.invoice_id}/pdf", tenant_id),
        className="btn btn-outline-secondary",
    )


def build_invoice(detail: InvoiceDetail, today: dt.date, tenant_id: str | None, *, opens_messages: bool) -> Component:
    """One invoice: its state, and its lines with their sum. ``opens_messages``: lines lead to what they bill."""
    invoice = detail.invoice
    facts: list[tuple[str, Any]] = [
        ("billing.column.status", build_invoice_status(invoice.status)),
        ("billing.column.period", period_text(invoice.period)),
        ("billing.column.total", fmt.money(invoice.total, digits=fmt.exact_digits([invoice.total]))),
        ("billing.column.due", fmt.money(invoice.due)),
        ("billing.column.issued_on", fmt.date(invoice.issued_on, "short") if invoice.issued_on else "–"),
        ("billing.column.due_on", html.Div(_when(invoice, today))),
        ("billing.column.paid_at", build_time(invoice.paid_at)),
    ]
    terms: list[Component] = []
    for label, value in facts:
        terms += [html.Dt(t(label)), html.Dd(value)]
    return html.Div(
        [
            html.Section(
                [
                    html.H2(t("billing.lines.title"), className="sheet-title"),
                    _build_lines(detail, tenant_id, opens_messages=opens_messages),
                ],
                className="panel panel-flush sheet-panel",
            ),
            html.Section(
                [
                    html.H2(t("billing.state.title"), className="panel-title"),
                    html.Dl(terms, className="facts"),
                    html.P(t(f"billing.state.{invoice.status}"), className="panel-note"),
                ],
                className="panel",
            ),
        ],
        className="invoice-columns",
    )


def _build_lines(detail: InvoiceDetail, tenant_id: str | None, *, opens_messages: bool) -> Component:
    """Money with as many decimals as make the lines add up to the sum below them."""
    if not detail.lines:
        return build_empty(t("billing.lines.none.title"), t("billing.lines.none.advice"), icon="receipt")
    total = detail.invoice.total
    places = fmt.exact_digits([*(line.amount for line in detail.lines), total])
    prices = fmt.exact_digits([line.unit_price for line in detail.lines if line.unit_price])
    columns = [
        Column(t("billing.column.line")),
        Column(t("billing.column.messages"), True),
        Column(t("billing.column.segments"), True),
        Column(t("billing.column.price"), True),
        Column(t("billing.column.amount"), True),
    ]
    rows: list[list[Any]] = [
        [
            _line_name(line),
            _messages(line, tenant_id, opens_messages=opens_messages),
            fmt.number(line.segments) if line.segments else "–",
            fmt.money(line.unit_price, digits=prices) if line.unit_price else "–",
            fmt.money(line.amount, digits=places),
        ]
        for line in detail.lines
    ]
    messages, segments = (sum(getattr(line, name) for line in detail.lines) for name in ("messages", "segments"))
    rows.append([t("billing.sum"), fmt.number(messages), fmt.number(segments), "", fmt.money(total, digits=places)])
    return build_sheet(t("billing.lines.caption"), columns, rows, foot=True)


def _line_name(line: InvoiceLine) -> Any:
    if line.kind == "messages" and line.operator:
        country = [" ", build_code(line.country, "sheet-note")] if line.country else []
        return [t("billing.line.messages", operator=isolate(operator_name(line.operator))), *country]
    return t("billing.line.late" if line.kind == "late" else "billing.line.other")


def _messages(line: InvoiceLine, tenant_id: str | None, *, opens_messages: bool) -> Any:
    """How many messages, and the way to exactly these for whoever may read them."""
    if not line.messages:
        return "–"
    count = fmt.number(line.messages)
    if not (line.opens and opens_messages):
        return count
    return dcc.Link(count, href=address("/messages", tenant_id, ("invoiceLineId", line.opens)), className="sheet-link")


def build_foot(
    path: str, shown: int, cursor: str | None, tenant_id: str | None, *more: tuple[str, str], older: bool
) -> Component:
    """Below a list: how many there are, the way to older ones, and back to the newest."""
    links = []
    if older:
        links.append(
            dcc.Link(
                t("billing.newest"), href=address(path, tenant_id, *more), className="btn btn-sm btn-outline-secondary"
            )
        )
    if cursor:
        href = address(path, tenant_id, *more, ("cursor", cursor))
        links.append(dcc.Link(t("billing.older"), href=href, className="btn btn-sm btn-outline-secondary"))
    return html.Div(
        [html.P(t("billing.shown", count=shown), className="log-count"), html.Div(links, className="sheet-ways")],
        className="log-foot",
    )


def build_to_pay(
    page: InvoicePage | None, error: PortalError | None, today: dt.date, tenant_id: str | None, request_id: str = ""
) -> Component:
    """Open and overdue invoices, the most urgent first, or why there are none to be seen."""
    if page is None:
        return build_billing_failure(error or PortalError(), address("/billing", tenant_id), request_id)
    if not page.items:
        return build_empty(t("billing.to_pay.none.title"), t("billing.to_pay.none.advice"), icon="check-circle")
    urgent = sorted(page.items, key=lambda each: (each.due_on or dt.date.max, each.number))
    return build_standing(urgent, today, tenant_id)


def build_standing(invoices: Sequence[Invoice], today: dt.date, tenant_id: str | None) -> Component:
    """Invoices in the order given: how each stands, when it is due, and what is left of it."""
    columns = [
        Column(t("billing.column.invoice")),
        Column(t("billing.column.status")),
        Column(t("billing.column.due_on")),
        Column(t("billing.column.due"), True),
    ]
    rows = [
        [
            _name(each, tenant_id),
            build_invoice_status(each.status),
            _when(each, today),
            fmt.money(each.due) if each.due.amount else "–",
        ]
        for each in invoices
    ]
    return build_sheet(t("billing.to_pay.caption"), columns, rows)


def _name(invoice: Invoice, tenant_id: str | None) -> list[Any]:
    number = dcc.Link(build_code(invoice.number), href=address(f"{TABS['invoices']}/{invoice.invoice_id}", tenant_id))
    return [html.Div(number), html.Div(period_text(invoice.period), className="sheet-note")]


def _when(invoice: Invoice, today: dt.date) -> Any:
    """The day it is due and how far away that is."""
    if invoice.due_on is None:
        return "–"
    days = (invoice.due_on - today).days
    if not invoice.status.to_pay:
        return html.Div(fmt.date(invoice.due_on, "short"))
    said = t("billing.due.in", count=days) if days >= 0 else t("billing.due.since", count=-days)
    return [html.Div(fmt.date(invoice.due_on, "short")), html.Div(said, className="sheet-note")]


def build_billing_failure(error: PortalError, again: str, request_id: str = "") -> Component:
    """Why no figures are shown: not for this role, not done by this platform, or not to be had just now.

    ``again`` is the address that asks once more.
    """
    if isinstance(error, NotFound):
        return build_empty(t("billing.absent.title"), t("billing.absent.advice"), icon="receipt")
    if isinstance(error, Forbidden):
        return build_empty(t("billing.forbidden.title"), t("billing.forbidden.advice"), icon="shield-lock")
    retry = html.A(t("state.retry"), href=again, className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_to_pay_waiting() -> Component:
    return build_skeleton(6, className="sheet-waiting")
