"""What the portal needs from outside, as seen from inside. Every call names the actor it is made for.

All may raise UpstreamUnavailable, Unauthenticated, Forbidden, RateLimited, NotFound, InvalidInput or UpstreamRefused
(:mod:`portal.domain.errors`). What the platform's own people alone ask is in :mod:`portal.domain.internal_ports`.
``tenant_id`` matters for internal users only: customers see their own account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Protocol

from portal.domain.account import Account, Balance, Profile, SignedInSession
from portal.domain.actor import Actor
from portal.domain.analytics import (
    Breakdown,
    FilterOptions,
    GroupBy,
    Heatmap,
    Metric,
    Summary,
    TimeSeries,
    Top,
    TopDimension,
)
from portal.domain.api_keys import ApiKey, CreatedKey, KeyDraft, KeyPage
from portal.domain.audit import AuditFilter, AuditPage
from portal.domain.billing import (
    InvoiceDetail,
    InvoicePage,
    InvoiceStatus,
    LedgerKind,
    LedgerPage,
    PaymentPage,
    Price,
)
from portal.domain.delivery_filter import DeliveryFilter
from portal.domain.exports import Export, ExportPage
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import ErrorCode, MessageDetail, MessagePage
from portal.domain.query import AnalyticsQuery
from portal.domain.refused_calls import RefusedCallPage
from portal.domain.report_checks import ReportVerdict
from portal.domain.sending import MessageDraft, Preview, SentMessage
from portal.domain.views import SavedView
from portal.domain.webhooks import (
    Delivery,
    DeliveryDetail,
    DeliveryPage,
    Endpoint,
    EndpointDraft,
    EndpointPage,
    EventType,
    NewSecret,
)


class AnalyticsPort(Protocol):
    """Numbers about messages submitted in a query's period."""

    def summary(self, query: AnalyticsQuery, *, actor: Actor) -> Summary: ...

    def timeseries(
        self, query: AnalyticsQuery, metric: Metric, group_by: GroupBy | None = None, *, actor: Actor
    ) -> TimeSeries: ...

    def breakdown(self, query: AnalyticsQuery, dimension: str = "operator", *, actor: Actor) -> Breakdown: ...

    def heatmap(self, query: AnalyticsQuery, *, actor: Actor) -> Heatmap: ...

    def top(self, query: AnalyticsQuery, dimension: TopDimension, limit: int = 10, *, actor: Actor) -> Top: ...

    def filter_options(self, tenant_id: str | None = None, *, actor: Actor) -> FilterOptions: ...

    def revision(self, tenant_id: str | None = None, *, actor: Actor) -> int:
        """A number that changes whenever any analytic number of the tenant may have."""


