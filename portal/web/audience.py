"""Who may use the portal at all, and where they begin. What each role may open: ``portal.domain.permissions``."""

from __future__ import annotations

from portal.domain.actor import Actor, UserType
from portal.domain.permissions import is_for, rule_for

HOMES: dict[UserType, str] = {"customer": "/dashboard", "internal": "/portfolio"}


def home_of(actor: Actor) -> str:
    """Where ``/`` leads this actor."""
    return HOMES[actor.user_type]


def has_access(actor: Actor) -> bool:
    """Whether the actor may use the portal at all: a known role and, for customers, an account."""
    return bool(actor.roles) and (actor.internal or actor.tenant_id is not None)


def of_other_audience(actor: Actor, path: str) -> bool:
    """Whether the page at ``path`` is for the other kind of user. A role that is missing is said within the frame."""
    return not is_for(actor, path)


def needs_tenant(actor: Actor, path: str, tenant_id: str) -> bool:
    """Whether an internal user asked for a tenant's page without naming the tenant."""
    return actor.internal and rule_for(path).of_tenant and not tenant_id
