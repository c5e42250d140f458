"""What every writing call stands on: answers kept for repeated requests, and the outbox of events."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The answer is sealed under the key that the client chose, of which only a digest is stored: whoever reads the
    # table finds no secret that an answer held.
    op.execute("""
        CREATE TABLE idempotency_keys (
            tenant_id uuid NOT NULL,
            key_hash bytea NOT NULL,
            fingerprint bytea NOT NULL,
            status smallint,
            sealed_answer bytea,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, key_hash)
        )""")
    op.execute("CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at)")
    protect("idempotency_keys")
    grant("SELECT, INSERT, UPDATE", "idempotency_keys", "api")
    grant("SELECT, DELETE", "idempotency_keys", "worker")
    op.execute("""
        CREATE TABLE platform_events (
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL DEFAULT uuidv7(),
            event_type text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            message_id uuid,
            data jsonb NOT NULL,
            PRIMARY KEY (tenant_id, event_id)
        )""")
    protect("platform_events")
    grant("SELECT, INSERT", "platform_events", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "platform_events", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE platform_events, idempotency_keys")