class MessagesPort(Protocol):
    """The message log."""

    def list_messages(
        self, wanted: MessageFilter, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> MessagePage: ...

    def get_message(self, message_id: str, tenant_id: str | None = None, *, actor: Actor) -> MessageDetail:
        """Raises NotFound for an unknown id and for another tenant's alike."""

    def list_error_codes(self, language: str, *, actor: Actor) -> tuple[ErrorCode, ...]: ...

    def list_refused_calls(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> RefusedCallPage: ...


class SendingPort(Protocol):
    """Messages that a person sends."""

    def preview(self, recipient: str | None, body: str, *, actor: Actor) -> Preview:
        """What a text would be; it may be empty or too long. Raises InvalidInput (``to``) for what is no number, or has
        no price."""

    def send(self, draft: MessageDraft, *, idempotency_key: str, actor: Actor) -> SentMessage:
        """A repeated key gets the first answer. Raises UpstreamRefused (``insufficient_balance``)."""


class AccountPort(Protocol):
    """The account, its balance, and the actor's own preferences."""

    def get_account(self, tenant_id: str | None = None, *, actor: Actor) -> Account: ...

    def get_balance(self, tenant_id: str | None = None, *, actor: Actor) -> Balance: ...

    def get_profile(self, *, actor: Actor) -> Profile: ...

    def update_profile(self, changes: Mapping[str, str | None], *, actor: Actor) -> Profile:
        """Set those of ``PREFERENCES`` that are in ``changes``; None takes one back."""

    def answer_question(self, score: int | None, comment: str, *, idempotency_key: str, actor: Actor) -> None:
        """How likely they are to recommend the platform, 0 to 10; None puts the question away. UpstreamRefused with
        status 409 when they answered already."""


class AuditPort(Protocol):
    """The account's audit log."""

    def list_entries(self, wanted: AuditFilter, *, limit: int = 50, actor: Actor) -> AuditPage: ...


class ApiKeysPort(Protocol):
    """The account's API keys. A repeated ``idempotency_key`` gets the first answer, the key itself included."""

    def list_keys(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> KeyPage: ...

    def get_key(self, key_id: str, *, actor: Actor) -> ApiKey:
        """Raises NotFound for an unknown id and for another tenant's alike."""

    def create_key(
        self, draft: KeyDraft, expires_at: str | None, *, idempotency_key: str, actor: Actor
    ) -> CreatedKey: ...

    def rotate_key(self, key_id: str, grace_seconds: int, *, idempotency_key: str, actor: Actor) -> CreatedKey:
        """Raises UpstreamRefused (``conflict``) for a key that has ended or was rotated before."""

    def revoke_key(self, key_id: str, *, actor: Actor) -> None: ...


class WebhooksPort(Protocol):
    """The account's webhooks. A repeated ``idempotency_key`` gets the first answer, a secret in it included.

    Every call about an endpoint or a delivery raises NotFound for an unknown id and for another tenant's alike.
    """

    def list_endpoints(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 100, actor: Actor
    ) -> EndpointPage: ...

    def list_event_types(self, *, actor: Actor) -> tuple[EventType, ...]: ...

    def get_endpoint(self, endpoint_id: str, tenant_id: str | None = None, *, actor: Actor) -> Endpoint: ...

    def create_endpoint(self, draft: EndpointDraft, *, idempotency_key: str, actor: Actor) -> NewSecret: ...

    def change_endpoint(
        self, endpoint_id: str, draft: EndpointDraft | None = None, *, enabled: bool | None = None, actor: Actor
    ) -> Endpoint:
        """Change what is given; enabling one that was disabled begins its failure budget anew."""

    def delete_endpoint(self, endpoint_id: str, *, actor: Actor) -> None: ...

    def rotate_secret(
        self, endpoint_id: str, overlap_seconds: int, *, idempotency_key: str, actor: Actor
    ) -> NewSecret: ...

    def send_test(self, endpoint_id: str, event_type: str, *, idempotency_key: str, actor: Actor) -> Delivery: ...

    def list_deliveries(
        self, endpoint_id: str, wanted: DeliveryFilter, tenant_id: str | None = None, *, limit: int = 50, actor: Actor
    ) -> DeliveryPage: ...

    def get_delivery(
        self, endpoint_id: str, delivery_id: str, tenant_id: str | None = None, *, actor: Actor
    ) -> DeliveryDetail: ...

    def resend(self, endpoint_id: str, delivery_id: str, *, idempotency_key: str, actor: Actor) -> Delivery: ...

    def recover(self, endpoint_id: str, since: dt.datetime, *, idempotency_key: str, actor: Actor) -> int:
        """Owe all failed deliveries made since then again; how many."""


class ExportsPort(Protocol):
    """Exports of the account's message log. A repeated ``idempotency_key`` gets the first answer."""

    def list_exports(self, *, limit: int = 50, actor: Actor) -> ExportPage: ...

    def get_export(self, export_id: str, *, actor: Actor) -> Export:
        """Raises NotFound for an unknown id and for another tenant's alike."""

    def create_export(
        self, wanted: MessageFilter, file_format: str, *, include_text: bool, idempotency_key: str, actor: Actor
    ) -> Export:
        """Raises RateLimited while too many are waiting, UpstreamRefused (409) when too many are kept."""

    def delete_export(self, export_id: str, *, actor: Actor) -> None: ...


class ViewsPort(Protocol):
    """The actor's own saved views. A repeated ``idempotency_key`` gets the first answer.

    Both changes raise InvalidInput for a name that another view has, in whatever capitals.
    """

    def list_views(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[SavedView, ...]:
        """All of them, by name."""

    def create_view(self, name: str, wanted: MessageFilter, *, idempotency_key: str, actor: Actor) -> SavedView:
        """Raises InvalidInput also when there are as many as may be."""

    def change_view(
        self, view_id: str, *, name: str | None = None, wanted: MessageFilter | None = None, actor: Actor
    ) -> SavedView:
        """Another name or another filter; what is None stays. Raises NotFound."""

    def delete_view(self, view_id: str, *, actor: Actor) -> None: ...


class OwnAccountPort(Protocol):
    """What the actor signs in with, and where they are signed in. Each call is about the actor alone.

    NotFound or Forbidden from any of them means that this platform leaves it to another sign-in service.
    """

    def change_password(self, current: str, new: str, *, actor: Actor) -> None: ...

    def change_email(self, email: str, current_password: str, *, actor: Actor) -> Profile: ...

    def list_sessions(self, *, actor: Actor) -> tuple[SignedInSession, ...]:
        """Newest first, as many as a page shows."""

    def end_session(self, session_id: str, *, actor: Actor) -> None:
        """Raises NotFound for one that has ended, or was never the actor's."""

    def end_other_sessions(self, *, actor: Actor) -> None: ...


class BillingPort(Protocol):
    """Invoices, ledger, prices, payments. NotFound from a list means that this platform does its billing elsewhere."""

    def list_invoices(
        self,
        tenant_id: str | None = None,
        *,
        statuses: Collection[InvoiceStatus] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> InvoicePage:
        """Newest first; only those in ``statuses``, if any are named."""

    def get_invoice(self, invoice_id: str, tenant_id: str | None = None, *, actor: Actor) -> InvoiceDetail:
        """Raises NotFound for an unknown id and for another tenant's alike."""

    def invoice_file(self, invoice_id: str, language: str, tenant_id: str | None = None, *, actor: Actor) -> str:
        """The address of its PDF in the next minutes, in a language (BCP 47). Raises NotFound as ``get_invoice``."""

    def list_ledger(
        self,
        tenant_id: str | None = None,
        *,
        kinds: Collection[LedgerKind] = (),
        cursor: str | None = None,
        limit: int = 50,
        actor: Actor,
    ) -> LedgerPage: ...

    def list_prices(self, tenant_id: str | None = None, *, actor: Actor) -> tuple[Price, ...]: ...

    def list_payments(
        self, tenant_id: str | None = None, *, cursor: str | None = None, limit: int = 50, actor: Actor
    ) -> PaymentPage: ...

    def set_low_balance(self, threshold: Decimal | None, *, actor: Actor) -> Balance:
        """Have the platform warn when the balance falls below ``threshold``; None: never. Answers the balance."""


class ReportChecksPort(Protocol):
    """Whether a file is a report that the platform signed."""

    def verify(self, content: bytes, *, actor: Actor) -> ReportVerdict: ...
