"""Which organisation of the support system a tenant is, and what was last known of its tickets."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import IN_CARE, grant, protect

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # `tickets` are the last ones as they were told, shared by all processes: [{…}], null before the first answer.
    # `problem` is why there was no newer answer at `failed_at`; `tried_at` is when the worker last asked to count.
    op.execute("""
        CREATE TABLE ticket_accounts (
            tenant_id uuid PRIMARY KEY,
            organisation text CHECK (organisation <> '' AND char_length(organisation) <= 200),
            tickets jsonb,
            fetched_at timestamptz,
            problem text,
            failed_at timestamptz,
            retry_at timestamptz,
            tried_at timestamptz,
            CHECK ((tickets IS NULL) = (fetched_at IS NULL)),
            CHECK ((problem IS NULL) = (failed_at IS NULL))
        )""")
    op.execute("CREATE INDEX ticket_accounts_due ON ticket_accounts (tried_at) WHERE organisation IS NOT NULL")
    protect("ticket_accounts", api=IN_CARE)
    grant("SELECT, INSERT, UPDATE (organisation, tickets, fetched_at, problem, failed_at, retry_at, tried_at)", "ticket_accounts", "api")  # fmt: skip
    grant("SELECT, INSERT, UPDATE, DELETE", "ticket_accounts", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE ticket_accounts")
