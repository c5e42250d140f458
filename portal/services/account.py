"""The account, and what a person prefers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.account import Account, Balance, Profile
from portal.domain.actor import Actor
from portal.domain.ports import AccountPort


@dataclass(frozen=True, slots=True)
class AccountService:
    """What people do with their account."""

    port: AccountPort

    def show(self, tenant_id: str | None = None, *, actor: Actor) -> Account:
        """The actor's account; for internal users the tenant they name."""
        return self.port.get_account(tenant_id, actor=actor)

    def show_balance(self, tenant_id: str | None = None, *, actor: Actor) -> Balance:
        return self.port.get_balance(tenant_id, actor=actor)

    def show_preferences(self, *, actor: Actor) -> Profile:
        return self.port.get_profile(actor=actor)

    def prefer(self, changes: Mapping[str, str | None], *, actor: Actor) -> Profile:
        """Keep the actor's own choices of language, zone, calendar and digits; None takes one back."""
        return self.port.update_profile(changes, actor=actor)
