"""Who may open which page and do what on it: the portal's mirror of the platform's own table.

The platform decides; this keeps people from being offered what it would refuse. Pages and navigation ask ``may_open``,
components hide or disable what ``may`` denies, and callbacks that change something begin with ``require``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, PreviewIsReadOnly

# In the order in which people read them.
CUSTOMER_ROLES = ("owner", "developer", "billing", "viewer")
INTERNAL_ROLES = ("tam", "platform_admin")

_CUSTOMERS = frozenset(CUSTOMER_ROLES)
_INTERNAL = frozenset(INTERNAL_ROLES)
_EVERYONE = _CUSTOMERS | _INTERNAL
# A billing contact sees how much was sent and what it cost, not what was written to whom.
_MESSAGE_READERS = _EVERYONE - {"billing"}
_BUILDERS = frozenset({"owner", "developer"})
_ADMINS = frozenset({"platform_admin"})
_ACCOUNTANTS = frozenset({"owner", "billing"})


class Act(StrEnum):
    """What a person may want to do or see beyond opening a page."""

    READ_MESSAGES = "messages.read"
    SEND_MESSAGES = "messages.send"
    EXPORT_MESSAGES = "messages.export"
    SAVE_VIEWS = "views.save"
    SEE_KEYS = "keys.see"
    CHANGE_KEYS = "keys.change"
    SEE_WEBHOOKS = "webhooks.see"
    CHANGE_WEBHOOKS = "webhooks.change"
    SEE_PRICES = "billing.prices"  # and usage
    SEE_INVOICES = "billing.invoices"  # and ledger, payments
    SET_LOW_BALANCE = "billing.low_balance"
    CHANGE_OWN_PROFILE = "profile.change"
    GIVE_OPINION = "nps.answer"
    RECOMPUTE_SCORES = "health.recompute"
    RECOMPUTE_ALL_SCORES = "health.recompute_all"
    SEE_NOTES = "notes.see"
    WRITE_NOTES = "notes.write"
    ASSIGN = "assignments.change"
    SEE_AUDIT_LOG = "audit_log.see"
    CHANGE_WEIGHTS = "health.weights"
    LINK_TICKETS = "tickets.link"
    PRESENT_REVIEWS = "reviews.present"  # and comment and export them


ACTS: dict[Act, frozenset[str]] = {
    Act.READ_MESSAGES: _MESSAGE_READERS,
    Act.SEND_MESSAGES: _BUILDERS,
    Act.EXPORT_MESSAGES: _CUSTOMERS - {"billing"},
    Act.SAVE_VIEWS: _CUSTOMERS - {"billing"},
    Act.SEE_KEYS: _BUILDERS | _INTERNAL,
    Act.CHANGE_KEYS: _BUILDERS,
    Act.SEE_WEBHOOKS: _BUILDERS | _INTERNAL,
    Act.CHANGE_WEBHOOKS: _BUILDERS,
    Act.SEE_PRICES: _EVERYONE,
    Act.SEE_INVOICES: _ACCOUNTANTS | _INTERNAL,
    Act.SET_LOW_BALANCE: _ACCOUNTANTS,
    Act.CHANGE_OWN_PROFILE: _EVERYONE,
    Act.GIVE_OPINION: _CUSTOMERS,
    Act.RECOMPUTE_SCORES: _INTERNAL,
    Act.RECOMPUTE_ALL_SCORES: _ADMINS,
    Act.SEE_NOTES: _INTERNAL,
    Act.WRITE_NOTES: _INTERNAL,
    Act.ASSIGN: _ADMINS,
    Act.SEE_AUDIT_LOG: frozenset({"owner"}) | _INTERNAL,
    Act.CHANGE_WEIGHTS: _ADMINS,
    Act.LINK_TICKETS: _ADMINS,
    Act.PRESENT_REVIEWS: _INTERNAL,
}


# What nobody does while they look as a customer. Exports are not here: they are looked at by who may make them.
_CHANGES = frozenset(
    {
        Act.SEND_MESSAGES,
        Act.SAVE_VIEWS,
        Act.CHANGE_KEYS,
        Act.CHANGE_WEBHOOKS,
        Act.SET_LOW_BALANCE,
        Act.CHANGE_OWN_PROFILE,
        Act.GIVE_OPINION,
    }
)


@dataclass(frozen=True, slots=True)
class PageRule:
    """Pages at ``path`` and below it are for ``roles``. ``of_tenant``: internal users must name the tenant."""

    path: str
    roles: frozenset[str]
    of_tenant: bool = False


# The first rule that fits decides. Whatever is not named is for everybody who is signed in and has a role: the portal
# answers it with "no such page", which must not depend on who asks.
PAGE_RULES: tuple[PageRule, ...] = (
    PageRule("/portfolio", _INTERNAL),
    PageRule("/tenant", _INTERNAL, of_tenant=True),
    PageRule("/health-score", _INTERNAL, of_tenant=True),
    PageRule("/health-weights", _INTERNAL),
    PageRule("/assignments", _ADMINS),
    PageRule("/audit-log", ACTS[Act.SEE_AUDIT_LOG], of_tenant=True),
    PageRule("/qbr", ACTS[Act.PRESENT_REVIEWS], of_tenant=True),
    PageRule("/look-as", _INTERNAL, of_tenant=True),
    PageRule("/dashboard", _EVERYONE, of_tenant=True),
    PageRule("/analytics", _EVERYONE, of_tenant=True),
    PageRule("/messages", ACTS[Act.READ_MESSAGES], of_tenant=True),
    PageRule("/refused-calls", ACTS[Act.READ_MESSAGES], of_tenant=True),
    PageRule("/send-test", ACTS[Act.SEND_MESSAGES]),
    PageRule("/exports", ACTS[Act.EXPORT_MESSAGES]),
    PageRule("/api-keys", ACTS[Act.SEE_KEYS], of_tenant=True),
    PageRule("/webhooks", ACTS[Act.SEE_WEBHOOKS], of_tenant=True),
    PageRule("/billing/invoices", ACTS[Act.SEE_INVOICES], of_tenant=True),
    PageRule("/billing/ledger", ACTS[Act.SEE_INVOICES], of_tenant=True),
    PageRule("/billing/payments", ACTS[Act.SEE_INVOICES], of_tenant=True),
    PageRule("/billing", _EVERYONE, of_tenant=True),
    PageRule("/profile", _EVERYONE),
    PageRule("/verify", _EVERYONE),
    PageRule("/", _EVERYONE),
)


def rule_for(path: str) -> PageRule:
    """The rule that decides about ``path``."""
    return next(r for r in PAGE_RULES if r.path == "/" or path == r.path or path.startswith(r.path + "/"))


def is_for(actor: Actor, path: str) -> bool:
    """Whether the page at ``path`` is for this kind of user at all, whatever their role."""
    return bool(rule_for(path).roles & _valid(actor))


def may_open(actor: Actor, path: str) -> bool:
    """Whether the page at ``path`` is for this actor. Which tenants internal users may see is the platform's to say."""
    return _has_one(actor, rule_for(path).roles)


def may(actor: Actor, act: Act) -> bool:
    """Whether the actor may do it: for showing or hiding what leads there."""
    return _has_one(actor, ACTS[act])


def require(actor: Actor, act: Act) -> None:
    """Raise Forbidden unless the actor may do it. A hidden button protects nothing: its callback asks this first.

    In a preview buttons are where the role has them, and lead to PreviewIsReadOnly.
    """
    if actor.preview_role is not None and act in _CHANGES:
        raise PreviewIsReadOnly(f"{act} in a preview")
    if not may(actor, act):
        raise Forbidden(f"{act} is not for {', '.join(sorted(actor.roles)) or 'nobody'}")


def customers_of(path: str) -> list[str]:
    """The customer roles the page at ``path`` is for, in reading order."""
    return [role for role in CUSTOMER_ROLES if role in rule_for(path).roles]


def _valid(actor: Actor) -> frozenset[str]:
    """Roles that count for this kind of user, whatever else a token claims."""
    return _INTERNAL if actor.internal else _CUSTOMERS


def _has_one(actor: Actor, roles: frozenset[str]) -> bool:
    valid = _valid(actor)
    # What every role may, whoever came in may: issuers have roles of their own that nobody named here.
    return valid <= roles or bool(actor.roles & valid & roles)
