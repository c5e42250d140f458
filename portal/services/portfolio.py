"""Looking after accounts: all of them at a glance, and why one stands where it does."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden
from portal.domain.health import TenantHealth
from portal.domain.internal_ports import PortfolioPort
from portal.domain.portfolio import PortfolioFilter, TenantDots, TenantPage
from portal.services.concurrency import Outcome, ask_all

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class PortfolioView:
    """The first accounts of a filter, and the picture of all of them; each answered or failed on its own."""

    page: Outcome[TenantPage]
    dots: Outcome[TenantDots]


@dataclass(frozen=True, slots=True)
class PortfolioService:
    """What internal users see of the accounts they look after. A customer gets Forbidden before anything is asked."""

    port: PortfolioPort

    def open(self, wanted: PortfolioFilter, *, most_dots: int, actor: Actor) -> PortfolioView:
        """The first accounts and the picture of ``most_dots``, asked for at the same time."""
        outcomes = ask_all(
            {
                "page": lambda: self.list_page(wanted, actor=actor),
                "dots": lambda: self._list_dots(wanted, most_dots, actor=actor),
            }
        )
        return PortfolioView(outcomes["page"], outcomes["dots"])

    def list_page(self, wanted: PortfolioFilter, *, cursor: str | None = None, actor: Actor) -> TenantPage:
        """The first accounts of a filter from its place on, or those after ``cursor`` (from the page before)."""
        _require_internal(actor)
        return self.port.list_tenants(wanted, cursor=cursor or wanted.after or None, limit=PAGE_SIZE, actor=actor)

    def explain(self, tenant_id: str, *, actor: Actor) -> TenantHealth:
        """An account's score taken apart. Raises NotFound for an unknown account and for one of somebody else's."""
        _require_internal(actor)
        return self.port.get_health(tenant_id, actor=actor)

    def start_preview(self, tenant_id: str, role: str, *, actor: Actor) -> None:
        """Have the platform write down that the actor looks at what a customer of ``role`` sees. Raises NotFound."""
        _require_internal(actor)
        self.port.start_preview(tenant_id, role, actor=actor)

    def _list_dots(self, wanted: PortfolioFilter, most: int, *, actor: Actor) -> TenantDots:
        _require_internal(actor)
        return self.port.list_dots(wanted, most=most, actor=actor)


def _require_internal(actor: Actor) -> None:
    if not actor.internal:
        raise Forbidden("internal users only", permission="internal")
