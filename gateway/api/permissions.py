"""Who may call what: the one table, as data. A route without an entry is refused, and a test walks all routes.

Customers' roles count only for customers and internal ones only for internal users, whatever a token claims. Which
tenant a call concerns is decided in `gateway.api.access`, never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Door(Enum):
    """How a route recognises its caller."""

    OPEN = "open"  # nothing secret behind it: probes, documentation
    IDENTITY = "identity"  # the identity service authenticates by its own protocol (client secrets, cookies, tokens)
    INGEST = "ingest"  # the platform's own services, by a shared token
    CARRIER = "carrier"  # a carrier's callbacks: the handler checks the address's signature, or the carrier's token
    LINK = "link"  # a signed address that expires: the handler checks it, and nobody is asked who they are
    CLIENT = "client"  # a program of the platform itself, by a token that it has in nobody's name
    BEARER = "bearer"  # a person's access token with one of `roles`


CUSTOMER_ROLES = frozenset({"owner", "developer", "billing", "viewer"})
INTERNAL_ROLES = frozenset({"tam", "platform_admin"})
EVERYONE = CUSTOMER_ROLES | INTERNAL_ROLES
# A billing contact sees how much was sent and what it cost, not what was written to whom.
MESSAGE_READERS = EVERYONE - {"billing"}
# What leaves the platform in a file leaves it by a customer's own decision.
EXPORTERS = CUSTOMER_ROLES - {"billing"}
# Whoever builds on the platform: keys, sending, webhooks. Internal users look on and change nothing.
BUILDERS = frozenset({"owner", "developer"})
ACCOUNTANTS = frozenset({"owner", "billing"})


@dataclass(frozen=True)
class Rule:
    """One entry: the door, the roles it opens for, whether the call concerns one tenant, the scope of an API key that
    opens it too (None: no key does), and what a body has to be."""

    door: Door
    roles: frozenset[str] = frozenset()
    tenant: bool = False
    scope: str | None = None
    media: str = "application/json"


_TRAFFIC = Rule(Door.BEARER, EVERYONE, tenant=True)
_MESSAGES = Rule(Door.BEARER, MESSAGE_READERS, tenant=True, scope="sms:read")
_SENDING = Rule(Door.BEARER, BUILDERS, tenant=True, scope="sms:send")
_BILLING = Rule(Door.BEARER, EVERYONE, tenant=True, scope="billing:read")
_INVOICES = Rule(Door.BEARER, ACCOUNTANTS | INTERNAL_ROLES, tenant=True, scope="billing:read")
_BILLING_CHANGES = Rule(Door.BEARER, ACCOUNTANTS, tenant=True)
_KEYS = Rule(Door.BEARER, BUILDERS | INTERNAL_ROLES, tenant=True)
_KEY_CHANGES = Rule(Door.BEARER, BUILDERS, tenant=True)
_ACCOUNT = Rule(Door.BEARER, EVERYONE, tenant=True)
_PERSON = Rule(Door.BEARER, EVERYONE)
_HOOKS = Rule(Door.BEARER, BUILDERS | INTERNAL_ROLES, tenant=True)
_HOOK_CHANGES = Rule(Door.BEARER, BUILDERS, tenant=True)
_EXPORTS = Rule(Door.BEARER, MESSAGE_READERS, tenant=True)
_EXPORT_CHANGES = Rule(Door.BEARER, EXPORTERS, tenant=True)
_VIEWS = Rule(Door.BEARER, MESSAGE_READERS, tenant=True)
_VIEW_CHANGES = Rule(Door.BEARER, CUSTOMER_ROLES - {"billing"}, tenant=True)
# The tenant stands in the path, and the answer is 404 unless it is the caller's to see.
_INTERNAL = Rule(Door.BEARER, INTERNAL_ROLES)
_ADMIN = Rule(Door.BEARER, frozenset({"platform_admin"}))
_OPEN = Rule(Door.OPEN)

PERMISSIONS: dict[tuple[str, str], Rule] = {
    ("GET", "/v1/analytics/summary"): _TRAFFIC,
    ("GET", "/v1/analytics/timeseries"): _TRAFFIC,
    ("GET", "/v1/analytics/breakdown"): _TRAFFIC,
    ("GET", "/v1/analytics/heatmap"): _TRAFFIC,
    ("GET", "/v1/analytics/top"): _TRAFFIC,
    ("GET", "/v1/analytics/filters"): _TRAFFIC,
    ("GET", "/v1/analytics/revision"): _TRAFFIC,
    ("GET", "/v1/messages"): _MESSAGES,
    ("GET", "/v1/messages/<messageId>"): _MESSAGES,
    ("POST", "/v1/messages"): _SENDING,
    ("POST", "/v1/messages/batch"): _SENDING,
    ("POST", "/v1/messages/preview"): _SENDING,
    ("GET", "/v1/messages/inbound"): _MESSAGES,
    ("GET", "/v1/messages/exports"): _EXPORTS,
    ("POST", "/v1/messages/exports"): _EXPORT_CHANGES,
    ("GET", "/v1/messages/exports/<exportId>"): _EXPORTS,
    ("DELETE", "/v1/messages/exports/<exportId>"): _EXPORT_CHANGES,
    ("GET", "/v1/messages/exports/<exportId>/file"): Rule(Door.LINK),
    ("GET", "/v1/views"): _VIEWS,
    ("POST", "/v1/views"): _VIEW_CHANGES,
    ("PATCH", "/v1/views/<viewId>"): _VIEW_CHANGES,
    ("DELETE", "/v1/views/<viewId>"): _VIEW_CHANGES,
    ("GET", "/v1/error-codes"): _PERSON,
    ("GET", "/v1/billing/balance"): _BILLING,
    ("PUT", "/v1/billing/low-balance"): _BILLING_CHANGES,
    ("GET", "/v1/billing/usage"): _BILLING,
    ("GET", "/v1/billing/prices"): _BILLING,
    ("GET", "/v1/billing/invoices"): _INVOICES,
    ("GET", "/v1/billing/invoices/<invoiceId>"): _INVOICES,
    ("GET", "/v1/billing/invoices/<invoiceId>/pdf-url"): _INVOICES,
    ("GET", "/v1/billing/invoices/<invoiceId>/pdf"): Rule(Door.LINK),
    ("GET", "/v1/billing/ledger"): _INVOICES,
    ("GET", "/v1/billing/payments"): _INVOICES,
    ("GET", "/v1/api-keys"): _KEYS,
    ("POST", "/v1/api-keys"): _KEY_CHANGES,
    ("GET", "/v1/refused-calls"): Rule(Door.BEARER, MESSAGE_READERS, tenant=True),
    ("GET", "/v1/api-keys/<keyId>"): _KEYS,
    ("PATCH", "/v1/api-keys/<keyId>"): _KEY_CHANGES,
    ("DELETE", "/v1/api-keys/<keyId>"): _KEY_CHANGES,
    ("POST", "/v1/api-keys/<keyId>/rotate"): _KEY_CHANGES,
    ("GET", "/v1/api-keys/<keyId>/usage"): _KEYS,
    ("GET", "/v1/webhooks"): _HOOKS,
    ("POST", "/v1/webhooks"): _HOOK_CHANGES,
    ("GET", "/v1/webhooks/<endpointId>"): _HOOKS,
    ("PATCH", "/v1/webhooks/<endpointId>"): _HOOK_CHANGES,
    ("DELETE", "/v1/webhooks/<endpointId>"): _HOOK_CHANGES,
    ("POST", "/v1/webhooks/<endpointId>/rotate-secret"): _HOOK_CHANGES,
    ("POST", "/v1/webhooks/<endpointId>/test"): _HOOK_CHANGES,
    ("GET", "/v1/webhooks/<endpointId>/deliveries"): _HOOKS,
    ("GET", "/v1/webhooks/<endpointId>/deliveries/<deliveryId>"): _HOOKS,
    ("POST", "/v1/webhooks/<endpointId>/deliveries/<deliveryId>/resend"): _HOOK_CHANGES,
    ("POST", "/v1/webhooks/<endpointId>/recover"): _HOOK_CHANGES,
    ("GET", "/v1/event-types"): _PERSON,
    ("GET", "/v1/account"): _ACCOUNT,
    # Whoever answers for the account sees who changed what in it.
    ("GET", "/v1/account/audit-events"): Rule(Door.BEARER, frozenset({"owner"}) | INTERNAL_ROLES, tenant=True),
    ("GET", "/v1/me"): _PERSON,
    ("PATCH", "/v1/me"): _PERSON,
    ("POST", "/v1/me/password"): _PERSON,
    ("GET", "/v1/auth/sessions"): _PERSON,
    ("DELETE", "/v1/auth/sessions"): _PERSON,
    ("DELETE", "/v1/auth/sessions/<sessionId>"): _PERSON,
    # Whoever has a report may ask whether it is one; the answer holds what stands in the file.
    ("POST", "/v1/reports/verify"): Rule(Door.BEARER, EVERYONE, media="application/pdf"),
    ("GET", "/v1/reports/certificate"): _OPEN,
    ("GET", "/v1/reports/files/<reportId>"): Rule(Door.LINK),
    # What customers are asked, each for themselves.
    ("GET", "/v1/nps"): Rule(Door.BEARER, CUSTOMER_ROLES),
    ("POST", "/v1/nps"): Rule(Door.BEARER, CUSTOMER_ROLES),
    ("GET", "/v1/internal/tenants"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/tickets"): _INTERNAL,
    ("PUT", "/v1/internal/tenants/<tenantId>/ticket-organisation"): _ADMIN,
    ("GET", "/v1/internal/tenants/<tenantId>/health"): _INTERNAL,
    ("POST", "/v1/internal/tenants/<tenantId>/health/recompute"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/notes"): _INTERNAL,
    ("POST", "/v1/internal/tenants/<tenantId>/notes"): _INTERNAL,
    ("PATCH", "/v1/internal/tenants/<tenantId>/notes/<noteId>"): _INTERNAL,
    ("DELETE", "/v1/internal/tenants/<tenantId>/notes/<noteId>"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/notes/<noteId>/history"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-preview"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-comments"): _INTERNAL,
    ("PUT", "/v1/internal/tenants/<tenantId>/qbr-comments"): _INTERNAL,
    ("GET", "/v1/internal/tenants/<tenantId>/assignments"): _INTERNAL,
    ("PUT", "/v1/internal/tenants/<tenantId>/assignments"): _ADMIN,
    ("GET", "/v1/internal/assignments"): _ADMIN,
    ("POST", "/v1/internal/assignments"): _ADMIN,
    ("GET", "/v1/internal/tams"): _ADMIN,
    ("GET", "/v1/internal/tenants/<tenantId>/qbr-reports"): _INTERNAL,
    ("POST", "/v1/internal/qbr/<tenantId>"): _INTERNAL,
    ("GET", "/v1/internal/qbr/jobs/<jobId>"): _INTERNAL,
    ("POST", "/v1/internal/tenants/<tenantId>/preview"): _INTERNAL,
    ("GET", "/v1/internal/health/scatter"): _INTERNAL,
    ("GET", "/v1/internal/health/weights"): _INTERNAL,
    ("PUT", "/v1/internal/health/weights"): _ADMIN,
    ("POST", "/v1/internal/health/weights/preview"): _ADMIN,
    ("POST", "/v1/internal/health/recompute"): _ADMIN,
    ("GET", "/v1/internal/health/runs"): _INTERNAL,
    ("GET", "/v1/internal/health/runs/<runId>"): _INTERNAL,
    ("POST", "/v1/internal/messages"): Rule(Door.INGEST),
    # Says of tenants that something changed, and nothing of what: for portals, which tell each browser of its own.
    ("GET", "/v1/internal/revisions"): Rule(Door.CLIENT),
    ("GET", "/v1/carriers/kannel/receipts"): Rule(Door.CARRIER),
    ("POST", "/v1/carriers/kannel/inbound"): Rule(Door.CARRIER),
    ("GET", "/health"): _OPEN,
    ("GET", "/ready"): _OPEN,
    ("GET", "/metrics"): _OPEN,
    ("GET", "/v1/openapi.json"): _OPEN,
    ("GET", "/v1/docs"): _OPEN,
    ("GET", "/v1/docs.css"): _OPEN,
}

IDENTITY_RULE = Rule(Door.IDENTITY)


def rule_for(method: str, route: str, blueprint: str | None) -> Rule | None:
    """The entry for a route template, HEAD counting as GET; None means refuse.

    Routes of the identity blueprint keep their own rules: they are where tokens come from.
    """
    if blueprint == "identity":
        return IDENTITY_RULE
    return PERMISSIONS.get(("GET" if method == "HEAD" else method, route))


def methods_of(path: str) -> frozenset[str]:
    """The methods of the route that is this very path; empty when there is none, as for every path with variables."""
    found = {method for method, route in PERMISSIONS if route == path and "<" not in route}
    return frozenset(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())) if found else frozenset()


def permitted(rule: Rule, user_type: str, roles: frozenset[str]) -> bool:
    """Does any role that is valid for this type of user open the door?"""
    valid = CUSTOMER_ROLES if user_type == "customer" else INTERNAL_ROLES if user_type == "internal" else frozenset()
    return bool(roles & valid & rule.roles)
