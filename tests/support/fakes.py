"""The message log in memory, and services on fakes: small, deterministic, failing on demand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portal.domain.actor import Actor
from portal.domain.errors import NotFound, PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode, Message, MessageDetail, MessagePage, TimelineEntry, WebhookAttempt
from portal.domain.money import Money
from portal.domain.refused_calls import RefusedCall, RefusedCallPage
from portal.domain.statuses import MessageStatus
from portal.services import Services, services_on
from tests.support.fakes_analytics import FakeAccount, FakeAnalytics
from tests.support.fakes_api_keys import FakeApiKeys
from tests.support.fakes_billing import FakeBilling
from tests.support.fakes_exports import FakeExports
from tests.support.fakes_health import FakeHealth
from tests.support.fakes_notes import FakeAssignments, FakeAudit, FakeNotes
from tests.support.fakes_own_account import FakeOwnAccount
from tests.support.fakes_portfolio import FakePortfolio
from tests.support.fakes_qbr import FakeQbr
from tests.support.fakes_report_checks import FakeReportChecks
from tests.support.fakes_sending import FakeSending
from tests.support.fakes_views import FakeViews
from tests.support.fakes_webhooks import FakeWebhooks, endpoint_id

FIRST = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
SENDERS = ("AzizBank", "OTP", "Kabul Mart")
OPERATORS = (("AWCC", "+9370"), ("Roshan", "+9379"), ("ATOMA", "+9377"), ("Etisalat", "+9378"))
STATUSES = (
    MessageStatus.DELIVERED,
    MessageStatus.DELIVERED,
    MessageStatus.SENT,
    MessageStatus.FAILED,
    MessageStatus.QUEUED,
    MessageStatus.EXPIRED,
    MessageStatus.HELD,
    MessageStatus.REJECTED,
    MessageStatus.BLOCKED,
)


def message(number: int = 0) -> Message:
    """The ``number``-th newest message."""
    operator, prefix = OPERATORS[number % len(OPERATORS)]
    status = STATUSES[number % len(STATUSES)]
    at = FIRST - dt.timedelta(minutes=7 * number)
    return Message(
        message_id=f"msg_{number:026d}",
        recipient=f"{prefix}{1_000_000 + number * 7919 % 9_000_000}",
        sender_id=SENDERS[number % len(SENDERS)],
        status=status,
        operator=operator,
        country="AF",
        error_code="absent_subscriber" if status in (MessageStatus.FAILED, MessageStatus.EXPIRED) else None,
        submitted_at=at,
        delivered_at=at + dt.timedelta(seconds=4) if status is MessageStatus.DELIVERED else None,
        segments=1 + number % 3,
        price=Money(Decimal("0.3500"), "AFN"),
    )


def detail(number: int = 0) -> MessageDetail:
    """Everything about the ``number``-th newest message."""
    row = message(number)
    final = row.submitted_at + dt.timedelta(seconds=4) if row.status.final else None
    steps = [MessageStatus.QUEUED] + ([row.status] if row.status is not MessageStatus.QUEUED else [])
    timeline = tuple(
        TimelineEntry(
            index, row.submitted_at + dt.timedelta(seconds=2 * index), "status", status, "carrier", None, None
        )
        for index, status in enumerate(steps, 1)
    )
    return MessageDetail(
        message=row,
        body="کود تایید شما ۴۸۲۱ است. AzizBank",
        encoding="UCS-2",
        sent_at=row.submitted_at + dt.timedelta(seconds=1),
        final_at=final,
        carrier_code="27" if row.error_code else None,
        external_id=f"order-{number}",
        source="api",
        timeline=timeline,
        webhook_attempts=_told(row) if number % 3 == 0 else (),
    )


def _told(row: Message) -> tuple[WebhookAttempt, ...]:
    """Two attempts at telling of it: one that timed out, and one that did not."""
    return tuple(
        WebhookAttempt(
            endpoint_id(),
            "00000000-0000-7000-a000-000000000000",
            "message.delivered",
            count,
            row.submitted_at + dt.timedelta(seconds=5 * count),
            "https://hooks.azizbank.example/sms/status",
            http_status,
            error,
            latency,
        )
        for count, (http_status, error, latency) in enumerate(((None, "timeout", 15_000), (204, None, 87)), 1)
    )


@dataclass
class FakeMessages:
    """``count`` messages of one tenant; ``error`` is raised by every call, ``error_after`` by pages after the first.

    Filters are not applied (that is the platform's work) but remembered in ``asked``.
    """

    count: int = 120
    tenant_id: str | None = "tenant-1"
    error: PortalError | None = None
    error_after: PortalError | None = None
    codes: Mapping[str, ErrorCode] = field(default_factory=dict)
    asked: list[tuple[MessageFilter, str | None]] = field(default_factory=list)

    def list_messages(
        self, wanted: MessageFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> MessagePage:
        self.asked.append((wanted, cursor))
        failure = self.error or (self.error_after if cursor else None)
        if failure is not None:
            raise failure
        start = int(cursor or 0)
        end = min(start + limit, self.count)
        return MessagePage(tuple(message(n) for n in range(start, end)), str(end) if end < self.count else None)

    def get_message(self, message_id: str, tenant_id: str | None = None, *, actor: Actor) -> MessageDetail:
        if self.error is not None:
            raise self.error
        known = {message(n).message_id: n for n in range(self.count)}
        if message_id not in known or (not actor.internal and actor.tenant_id != self.tenant_id):
            raise NotFound("message")
        return detail(known[message_id])

    def list_refused_calls(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> RefusedCallPage:
        if self.error is not None:
            raise self.error
        codes = ("address_not_allowed", "scope_missing", "validation_failed", "of_tomorrow")
        found = tuple(
            RefusedCall(
                f"call-{number}",
                FIRST - dt.timedelta(minutes=number),
                "Core banking OTP",
                "POST",
                "/v1/messages",
                422 if code == "validation_failed" else 403,
                code,
                f"req_{number:024d}",
            )
            for number, code in enumerate(codes[: self.count])
        )
        return RefusedCallPage(found, None if cursor else "next")

    def list_error_codes(self, language: str, *, actor: Actor) -> tuple[ErrorCode, ...]:
        if self.error is not None:
            raise self.error
        return tuple(self.codes.values())


def fake_services(
    messages: FakeMessages | None = None,
    analytics: FakeAnalytics | None = None,
    account: FakeAccount | None = None,
    api_keys: FakeApiKeys | None = None,
    own_account: FakeOwnAccount | None = None,
    webhooks: FakeWebhooks | None = None,
    billing: FakeBilling | None = None,
    sending: FakeSending | None = None,
    exports: FakeExports | None = None,
    views: FakeViews | None = None,
    portfolio: FakePortfolio | None = None,
    health: FakeHealth | None = None,
    notes: FakeNotes | None = None,
    audit: FakeAudit | None = None,
    assignments: FakeAssignments | None = None,
    qbr: FakeQbr | None = None,
    report_checks: FakeReportChecks | None = None,
) -> Services:
    """Services on fakes, each replaceable by one that was prepared. What is new shows at once, whatever the clock says."""
    return services_on(
        analytics=analytics or FakeAnalytics(),
        messages=messages or FakeMessages(),
        account=account or FakeAccount(),
        api_keys=api_keys or FakeApiKeys(),
        own_account=own_account or FakeOwnAccount(),
        webhooks=webhooks or FakeWebhooks(),
        billing=billing or FakeBilling(),
        sending=sending or FakeSending(),
        api_url="https://api.example.com",
        revision_life=dt.timedelta(0),
        exports=exports or FakeExports(),
        views=views or FakeViews(),
        portfolio=portfolio or FakePortfolio(),
        health=health or FakeHealth(),
        notes=notes or FakeNotes(),
        audit=audit or FakeAudit(),
        assignments=assignments or FakeAssignments(),
        qbr=qbr or FakeQbr(),
        report_checks=report_checks or FakeReportChecks(),
    )
