"""Whose data is asked for: a customer's token says it, an internal user names a tenant."""

from __future__ import annotations

from portal.domain.actor import Actor


def tenant_parameter(tenant_id: str | None, actor: Actor) -> list[tuple[str, str]]:
    """``tenantId`` for internal users only: a customer's own tenant is in the token, whatever an address says."""
    return [("tenantId", tenant_id)] if actor.internal and tenant_id else []
