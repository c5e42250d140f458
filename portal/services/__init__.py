"""Use cases: what people do with the portal, a verb on a noun each. They know the domain and its ports only."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.ports import AccountPort, AnalyticsPort, MessagesPort
from portal.services.account import AccountService
from portal.services.analytics import AnalyticsService
from portal.services.messages import MessageService

__all__ = ["AccountService", "AnalyticsService", "MessageService", "Services", "services_on"]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything pages and callbacks can ask for."""

    analytics: AnalyticsService
    messages: MessageService
    account: AccountService


def services_on(*, analytics: AnalyticsPort, messages: MessagesPort, account: AccountPort) -> Services:
    """The use cases on any implementation of the ports: the platform's API, or fakes in tests."""
    return Services(
        analytics=AnalyticsService(analytics, account),
        messages=MessageService(messages, analytics),
        account=AccountService(account),
    )
