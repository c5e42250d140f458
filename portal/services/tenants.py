"""One account at a glance: everything a call with the customer needs, asked at once, each answered on its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from portal.domain.account import Balance
from portal.domain.actor import Actor
from portal.domain.analytics import GroupBy, Metric
from portal.domain.billing import InvoicePage
from portal.domain.clock import now as _now
from portal.domain.errors import Forbidden, NotFound
from portal.domain.internal_ports import NotesPort, PortfolioPort
from portal.domain.notes import NotePage
from portal.domain.permissions import Act, require
from portal.domain.ports import AccountPort, AnalyticsPort, BillingPort
from portal.domain.query import AnalyticsQuery
from portal.domain.tenants import TenantOverview
from portal.domain.tickets import Tickets
from portal.services.analytics import Answers
from portal.services.concurrency import Outcome, ask_all

#: A year of invoices: the latest ones, and what of them is overdue. All that is overdue is counted by the platform.
INVOICES: Final = 12
_OF_TRAFFIC: Final = frozenset({"summary", "volume", "operators", "balance"})


@dataclass(frozen=True, slots=True)
class TenantView:
    """What one screen shows. ``traffic`` has the parts that tiles and charts of other pages are made of."""

    overview: Outcome[TenantOverview]
    traffic: Answers
    invoices: Outcome[InvoicePage]
    tickets: Outcome[Tickets]
    notes: Outcome[NotePage]

    @property
    def balance(self) -> Outcome[Balance]:
        return self.traffic.balance


@dataclass(frozen=True, slots=True)
class TenantService:
    """What internal users see of one account. A customer gets Forbidden before anything is asked."""

    portfolio: PortfolioPort
    analytics: AnalyticsPort
    account: AccountPort
    billing: BillingPort
    notes: NotesPort
    clock: Callable[[], dt.datetime] = _now

    def open(self, query: AnalyticsQuery, *, actor: Actor) -> TenantView:
        """Everything about the account that ``query`` names, at the same time: eight calls.

        Raises NotFound for an unknown account and for one of somebody else's.
        """
        _require_internal(actor)
        tenant_id = query.tenant_id
        if tenant_id is None:
            raise NotFound("tenant")
        asked: dict[str, Callable[[], Any]] = {
            "overview": lambda: self.portfolio.get_tenant(tenant_id, actor=actor),
            "summary": lambda: self.analytics.summary(query, actor=actor),
            "volume": lambda: self.analytics.timeseries(query, Metric.VOLUME, GroupBy.STATUS, actor=actor),
            "operators": lambda: self.analytics.breakdown(query, actor=actor),
            "balance": lambda: self.account.get_balance(tenant_id, actor=actor),
            "tickets": lambda: self.portfolio.list_tickets(tenant_id, actor=actor),
            "notes": lambda: self.notes.list_notes(tenant_id, actor=actor),
            "invoices": lambda: self.billing.list_invoices(tenant_id, limit=INVOICES, actor=actor),
        }
        found = ask_all(asked)
        if isinstance(found["overview"].error, NotFound):
            raise found["overview"].error
        traffic: dict[str, Any] = {name: outcome for name, outcome in found.items() if name in _OF_TRAFFIC}
        return TenantView(
            found["overview"], Answers(self.clock(), **traffic), found["invoices"], found["tickets"], found["notes"]
        )

    def link_tickets(self, tenant_id: str, typed: str, *, actor: Actor) -> Tickets:
        """Say which of the support system's organisations the account is (nothing typed: none), and ask it at once.

        Raises InvalidInput for what is no name.
        """
        require(actor, Act.LINK_TICKETS)
        self.portfolio.link_tickets(tenant_id, typed.strip() or None, actor=actor)
        return self.portfolio.list_tickets(tenant_id, actor=actor)


def _require_internal(actor: Actor) -> None:
    if not actor.internal:
        raise Forbidden("internal users only", permission="internal")
