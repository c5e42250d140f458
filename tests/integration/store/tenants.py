"""Two tenants with a row in every tenant table, for proving that neither sees the other's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from gateway.domain.messages import new_message
from gateway.domain.statuses import Status
from gateway.settings import GatewaySettings
from gateway.store import rollups, writes
from gateway.store.engine import create_engine
from gateway.store.tenancy import tenant_transaction

TENANT_TABLES = (
    "tenants", "users", "tam_assignments", "messages", "message_events", "rollup_daily", "rollup_senders",
    "rollup_sender_totals", "rollup_destinations", "rollup_sender_destinations", "rollup_hours", "rollup_sender_hours",
    "rollup_totals", "rollup_latency", "rollup_latency_totals", "rollup_sender_latency", "rollup_deltas", "tenant_revisions", "incidents", "import_runs",
    "ledger_entries", "ledger_balances", "tenant_prices", "outbound_messages",
    "platform_events", "webhook_endpoints", "webhook_deliveries", "webhook_attempts", "webhook_hours",
    "api_keys", "api_key_usage", "refused_calls", "audit_events", "inbound_numbers", "inbound_messages",
    "message_exports", "saved_views", "invoices", "invoice_lines", "invoice_messages", "billing_settings",
    "nps_answers", "internal_reads", "idempotency_keys", "message_references",
)  # fmt: skip
# About a tenant and not for it: whoever looks after it sees them, and no customer ever does.
INTERNAL_TABLES = (
    "health_scores",
    "health_current",
    "health_runs",
    "ticket_accounts",
    "ticket_days",
    "tenant_notes",
    "tenant_note_versions",
    "qbr_comments",
    "qbr_reports",
)

AT = datetime(2026, 11, 5, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Two:
    """The same two tenants, with the engines to reach them by."""

    ours: UUID
    theirs: UUID
    api: Engine
    worker: Engine


def add_tenant(engine: Engine, time_zone: str = "Asia/Kabul") -> UUID:
    tenant_id = uuid4()
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO tenants (tenant_id, slug, name, time_zone) VALUES (:id, :slug, 'Test', :zone)"),
            {"id": tenant_id, "slug": f"t-{tenant_id.hex[:20]}", "zone": time_zone},
        )
    return tenant_id


def two_tenants(url: str) -> Iterator[Two]:
    """Two tenants in the database at ``url``, each with a row in every tenant table."""
    settings = GatewaySettings(database_url=url)
    api, worker = create_engine(settings, "api"), create_engine(settings, "worker")
    yield Two(*two_filled(api, worker), api, worker)
    api.dispose()
    worker.dispose()


def two_filled(api: Engine, worker: Engine) -> tuple[UUID, UUID]:
    """Two tenants, each with a row in every tenant table."""
    both = add_tenant(worker), add_tenant(worker)
    with worker.begin() as connection:
        for tenant_id in both:
            fill(connection, tenant_id)
        rollups.fold_all(connection)
        for tenant_id in both:  # what waits to be counted
            connection.execute(
                text(
                    "INSERT INTO rollup_deltas (tenant_id, grain, day, hour, operator, sender_id, status, messages)"
                    " VALUES (:tenant, 'h', '2026-11-21', 3, 'AWCC', 'BANK', 'sent', 0)"
                ),
                {"tenant": tenant_id},
            )
    for tenant_id in both:
        with tenant_transaction(api, tenant_id) as connection:
            fill_as_api(connection, tenant_id)
    return both


def person_of(tenant_id: UUID) -> UUID:
    """Whose the tenant's personal rows are."""
    return UUID(int=tenant_id.int ^ 1)


