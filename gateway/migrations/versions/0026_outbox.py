"""Events that are owed to the operator's other programs, in the order in which they came to be true."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE event_outbox (
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL DEFAULT uuidv7(),
            position bigint GENERATED ALWAYS AS IDENTITY,
            event_type text NOT NULL,
            subject text NOT NULL,
            at timestamptz NOT NULL,
            data jsonb NOT NULL,
            PRIMARY KEY (tenant_id, event_id)
        )""")
    op.execute("CREATE INDEX event_outbox_position ON event_outbox (position)")
    op.execute("CREATE INDEX event_outbox_at ON event_outbox (at)")
    protect("event_outbox")
    # Nothing for the API: what it may tell of a report stands with the report.
    grant("SELECT, INSERT, DELETE", "event_outbox", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE event_outbox")
