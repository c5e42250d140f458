"""The page of permissions says what the code does, and the portal's table what the platform's says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.api.permissions import PERMISSIONS
from portal.domain.permissions import ACTS, Act

ROOT = Path(__file__).resolve().parents[3]

# What each of the portal's actions comes to at the platform.
CALLS: dict[Act, tuple[tuple[str, str], ...]] = {
    Act.READ_MESSAGES: (("GET", "/v1/messages"), ("GET", "/v1/messages/<messageId>")),
    Act.SEND_MESSAGES: (
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages/batch"),
        ("POST", "/v1/messages/preview"),
    ),
    Act.EXPORT_MESSAGES: (("POST", "/v1/messages/exports"),),
    Act.SAVE_VIEWS: (("POST", "/v1/views"), ("PATCH", "/v1/views/<viewId>"), ("DELETE", "/v1/views/<viewId>")),
    Act.SEE_KEYS: (("GET", "/v1/api-keys"), ("GET", "/v1/api-keys/<keyId>/usage")),
    Act.CHANGE_KEYS: (("POST", "/v1/api-keys"), ("DELETE", "/v1/api-keys/<keyId>")),
    Act.SEE_WEBHOOKS: (("GET", "/v1/webhooks"), ("GET", "/v1/webhooks/<endpointId>/deliveries")),
    Act.CHANGE_WEBHOOKS: (("POST", "/v1/webhooks"), ("POST", "/v1/webhooks/<endpointId>/recover")),
    Act.SEE_PRICES: (("GET", "/v1/billing/prices"), ("GET", "/v1/billing/usage")),
    Act.SEE_INVOICES: (("GET", "/v1/billing/invoices"), ("GET", "/v1/billing/ledger")),
    Act.SET_LOW_BALANCE: (("PUT", "/v1/billing/low-balance"),),
    Act.GIVE_OPINION: (("GET", "/v1/nps"), ("POST", "/v1/nps")),
    Act.SEE_NOTES: (
        ("GET", "/v1/internal/tenants/<tenantId>/notes"),
        ("GET", "/v1/internal/tenants/<tenantId>/notes/<noteId>/history"),
    ),
    Act.WRITE_NOTES: (
        ("POST", "/v1/internal/tenants/<tenantId>/notes"),
        ("PATCH", "/v1/internal/tenants/<tenantId>/notes/<noteId>"),
        ("DELETE", "/v1/internal/tenants/<tenantId>/notes/<noteId>"),
    ),
    Act.ASSIGN: (
        ("GET", "/v1/internal/assignments"),
        ("POST", "/v1/internal/assignments"),
        ("GET", "/v1/internal/tams"),
    ),
    Act.SEE_AUDIT_LOG: (("GET", "/v1/account/audit-events"),),
    Act.RECOMPUTE_SCORES: (("POST", "/v1/internal/tenants/<tenantId>/health/recompute"),),
    Act.RECOMPUTE_ALL_SCORES: (("POST", "/v1/internal/health/recompute"),),
    Act.CHANGE_WEIGHTS: (("PUT", "/v1/internal/health/weights"), ("POST", "/v1/internal/health/weights/preview")),
    Act.LINK_TICKETS: (("PUT", "/v1/internal/tenants/<tenantId>/ticket-organisation"),),
    Act.PRESENT_REVIEWS: (
        ("GET", "/v1/internal/tenants/<tenantId>/qbr-preview"),
        ("PUT", "/v1/internal/tenants/<tenantId>/qbr-comments"),
        ("POST", "/v1/internal/qbr/<tenantId>"),
    ),
    Act.CHANGE_OWN_PROFILE: (("PATCH", "/v1/me"), ("POST", "/v1/me/password"), ("DELETE", "/v1/auth/sessions")),
}


def test_page_of_permissions_is_what_the_code_generates() -> None:
    made = subprocess.run(
        [sys.executable, "tools/permissions_doc.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert made.stdout == (ROOT / "docs/permissions.md").read_text(encoding="utf-8"), "run `make docs`"


@pytest.mark.parametrize("act", Act)
def test_portal_offers_an_action_to_exactly_whom_the_platform_lets_do_it(act: Act) -> None:
    for call in CALLS[act]:
        if call in PERMISSIONS:  # the others are not built yet
            assert PERMISSIONS[call].roles == ACTS[act], call
