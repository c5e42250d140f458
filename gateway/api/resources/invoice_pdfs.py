"""Invoices as PDF, fetched by the signed address that `pdf-url` gives: no token goes along."""

from __future__ import annotations

import structlog
from flask import Response, g

from gateway.api.context import dependencies
from gateway.api.documents import Answers, blueprint, problem
from gateway.api.links import Purpose, check_link
from gateway.api.models import billing as models
from gateway.api.models.problem import ProblemCode
from gateway.api.problems import Problem
from gateway.api.resources.invoices import today_of
from gateway.invoices.sheet import TEMPLATE, sheet_of
from gateway.store import invoices as store
from gateway.store.accounts import get_account
from gateway.store.tenancy import tenant_transaction
from gateway.texts import choose
from gateway.typesetting.making import NotMade, TooBusy, to_pdf

api = blueprint("invoice_pdfs", __name__, "Billing", security=[{}])

BUSY_SECONDS = 5
_ANSWERS: Answers = {
    200: {"description": "The PDF."},
    **{status: problem(status) for status in (403, 404, 422, 503)},
}

log = structlog.get_logger("gateway.api")


@api.get("/billing/invoices/<invoiceId>/pdf", responses=_ANSWERS)
def fetch_invoice_pdf(path: models.InvoicePath, query: models.InvoicePdfLinkQuery) -> Response:
    """The invoice as it stands at this moment, by the signed address that `pdf-url` gives"""
    check_link(Purpose.INVOICE, f"{path.invoice_id}/{query.locale}", query)
    g.tenant_id = query.tenant
    with tenant_transaction(dependencies().engine, query.tenant, actor=str(query.person)) as connection:
        account = get_account(connection, query.tenant)
        if account is None:
            raise Problem(ProblemCode.NOT_FOUND)
        found = store.get_invoice(connection, query.tenant, path.invoice_id, today=today_of(account))
        if found is None:
            raise Problem(ProblemCode.NOT_FOUND)
        lines = store.list_lines(connection, query.tenant, path.invoice_id)
    # The connection is free again: laying out takes longer than reading.
    try:
        made = to_pdf(TEMPLATE, sheet_of(found, lines, account, choose([query.locale])), found.issued_at)
    except TooBusy as error:
        raise Problem(ProblemCode.UNAVAILABLE, "Too many PDFs are being made.", retry_after=BUSY_SECONDS) from error
    except NotMade as error:
        log.error("invoice not laid out", invoice=str(path.invoice_id), said=str(error))
        raise Problem(ProblemCode.INTERNAL) from error
    response = Response(made.pdf, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"invoice-{found.number}.pdf")
    response.headers["Cache-Control"] = "private, no-store"
    return response
