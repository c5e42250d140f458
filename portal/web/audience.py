"""Who may open which page. The platform guards data again; this keeps people out of pages that are not theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from portal.domain.actor import Actor

Audience = Literal["customer", "internal"]


@dataclass(frozen=True)
class PageRule:
    """Pages at ``path`` and below it are for ``audiences``. ``of_tenant``: internal users must name the tenant."""

    path: str
    audiences: frozenset[Audience]
    of_tenant: bool = False


INTERNAL: frozenset[Audience] = frozenset({"internal"})
EVERYONE: frozenset[Audience] = frozenset({"customer", "internal"})

# The first rule that fits decides. Whatever is not named is for everybody who is signed in and has a role: the portal
# answers it with "no such page", which must not depend on who asks.
PAGE_RULES: tuple[PageRule, ...] = (
    PageRule("/portfolio", INTERNAL),
    PageRule("/dashboard", EVERYONE, of_tenant=True),
    PageRule("/analytics", EVERYONE, of_tenant=True),
    PageRule("/messages", EVERYONE, of_tenant=True),
    PageRule("/", EVERYONE),
)
HOMES: dict[Audience, str] = {"customer": "/dashboard", "internal": "/portfolio"}


def home_of(actor: Actor) -> str:
    """Where ``/`` leads this actor."""
    return HOMES[actor.user_type]


def has_access(actor: Actor) -> bool:
    """Whether the actor may use the portal at all: a known role and, for customers, an account."""
    return bool(actor.roles) and (actor.internal or actor.tenant_id is not None)


def rule_for(path: str) -> PageRule:
    """The rule that decides about ``path``."""
    return next(r for r in PAGE_RULES if r.path == "/" or path == r.path or path.startswith(r.path + "/"))


def may_open(actor: Actor, path: str) -> bool:
    """Whether the page at ``path`` is for this actor. Which tenants internal users may see is the platform's to say."""
    return has_access(actor) and actor.user_type in rule_for(path).audiences


def needs_tenant(actor: Actor, path: str, tenant_id: str) -> bool:
    """Whether an internal user asked for a tenant's page without naming the tenant."""
    return actor.internal and rule_for(path).of_tenant and not tenant_id
