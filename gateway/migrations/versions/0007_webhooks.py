"""Webhook endpoints, the deliveries owed to them, and every attempt at one."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What the API may change of an endpoint; how it fares is written by whoever delivers.
SETTABLE = (
    "url, description, events, status, status_reason, status_at, sealed_secret, previous_secret, previous_until,"
    " secret_at, failing_since, last_failure_at, last_error, updated_at"
)


def upgrade() -> None:
    _endpoints()
    _deliveries()
    _attempts()
    _hours()


def _endpoints() -> None:
    op.execute("""
        CREATE TABLE webhook_endpoints (
            tenant_id uuid NOT NULL,
            endpoint_id uuid NOT NULL DEFAULT uuidv7(),
            url text NOT NULL,
            description text NOT NULL DEFAULT '',
            events text[] NOT NULL CHECK (cardinality(events) > 0),
            status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled', 'auto_disabled')),
            status_reason text CHECK (status_reason IN ('by_user', 'gone', 'failing')),
            status_at timestamptz NOT NULL,
            sealed_secret bytea NOT NULL,
            secret_at timestamptz NOT NULL,
            previous_secret bytea,
            previous_until timestamptz,
            failing_since timestamptz,
            last_success_at timestamptz,
            last_failure_at timestamptz,
            last_error text,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, endpoint_id),
            CHECK ((status = 'enabled') = (status_reason IS NULL)),
            CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
        ) WITH (fillfactor = 70)""")
    protect("webhook_endpoints")
    grant("SELECT, INSERT, DELETE", "webhook_endpoints", "api")
    grant(f"UPDATE ({SETTABLE})", "webhook_endpoints", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "webhook_endpoints", "worker")


def _deliveries() -> None:
    # The payload is kept as the text that is signed: a retry sends the same bytes. `due_at` is when the next attempt
    # is owed, and while one is under way when it is owed again should its worker die. A resend by hand goes first and
    # leaves in `resume_at` when the schedule goes on.
    op.execute("""
        CREATE TABLE webhook_deliveries (
            tenant_id uuid NOT NULL,
            delivery_id uuid NOT NULL DEFAULT uuidv7(),
            endpoint_id uuid NOT NULL,
            event_id uuid NOT NULL,
            event_type text NOT NULL,
            message_id uuid,
            is_test boolean NOT NULL DEFAULT false,
            payload text NOT NULL,
            status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
            created_at timestamptz NOT NULL DEFAULT now(),
            due_at timestamptz,
            by_hand boolean NOT NULL DEFAULT false,
            resume_at timestamptz,
            step smallint NOT NULL DEFAULT 0,
            attempts smallint NOT NULL DEFAULT 0,
            http_status smallint,
            error_kind text,
            last_attempt_at timestamptz,
            completed_at timestamptz,
            PRIMARY KEY (tenant_id, delivery_id),
            CHECK ((status = 'pending') = (completed_at IS NULL))
        ) WITH (fillfactor = 80)""")
    op.execute("""
        CREATE INDEX webhook_deliveries_log
            ON webhook_deliveries (tenant_id, endpoint_id, created_at DESC, delivery_id DESC)""")
    op.execute("""
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, endpoint_id, due_at)
            WHERE due_at IS NOT NULL""")
    op.execute("""
        CREATE INDEX webhook_deliveries_message ON webhook_deliveries (tenant_id, message_id)
            WHERE message_id IS NOT NULL""")
    op.execute("CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at)")
    protect("webhook_deliveries")
    grant("SELECT, INSERT", "webhook_deliveries", "api")
    # A resend, and a recovery: everything else about a delivery is the worker's to write.
    grant("UPDATE (due_at, by_hand, resume_at, status, step, completed_at)", "webhook_deliveries", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "webhook_deliveries", "worker")


def _attempts() -> None:
    op.execute("""
        CREATE TABLE webhook_attempts (
            tenant_id uuid NOT NULL,
            delivery_id uuid NOT NULL,
            number smallint NOT NULL,
            at timestamptz NOT NULL,
            by_hand boolean NOT NULL,
            url text NOT NULL,
            request_headers jsonb NOT NULL,
            http_status smallint,
            response_headers jsonb,
            response_body text,
            response_truncated boolean NOT NULL,
            error_kind text,
            error_detail text,
            latency_ms integer NOT NULL,
            PRIMARY KEY (tenant_id, delivery_id, number)
        )""")
    protect("webhook_attempts")
    grant("SELECT", "webhook_attempts", "api")
    grant("SELECT, INSERT, DELETE", "webhook_attempts", "worker")


def _hours() -> None:
    op.execute("""
        CREATE TABLE webhook_hours (
            tenant_id uuid NOT NULL,
            endpoint_id uuid NOT NULL,
            hour timestamptz NOT NULL,
            succeeded integer NOT NULL,
            failed integer NOT NULL,
            PRIMARY KEY (tenant_id, endpoint_id, hour)
        ) WITH (fillfactor = 70)""")
    protect("webhook_hours")
    grant("SELECT", "webhook_hours", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "webhook_hours", "worker")
    op.execute("CREATE INDEX platform_events_age ON platform_events (at)")


def downgrade() -> None:
    op.execute("DROP INDEX platform_events_age")
    op.execute("DROP TABLE webhook_hours, webhook_attempts, webhook_deliveries, webhook_endpoints")
