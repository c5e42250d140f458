"""Invoices, ledger, prices and payments over REST."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from urllib.parse import quote

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.rest_account import balance_of
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.account import Balance
from portal.domain.actor import Actor
from portal.domain.billing import (
    Invoice,
    InvoiceDetail,
    InvoiceLine,
    InvoicePage,
    InvoiceStatus,
    LedgerEntry,
    LedgerKind,
    LedgerPage,
    Payment,
    PaymentPage,
    Price,
)
from portal.domain.errors import InvalidInput, NotFound
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

    def get_invoice(self, invoice_id: str, tenant_id: str | None = None, *, actor: Actor) -> InvoiceDetail:
        body = self._of_invoice(invoice_id, "", tenant_parameter(tenant_id, actor), actor)
        with decode.answer():
            return InvoiceDetail(_invoice(body), tuple(_line(item) for item in decode.items(body["lines"])))

    def invoice_file(self, invoice_id: str, language: str, tenant_id: str | None = None, *, actor: Actor) -> str:
        parameters = [*tenant_parameter(tenant_id, actor), ("locale", language)]
        body = self._of_invoice(invoice_id, "/pdf-url", parameters, actor)
        with decode.answer():
            return decode.text(body["url"])

    def _of_invoice(self, invoice_id: str, below: str, parameters: list[tuple[str, str]], actor: Actor) -> Json:
        if not invoice_id or len(invoice_id) > 64:
            raise NotFound("invoice")
        path = f"/v1/billing/invoices/{quote(invoice_id, safe='')}{below}"
        try:
            return self._upstream.get(path, parameters, actor=actor)
        except InvalidInput as error:
            # An id that cannot be one names nothing.
            raise NotFound("invoice", request_id=error.request_id) from None

    def list_ledger(
        self,
        tenant_id: str | None = None,
        *,
        kinds: Collection[LedgerKind] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> LedgerPage:
        parameters = [
            *tenant_parameter(tenant_id, actor),
            *(("kind", kind.value) for kind in kinds),
            ("limit", str(limit)),
            ("cursor", cursor or ""),
        ]
        body = self._upstream.get("/v1/billing/ledger", parameters, actor=actor)
        with decode.answer():
            return LedgerPage(
                items=tuple(_entry(item) for item in decode.items(body["items"])),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def list_prices(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[Price, ...]:
        body = self._upstream.get("/v1/billing/prices", tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return tuple(
                Price(
                    country=decode.text(item["country"]),
                    operator=decode.text(item["operator"]),
                    price=decode.money(item["price"]),
                    own=decode.flag(item["own"]),
                )
                for item in decode.items(body["items"])
            )

    def list_payments(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> PaymentPage:
        parameters = [*tenant_parameter(tenant_id, actor), ("limit", str(limit)), ("cursor", cursor or "")]
        body = self._upstream.get("/v1/billing/payments", parameters, actor=actor)
        with decode.answer():
            return PaymentPage(
                items=tuple(
                    Payment(
                        payment_id=decode.text(item["paymentId"]),
                        at=decode.instant(item["at"]),
                        amount=decode.money(item["amount"]),
                        reference=decode.maybe_text(item.get("reference")) or "",
                    )
                    for item in decode.items(body["items"])
                ),
                next_cursor=decode.maybe_text(body.get("nextCursor")),
            )

    def set_low_balance(self, threshold: Decimal | None, *, actor: Actor) -> Balance:
        asked = {"threshold": None if threshold is None else f"{threshold:f}"}
        body = self._upstream.put("/v1/billing/low-balance", asked, actor=actor)
        with decode.answer():
            return balance_of(body)


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


def _line(body: Json) -> InvoiceLine:
    opens = body.get("messageFilter")
    return InvoiceLine(
        line_id=decode.text(body["lineId"]),
        kind=decode.text(body["kind"]),
        operator=decode.maybe_text(body.get("operator")),
        country=decode.maybe_text(body.get("country")),
        messages=decode.integer(body["messages"]),
        segments=decode.integer(body["segments"]),
        unit_price=decode.maybe_money(body.get("unitPrice")),
        amount=decode.money(body["amount"]),
        opens=None if opens is None else decode.text(decode.mapping(opens)["invoiceLineId"]),
    )


def _entry(body: Json) -> LedgerEntry:
    return LedgerEntry(
        entry_id=decode.text(body["entryId"]),
        at=decode.instant(body["at"]),
        kind=LedgerKind(decode.text(body["kind"])),
        amount=decode.money(body["amount"]),
        moved=decode.money(body["moved"]),
        message_id=decode.maybe_text(body.get("messageId")),
        description=decode.maybe_text(body.get("description")) or "",
    )
