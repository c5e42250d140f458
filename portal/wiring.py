"""Puts the portal's use cases on the platform's REST API: the one place that knows both."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from portal.clients.circuit import Circuit
from portal.clients.rest_account import RestAccount
from portal.clients.rest_analytics import RestAnalytics
from portal.clients.rest_api_keys import RestApiKeys
from portal.clients.rest_assignments import RestAssignments
from portal.clients.rest_audit import RestAudit
from portal.clients.rest_billing import RestBilling
from portal.clients.rest_exports import RestExports
from portal.clients.rest_health import RestHealth
from portal.clients.rest_messages import RestMessages
from portal.clients.rest_notes import RestNotes
from portal.clients.rest_own_account import RestOwnAccount
from portal.clients.rest_portfolio import RestPortfolio
from portal.clients.rest_qbr import RestQbr
from portal.clients.rest_report_checks import CHECK_SECONDS, RestReportChecks
from portal.clients.rest_sending import RestSending
from portal.clients.rest_views import RestViews
from portal.clients.rest_webhooks import RestWebhooks
from portal.clients.upstream import MAX_BYTES, READ_SECONDS, Upstream, open_session
from portal.services import Services, services_on
from portal.settings import PortalSettings

MESSAGES_BYTES = 4 * 1024 * 1024
PORTFOLIO_BYTES = 4 * 1024 * 1024  # of ten thousand accounts, a dot each


def build_services(settings: PortalSettings, headers: Callable[[], Mapping[str, str]] = dict) -> Services:
    """Services on the platform named by the settings, with one connection pool for this process.

    ``headers`` gives what to pass on from the request being served: ``X-Request-Id``, ``traceparent``. Call it after a
    fork, not before: connections are not shared between processes.
    """
    session = open_session()

    def upstream(name: str, max_bytes: int = MAX_BYTES, read_seconds: float = READ_SECONDS) -> Upstream:
        return Upstream(
            settings.gateway_url, session, Circuit(name), headers, max_bytes=max_bytes, read_seconds=read_seconds
        )

    return services_on(
        analytics=RestAnalytics(upstream("analytics")),
        messages=RestMessages(upstream("messages", MESSAGES_BYTES)),
        account=RestAccount(upstream("account")),
        api_keys=RestApiKeys(upstream("api_keys")),
        exports=RestExports(upstream("exports")),
        views=RestViews(upstream("views")),
        own_account=RestOwnAccount(upstream("own_account")),
        webhooks=RestWebhooks(upstream("webhooks")),
        billing=RestBilling(upstream("billing")),
        sending=RestSending(upstream("sending")),
        portfolio=RestPortfolio(upstream("portfolio", PORTFOLIO_BYTES)),
        notes=RestNotes(upstream("notes")),
        audit=RestAudit(upstream("audit")),
        assignments=RestAssignments(upstream("assignments")),
        health=RestHealth(upstream("health")),
        qbr=RestQbr(upstream("qbr")),
        report_checks=RestReportChecks(upstream("report_checks", read_seconds=CHECK_SECONDS)),
        api_url=settings.api_url,
    )
