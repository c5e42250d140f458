"""Invoices over REST."""

from __future__ import annotations

from collections.abc import Collection

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.billing import Invoice, InvoicePage, InvoiceStatus
from portal.domain.periods import Period


class RestBilling:
    """:class:`portal.domain.ports.BillingPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def list_invoices(
        self,
        tenant_id: str | None = None,
        *,
        statuses: Collection[InvoiceStatus] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> InvoicePage:
        parameters = [
            *tenant_parameter(tenant_id, actor),
            *(("status", status.value) for status in statuses),
            ("limit", str(limit)),
            ("cursor", cursor or ""),
        ]
        body = self._upstream.get("/v1/billing/invoices", parameters, actor=actor)
        with decode.answer():
            return InvoicePage(
                items=tuple(_invoice(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )


def _invoice(body: Json) -> Invoice:
    issued, due = body.get("issuedOn"), body.get("dueOn")
    return Invoice(
        invoice_id=decode.text(body["invoiceId"]),
        number=decode.text(body["number"]),
        period=Period(decode.day(body["periodStart"]), decode.day(body["periodEnd"])),
        status=InvoiceStatus(decode.text(body["status"])),
        total=decode.money(body["total"]),
        due=decode.money(body["amountDue"]),
        issued_on=None if issued is None else decode.day(issued),
        due_on=None if due is None else decode.day(due),
        paid_at=decode.maybe_instant(body.get("paidAt")),
    )
