"""What an account is charged: this month's costs as they grow, and what there is to pay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from portal.domain.account import Balance
from portal.domain.actor import Actor
from portal.domain.billing import TO_PAY, InvoiceDetail, InvoicePage, LedgerKind, LedgerPage, PaymentPage, Price
from portal.domain.errors import InvalidInput
from portal.domain.money import read_amount
from portal.domain.permissions import Act, require
from portal.domain.ports import AccountPort, BillingPort
from portal.domain.query import AnalyticsQuery
from portal.services.analytics import AnalyticsService, Answers
from portal.services.concurrency import Outcome, ask_all


@dataclass(frozen=True, slots=True)
class Overview:
    """``costs`` by the same numbers as the analytic pages; ``to_pay`` are the open and overdue invoices."""

    costs: Answers
    balance: Outcome[Balance]
    to_pay: Outcome[InvoicePage]


@dataclass(frozen=True, slots=True)
class BillingService:
    """What people ask about money."""

    port: BillingPort
    traffic: AnalyticsService
    account: AccountPort

    def overview(self, query: AnalyticsQuery, *, actor: Actor) -> Overview:
        """Costs in the query's period and what is to be paid. Raises NotFound for a tenant that is not there."""
        costs = self.traffic.costs(query, actor=actor)
        found = ask_all(
            {
                # Not of the costs, which are kept for a while: what one has just set has to be seen.
                "balance": lambda: self.account.get_balance(query.tenant_id, actor=actor),
                "to_pay": lambda: self.list_to_pay(query.tenant_id, actor=actor),
            }
        )
        return Overview(costs, found["balance"], found["to_pay"])

    def warn_below(self, typed: str, *, actor: Actor) -> Balance:
        """Have the platform warn of a balance below what was ``typed``; nothing typed: never.

        Raises InvalidInput for what is no amount.
        """
        require(actor, Act.SET_LOW_BALANCE)
        try:
            threshold = read_amount(typed) if typed.strip() else None
        except ValueError:
            raise InvalidInput(codes={"threshold": "amount"}) from None
        return self.port.set_low_balance(threshold, actor=actor)

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

    def invoice_file(self, invoice_id: str, language: str, tenant_id: str | None = None, *, actor: Actor) -> str:
        """Where its PDF can be fetched in the next minutes. Raises NotFound as for the invoice itself."""
        require(actor, Act.SEE_INVOICES)
        return self.port.invoice_file(invoice_id, language, tenant_id, actor=actor)

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
