"""Exports of the message log: what was asked for, how far it is, and until when the file is kept."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `asked` is the filter as it was written, for people; `wanted` the same as it was understood then, for the worker.
    # Each attempt writes a file of its own, so a worker that was only thought dead cannot spoil its successor's.
    op.execute("""
        CREATE TABLE message_exports (
            tenant_id uuid NOT NULL,
            export_id uuid NOT NULL DEFAULT uuidv7(),
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            format text NOT NULL CHECK (format IN ('csv', 'parquet')),
            include_text boolean NOT NULL,
            asked jsonb NOT NULL,
            wanted jsonb NOT NULL,
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'ready', 'failed', 'expired')),
            attempt integer NOT NULL DEFAULT 0,
            as_of timestamptz,
            rows_total bigint,
            rows_done bigint NOT NULL DEFAULT 0,
            size_bytes bigint,
            started_at timestamptz,
            finished_at timestamptz,
            expires_at timestamptz,
            problem text,
            PRIMARY KEY (tenant_id, export_id)
        )""")
    op.execute("""
        CREATE INDEX message_exports_open ON message_exports (created_at) WHERE status IN ('queued', 'running')""")
    op.execute("CREATE INDEX message_exports_kept ON message_exports (expires_at) WHERE status <> 'queued'")
    protect("message_exports")
    grant("SELECT, INSERT, DELETE", "message_exports", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "message_exports", "worker")
    # The job is queued by the statement that asks for the export, so neither is ever there without the other; and the
    # API's role needs no right on the queue. One export of a tenant at a time, and after the queue's own upkeep.
    op.execute("""
        CREATE FUNCTION queue_message_export() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
                'exports', 'write_export', -10, 'export ' || NEW.tenant_id, NULL,
                jsonb_build_object('tenant_id', NEW.tenant_id, 'export_id', NEW.export_id), NULL
            )::procrastinate_job_to_defer_v1]);
            RETURN NULL;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION queue_message_export() FROM PUBLIC")
    op.execute("""
        CREATE TRIGGER queue_message_export AFTER INSERT ON message_exports
        FOR EACH ROW EXECUTE FUNCTION queue_message_export()""")


def downgrade() -> None:
    op.execute("DROP TABLE message_exports")
    op.execute("DROP FUNCTION queue_message_export()")
