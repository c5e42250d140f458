"""Reading the message log."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.actor import Actor
from portal.domain.analytics import FilterOptions
from portal.domain.errors import PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode, MessageDetail, MessagePage
from portal.domain.permissions import Act, require
from portal.domain.ports import AnalyticsPort, MessagesPort
from portal.domain.refused_calls import RefusedCallPage
from portal.services.concurrency import Outcome, ask_all

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class LogView:
    """The first page of a filter, and what there is to filter by (nothing, when that could not be had)."""

    page: Outcome[MessagePage]
    options: FilterOptions


@dataclass(frozen=True, slots=True)
class MessageService:
    """What people do with messages that have been sent."""

    port: MessagesPort
    analytics: AnalyticsPort

    def open_log(self, wanted: MessageFilter, *, actor: Actor) -> LogView:
        """The newest messages of a filter, with the choices beside them; without those when they cannot be had."""
        outcomes = ask_all(
            {
                "page": lambda: self.list_page(wanted, actor=actor),
                "options": lambda: self.analytics.filter_options(wanted.tenant_id, actor=actor),
            }
        )
        return LogView(outcomes["page"], outcomes["options"].value or FilterOptions())

    def list_page(self, wanted: MessageFilter, *, cursor: str | None = None, actor: Actor) -> MessagePage:
        """The newest messages of a filter, or those after ``cursor`` (from the page before)."""
        return self.port.list_messages(wanted, cursor=cursor, limit=PAGE_SIZE, actor=actor)

    def show(self, message_id: str, tenant_id: str | None = None, *, actor: Actor) -> MessageDetail:
        """One message. Raises NotFound for an unknown id and for another tenant's alike."""
        return self.port.get_message(message_id, tenant_id, actor=actor)

    def list_refused_calls(
        self, tenant_id: str | None = None, *, cursor: str | None = None, actor: Actor
    ) -> RefusedCallPage:
        """Calls with the account's keys that never became what they asked for, newest first."""
        require(actor, Act.READ_MESSAGES)
        return self.port.list_refused_calls(tenant_id, cursor=cursor, limit=PAGE_SIZE, actor=actor)

    def explain_error(self, code: str, language: str, *, actor: Actor) -> ErrorCode | None:
        """An error code in words; None when the platform has none, or none just now: the code itself still tells."""
        try:
            known = self.port.list_error_codes(language, actor=actor)
        except PortalError:
            return None
        return next((entry for entry in known if entry.code == code), None)
