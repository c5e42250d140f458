"""Invoices: a month of the ledger each, with lines that open the messages they bill."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.links import LINK_LIFE, Purpose, link_to
from gateway.api.models import billing as models
from gateway.api.models.filters import TenantQuery
from gateway.api.models.problem import ProblemCode
from gateway.api.models.shape import Money
from gateway.api.problems import Problem
from gateway.api.replies import reply
from gateway.store import invoices as store
from gateway.store.accounts import Account
from gateway.store.invoices import Invoice, Line

api = blueprint("invoices", __name__, "Billing")


@api.get("/billing/invoices", responses=answers(models.Invoices))
def list_invoices(query: models.InvoicesQuery) -> Response:
    """The account's invoices, newest first

    Payments pay the oldest invoice first, and the status follows from the ledger at this moment.
    """
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}:invoices:{sorted(set(query.status))}"
        before = date.fromordinal(_place(query.cursor, described)) if query.cursor else None
        rows = store.list_invoices(
            connection,
            account.tenant_id,
            today=today_of(account),
            limit=query.limit + 1,
            statuses=sorted(set(query.status)),
            before=before,
        )
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return reply(
        models.Invoices(
            items=[models.InvoiceItem.model_validate(_item(row)) for row in shown],
            next_cursor=_cursor(shown[-1].period_start, described) if more else None,
        )
    )


@api.get("/billing/invoices/<invoiceId>", responses=answers(models.Invoice))
def get_invoice(path: models.InvoicePath, query: TenantQuery) -> Response:
    """One invoice with its lines, which add up to its total"""
    with open_account(query.tenant_id) as (connection, account):
        found = store.get_invoice(connection, account.tenant_id, path.invoice_id, today=today_of(account))
        if found is None:
            raise Problem(ProblemCode.NOT_FOUND)
        lines = store.list_lines(connection, account.tenant_id, path.invoice_id)
    return reply(
        models.Invoice.model_validate({**_item(found), "lines": [_line(row, found.currency) for row in lines]})
    )


@api.get("/billing/invoices/<invoiceId>/pdf-url", responses=answers(models.InvoicePdf))
def get_invoice_pdf_url(path: models.InvoicePath, query: models.InvoicePdfQuery) -> Response:
    """An address of one invoice as PDF, in one language"""
    with open_account(query.tenant_id) as (connection, account):
        if store.get_invoice(connection, account.tenant_id, path.invoice_id, today=today_of(account)) is None:
            raise Problem(ProblemCode.NOT_FOUND)
    until = (dependencies().now() + LINK_LIFE).replace(microsecond=0)
    url = link_to(
        f"/v1/billing/invoices/{path.invoice_id}/pdf",
        Purpose.INVOICE,
        f"{path.invoice_id}/{query.locale}",
        account.tenant_id,
        principal().user_id,
        until,
        locale=query.locale,
    )
    return reply(models.InvoicePdf(url=url, expires_at=until))


def today_of(account: Account) -> date:
    """The account's day."""
    return dependencies().now().astimezone(ZoneInfo(account.time_zone)).date()


def _cursor(period_start: date, described: str) -> str:
    return cursors.seal(period_start.toordinal().to_bytes(4), described)


def _place(cursor: str, described: str) -> int:
    """The day a cursor stands for, as an ordinal. Raises Problem 422 for one that is not of this list."""
    return int.from_bytes(cursors.unseal(cursor, described))


def _item(row: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": str(row.invoice_id),
        "total": Money.of(row.total, row.currency),
        "amount_due": Money.of(row.amount_due, row.currency),
        **{
            name: getattr(row, name)
            for name in (
                *("number", "period_start", "period_end", "status", "issued_at", "issued_on", "due_on", "paid_at"),
            )
        },
    }


def _line(row: Line, currency: str) -> dict[str, Any]:
    return {
        "line_id": str(row.line_id),
        "unit_price": Money.of(row.unit_price, currency) if row.unit_price is not None else None,
        "amount": Money.of(row.amount, currency),
        "message_filter": {"invoice_line_id": str(row.line_id)} if row.kind == "messages" else None,
        **{name: getattr(row, name) for name in ("kind", "operator", "country", "messages", "segments")},
    }
