"""What an account is charged: this month's costs as they grow, and what there is to pay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.billing import TO_PAY, InvoiceDetail, InvoicePage, LedgerKind, LedgerPage, PaymentPage, Price
from portal.domain.permissions import Act, require
from portal.domain.ports import BillingPort
from portal.domain.query import AnalyticsQuery
from portal.services.analytics import AnalyticsService, Answers
from portal.services.concurrency import Outcome, ask_all


@dataclass(frozen=True, slots=True)
class Overview:
    """``costs`` by the same numbers as the analytic pages; ``to_pay`` are the open and overdue invoices."""

    costs: Answers
    to_pay: Outcome[InvoicePage]


@dataclass(frozen=True, slots=True)
class BillingService:
    """What people ask about money."""

    port: BillingPort
    traffic: AnalyticsService

    def overview(self, query: AnalyticsQuery, *, actor: Actor) -> Overview:
        """Costs in the query's period and what is to be paid. Raises NotFound for a tenant that is not there."""
        costs = self.traffic.costs(query, actor=actor)
        invoices = ask_all({"to_pay": lambda: self.list_to_pay(query.tenant_id, actor=actor)})
        return Overview(costs, invoices["to_pay"])

    def list_to_pay(self, tenant_id: str | None = None, *, actor: Actor) -> InvoicePage:
        """Open and overdue invoices. Raises Forbidden before anything is asked, NotFound where there is no billing."""
        require(actor, Act.SEE_INVOICES)
        return self.port.list_invoices(tenant_id, statuses=TO_PAY, actor=actor)

    def list_invoices(self, tenant_id: str | None = None, *, cursor: str | None = None, actor: Actor) -> InvoicePage:
        """Some invoices, newest first."""
        require(actor, Act.SEE_INVOICES)
        return self.port.list_invoices(tenant_id, cursor=cursor, actor=actor)

    def show_invoice(self, invoice_id: str, tenant_id: str | None = None, *, actor: Actor) -> InvoiceDetail:
        """One invoice with its lines. Raises NotFound for an unknown id and for another tenant's alike."""
        require(actor, Act.SEE_INVOICES)
        return self.port.get_invoice(invoice_id, tenant_id, actor=actor)

    def list_ledger(
        self,
        tenant_id: str | None = None,
        *,
        kinds: Collection[LedgerKind] = (),
        cursor: str | None = None,
        actor: Actor,
    ) -> LedgerPage:
        """Some of what moved the balance, newest first."""
        require(actor, Act.SEE_INVOICES)
        return self.port.list_ledger(tenant_id, kinds=kinds, cursor=cursor, actor=actor)

    def list_prices(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[Price, ...]:
        """What a segment costs, by operator."""
        require(actor, Act.SEE_PRICES)
        return self.port.list_prices(tenant_id, actor=actor)

    def list_payments(self, tenant_id: str | None = None, *, cursor: str | None = None, actor: Actor) -> PaymentPage:
        """Some payments, newest first."""
        require(actor, Act.SEE_INVOICES)
        return self.port.list_payments(tenant_id, cursor=cursor, actor=actor)
