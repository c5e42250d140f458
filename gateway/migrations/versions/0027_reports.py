"""Reports of business reviews: what was asked for, how far it is, and where the file is kept until when."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import IN_CARE, grant, protect

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each attempt makes a file of its own, so a worker that was only thought dead cannot spoil its successor's.
    op.execute("""
        CREATE TABLE qbr_reports (
            tenant_id uuid NOT NULL,
            report_id uuid NOT NULL DEFAULT uuidv7(),
            period text NOT NULL CHECK (period ~ '^[0-9]{4}-Q[1-4]$'),
            language text NOT NULL,
            comments_version integer NOT NULL,
            created_by uuid NOT NULL,
            created_by_name text NOT NULL,
            created_at timestamptz NOT NULL,
            status text NOT NULL DEFAULT 'queued'
                CHECK (status IN ('queued', 'running', 'ready', 'failed', 'expired')),
            progress smallint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
            attempt integer NOT NULL DEFAULT 0,
            started_at timestamptz,
            finished_at timestamptz,
            expires_at timestamptz,
            complete boolean,
            size_bytes bigint,
            sha256 text,
            glyphs text[] NOT NULL DEFAULT '{}',
            storage_key text,
            problem text,
            PRIMARY KEY (tenant_id, report_id)
        )""")
    # Two requests for the same are one report, also where they come at the same moment.
    op.execute("""
        CREATE UNIQUE INDEX qbr_reports_open ON qbr_reports (tenant_id, period, language, comments_version)
        WHERE status IN ('queued', 'running')""")
    op.execute("CREATE INDEX qbr_reports_id ON qbr_reports (report_id)")
    op.execute("CREATE INDEX qbr_reports_kept ON qbr_reports (expires_at) WHERE status <> 'queued'")
    protect("qbr_reports", api=IN_CARE)
    grant("SELECT", "qbr_reports", "api")
    grant(
        "INSERT (tenant_id, period, language, comments_version, created_by, created_by_name, created_at)",
        "qbr_reports",
        "api",
    )
    grant("SELECT, INSERT, UPDATE, DELETE", "qbr_reports", "worker")
    # The job is queued by the statement that asks for the report, so neither is ever there without the other.
    op.execute("""
        CREATE FUNCTION queue_qbr_report() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
                'reports', 'make_report', 0, 'report ' || NEW.tenant_id, NULL,
                jsonb_build_object('tenant_id', NEW.tenant_id, 'report_id', NEW.report_id), NULL
            )::procrastinate_job_to_defer_v1]);
            RETURN NULL;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION queue_qbr_report() FROM PUBLIC")
    op.execute("""
        CREATE TRIGGER queue_qbr_report AFTER INSERT ON qbr_reports
        FOR EACH ROW EXECUTE FUNCTION queue_qbr_report()""")


def downgrade() -> None:
    op.execute("DROP TABLE qbr_reports")
    op.execute("DROP FUNCTION queue_qbr_report()")
