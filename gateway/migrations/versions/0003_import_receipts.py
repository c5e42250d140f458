"""Receipts whose message is not imported yet, kept until it is."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE import_receipts (
            tenant_id uuid NOT NULL,
            reference text NOT NULL,
            foreign_id text NOT NULL,
            digest bytea NOT NULL,
            occurrence integer NOT NULL,
            import_id uuid NOT NULL,
            line bigint NOT NULL,
            at timestamptz NOT NULL,
            status text,
            error_code text,
            carrier_code text,
            detail text NOT NULL,
            refusal boolean NOT NULL,
            raw bytea NOT NULL,
            PRIMARY KEY (tenant_id, reference, digest, occurrence)
        )""")
    op.execute("CREATE INDEX import_receipts_run ON import_receipts (tenant_id, import_id, line)")
    protect("import_receipts")
    grant("SELECT, INSERT, UPDATE, DELETE", "import_receipts", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE import_receipts")