def fill(connection: Connection, tenant_id: UUID) -> None:
    message = new_message(
        tenant_id=tenant_id, submitted_at=AT, recipient="+93700000141", sender_id="BANK", source="api", external_id="a1",
        status=Status.DELIVERED, final_at=AT,
    )  # fmt: skip
    writes.insert_messages(connection, [message])
    named = {"tenant": tenant_id, "user": person_of(tenant_id), "email": f"{tenant_id.hex}@example.org"}
    for statement in (
        "INSERT INTO users (user_id, tenant_id, email, user_type) VALUES (:user, :tenant, :email, 'customer')",
        "INSERT INTO tam_assignments (tenant_id, user_id) VALUES (:tenant, :user)",
        "INSERT INTO ledger_entries (tenant_id, kind, debit, credit, amount)"
        " VALUES (:tenant, 'topup', 'payments', 'balance', 100)",
        "INSERT INTO tenant_prices (tenant_id, country, operator, price) VALUES (:tenant, 'AF', '*', 1)",
        "INSERT INTO outbound_messages (tenant_id, message_id, submitted_at, carrier, due_at, expires_at)"
        " VALUES (:tenant, :user, now(), 'simulator', now(), now())",
        "INSERT INTO simulated_receipts (tenant_id, message_id, seq, due_at, stat) VALUES (:tenant, :user, 1, now(), 'DELIVRD')",
        "INSERT INTO incidents (tenant_id, starts_at, title_key) VALUES (:tenant, now(), 'incident.outage')",
        "INSERT INTO platform_events (tenant_id, event_type, data) VALUES (:tenant, 'message.sent', '{}')",
        "INSERT INTO webhook_endpoints (tenant_id, url, events, status_at, sealed_secret, secret_at, created_at, updated_at)"
        " VALUES (:tenant, 'https://h.example', '{message.sent}', now(), 's', now(), now(), now())",
        "INSERT INTO webhook_deliveries (tenant_id, endpoint_id, event_id, event_type, payload)"
        " VALUES (:tenant, :user, :user, 'message.sent', '{}')",
        "INSERT INTO webhook_attempts (tenant_id, delivery_id, number, at, by_hand, url, request_headers,"
        " response_truncated, latency_ms) VALUES (:tenant, :user, 1, now(), false, 'https://h.example', '{}', false, 1)",
        "INSERT INTO webhook_hours (tenant_id, endpoint_id, hour, succeeded, failed) VALUES (:tenant, :user, now(), 1, 0)",
        "INSERT INTO import_runs (tenant_id, file_fingerprint, format) VALUES (:tenant, 'f', 'csv')",
        "INSERT INTO message_exports (tenant_id, created_by, created_at, format, include_text, asked, wanted)"
        " VALUES (:tenant, :user, now(), 'csv', false, '{}', '{}')",
        "INSERT INTO saved_views (tenant_id, user_id, name, filter, created_at, updated_at)"
        " VALUES (:tenant, :user, 'v', '{}', now(), now())",
        "INSERT INTO inbound_numbers (tenant_id, number, keyword) VALUES (:tenant, '3030', '')",
        "INSERT INTO inbound_messages (tenant_id, received_at, carrier, carrier_reference, sender, number, keyword, encoding, body)"
        " VALUES (:tenant, now(), 'kannel', 'r', '+93700000141', '3030', '', 'text', 'x')",
        "INSERT INTO api_keys (tenant_id, name, mode, scopes, prefix, last_four, key_hash)"
        " VALUES (:tenant, 'k', 'live', '{sms:send}', 'gsk_live_abcd', 'wxyz', sha256(CAST(:email AS bytea)))",
        "INSERT INTO api_key_usage (tenant_id, key_id, day, calls, refused) VALUES (:tenant, :user, current_date, 1, 0)",
        "INSERT INTO refused_calls (tenant_id, at, key_id, method, route, status, code, request_id)"
        " VALUES (:tenant, now(), :user, 'GET', '/v1/messages', 403, 'scope_missing', 'req_1')",
        "INSERT INTO invoices (tenant_id, number, period_start, period_end, currency, issued_at, issued_on, due_on, total,"
        " billed_through) VALUES (:tenant, 'n', '2026-10-01', '2026-10-31', 'AFN', now(), now(), now(), 1, 1)",
        "INSERT INTO invoice_lines (tenant_id, invoice_id, place, kind, messages, segments, amount)"
        " VALUES (:tenant, :user, 1, 'other', 0, 0, 1)",
        "INSERT INTO invoice_messages (tenant_id, line_id, submitted_at, message_id) VALUES (:tenant, :user, now(), :user)",
        "INSERT INTO billing_settings (tenant_id) VALUES (:tenant)",
        "INSERT INTO health_scores (tenant_id, day, weights_version, messages, delivered, rated, withheld, spend, spend_before,"
        " invoices, promoters, detractors, answers, computed_at) VALUES (:tenant, '2026-11-05', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, now())",
        "INSERT INTO health_current (tenant_id, day, band, known_weight, driver_effect, series, messages, spend)"
        " VALUES (:tenant, '2026-11-05', 'unknown', 0, 0, '{}', 0, 0)",
        "INSERT INTO health_runs (tenant_id, days, asked_at) VALUES (:tenant, 1, now())",
        "INSERT INTO nps_answers (tenant_id, user_id, at, score) VALUES (:tenant, :user, now(), 9)",
        "INSERT INTO ticket_days (tenant_id, day, opened, still_open) VALUES (:tenant, '2026-11-05', 1, 1)",
        "INSERT INTO ticket_accounts (tenant_id, organisation) VALUES (:tenant, 'acme')",
        "INSERT INTO tenant_notes (tenant_id, note_id, body, author_id, author_name, created_at, updated_at, updated_by_name)"
        " VALUES (:tenant, :user, 'secret of ours', :user, 'n', now(), now(), 'n')",
        "INSERT INTO tenant_note_versions (tenant_id, note_id, version, kind, body, at, person_id, person_name)"
        " VALUES (:tenant, :user, 1, 'created', 'secret of ours', now(), :user, 'n')",
        "INSERT INTO qbr_reports (tenant_id, period, language, comments_version, created_by, created_by_name, created_at)"
        " VALUES (:tenant, '2026-Q4', 'en', 0, :user, 'Somebody', now())",
        "INSERT INTO qbr_comments (tenant_id, period, version, texts, changed_at, changed_by, changed_by_name)"
        " VALUES (:tenant, '2026-Q4', 1, '{}', now(), :user, 'Somebody')",
        "INSERT INTO internal_reads (tenant_id, person_id, kind, slot, last_at) VALUES (:tenant, :user, 'k', now(), now())",
        "INSERT INTO audit_events (tenant_id, action, subject, details) VALUES (:tenant, 'a.b', 's', '{}')",
    ):
        connection.execute(text(statement), named)


def fill_as_api(connection: Connection, tenant_id: UUID) -> None:
    """What the API alone may write."""
    connection.execute(
        text("""
            INSERT INTO idempotency_keys (tenant_id, key_hash, fingerprint, expires_at)
            VALUES (:tenant, sha256(CAST(:name AS bytea)), sha256('x'), now())"""),
        {"tenant": tenant_id, "name": tenant_id.hex},
    )
    connection.execute(
        text("""
            INSERT INTO message_references (tenant_id, source, reference, message_id, submitted_at)
            VALUES (:tenant, 'api', 'r', :message, now())"""),
        {"tenant": tenant_id, "message": person_of(tenant_id)},
    )
