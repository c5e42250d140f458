"""``GET /exports/<id>/file``, ``/billing/invoices/<id>/pdf``, ``/qbr/reports/<id>/pdf`` and ``/verify/certificate``:
ways to files that the platform itself hands out.

Ordinary links, so that the browser's policy needs no exception for downloads. The platform's signed address is asked
for at that moment with the person's own token, and is in no page (docs/decisions/0016).
"""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request

from portal import context
from portal.domain.params import as_uuid
from portal.i18n import locale
from portal.services import Services


def register(server: Flask, *, services: Services) -> None:
    """Answer links to files. Errors become pages as everywhere (portal/web/failures.py)."""

    @server.get("/exports/<export_id>/file")
    def fetch_export(export_id: str) -> Response:
        # Not finished yet, or no longer kept: the list says which.
        return _lead_to(services.exports.address(export_id, actor=context.actor()), otherwise="/exports")

    @server.get("/billing/invoices/<uuid:invoice_id>/pdf")
    def fetch_invoice(invoice_id: object) -> Response:
        tenant_id = as_uuid(request.args.get("tenantId", ""))
        found = services.billing.invoice_file(str(invoice_id), locale().tag, tenant_id, actor=context.actor())
        return _lead_to(found, otherwise="/billing/invoices")

    @server.get("/qbr/reports/<uuid:job_id>/pdf")
    def fetch_report(job_id: object) -> Response:
        tenant_id = as_uuid(request.args.get("tenantId", ""))
        found = services.qbr.address(str(job_id), actor=context.actor())
        return _lead_to(found, otherwise=f"/qbr?tenantId={tenant_id}" if tenant_id else "/portfolio")

    @server.get("/verify/certificate")
    def fetch_certificates() -> Response:
        return _lead_to(services.report_checks.certificate_address, otherwise="/verify")


def _lead_to(address: str | None, *, otherwise: str) -> Response:
    response = cast(Response, redirect(address if address and _is_web(address) else otherwise, 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https"}
