"""Use cases: what people do with the portal, a verb on a noun each. They know the domain and its ports only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.domain.internal_ports import AssignmentsPort, HealthPort, NotesPort, PortfolioPort, QbrPort
from portal.domain.ports import (
    AccountPort,
    AnalyticsPort,
    ApiKeysPort,
    AuditPort,
    BillingPort,
    ExportsPort,
    MessagesPort,
    OwnAccountPort,
    ReportChecksPort,
    SendingPort,
    ViewsPort,
    WebhooksPort,
)
from portal.services.account import AccountService
from portal.services.analytics import AnalyticsService
from portal.services.api_keys import ApiKeyService
from portal.services.assignments import AssignmentService
from portal.services.audit import AuditService
from portal.services.billing import BillingService
from portal.services.exports import ExportService
from portal.services.health import HealthService
from portal.services.messages import MessageService
from portal.services.notes import NoteService
from portal.services.own_account import OwnAccountService
from portal.services.portfolio import PortfolioService
from portal.services.qbr import QbrService
from portal.services.report_checks import ReportCheckService
from portal.services.sending import SendingService
from portal.services.tenants import TenantService
from portal.services.views import ViewService
from portal.services.webhooks import WebhookService

#: A page may be this much older than what the platform last told; within it nobody of the same account asks again.
REVISION_LIFE = dt.timedelta(seconds=1)
NAME_LIFE = dt.timedelta(seconds=15)

__all__ = [
    "AccountService",
    "AnalyticsService",
    "ApiKeyService",
    "AssignmentService",
    "AuditService",
    "BillingService",
    "ExportService",
    "HealthService",
    "MessageService",
    "NoteService",
    "OwnAccountService",
    "PortfolioService",
    "QbrService",
    "ReportCheckService",
    "SendingService",
    "Services",
    "TenantService",
    "ViewService",
    "WebhookService",
    "services_on",
]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything pages and callbacks can ask for."""

    analytics: AnalyticsService
    messages: MessageService
    account: AccountService
    api_keys: ApiKeyService
    exports: ExportService
    views: ViewService
    own_account: OwnAccountService
    webhooks: WebhookService
    billing: BillingService
    sending: SendingService
    portfolio: PortfolioService
    tenants: TenantService
    notes: NoteService
    audit: AuditService
    assignments: AssignmentService
    health: HealthService
    qbr: QbrService
    report_checks: ReportCheckService


def services_on(
    *,
    analytics: AnalyticsPort,
    messages: MessagesPort,
    account: AccountPort,
    api_keys: ApiKeysPort,
    exports: ExportsPort,
    views: ViewsPort,
    own_account: OwnAccountPort,
    webhooks: WebhooksPort,
    billing: BillingPort,
    sending: SendingPort,
    portfolio: PortfolioPort,
    health: HealthPort,
    notes: NotesPort,
    audit: AuditPort,
    assignments: AssignmentsPort,
    qbr: QbrPort,
    report_checks: ReportChecksPort,
    api_url: str,
    revision_life: dt.timedelta = REVISION_LIFE,
) -> Services:
    """The use cases on any implementation of the ports: the platform's API, or fakes in tests.

    ``api_url`` is the address that programs use; a revision is believed for ``revision_life``.
    """
    traffic = AnalyticsService(analytics, account, revision_life=revision_life)
    return Services(
        analytics=traffic,
        messages=MessageService(messages, analytics),
        account=AccountService(account, name_life=NAME_LIFE),
        api_keys=ApiKeyService(api_keys),
        exports=ExportService(exports),
        views=ViewService(views),
        own_account=OwnAccountService(own_account, account),
        webhooks=WebhookService(webhooks),
        billing=BillingService(billing, traffic, account),
        sending=SendingService(sending, api_url),
        portfolio=PortfolioService(portfolio),
        tenants=TenantService(portfolio, analytics, account, billing, notes),
        notes=NoteService(notes),
        audit=AuditService(audit),
        assignments=AssignmentService(assignments),
        health=HealthService(health),
        qbr=QbrService(qbr),
        report_checks=ReportCheckService(report_checks, api_url),
    )
