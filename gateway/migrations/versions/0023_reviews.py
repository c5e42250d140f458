"""Business reviews: what managers write into them, an index of what compliance did, and credits for service levels."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import IN_CARE, grant, protect

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ACCOUNTS = (
    ("topup", "payments", "balance"),
    ("reserve", "balance", "reserved"),
    ("charge", "reserved", "revenue"),
    ("charge", "balance", "revenue"),
    ("refund", "reserved", "balance"),
    ("refund", "revenue", "balance"),
    ("adjustment", "adjustments", "balance"),
    ("adjustment", "balance", "adjustments"),
)
_CREDIT = ("sla_credit", "sla_credits", "balance")


def upgrade() -> None:
    _moves((*_ACCOUNTS, _CREDIT))
    _credits("'topup', 'adjustment', 'sla_credit'")
    # One event in fifty tells of compliance; read by when it happened, without the messages.
    op.execute("""
        CREATE INDEX message_events_holds ON message_events (tenant_id, at)
        INCLUDE (status, seq, submitted_at, message_id, kind)
        WHERE kind = 'status' AND (status IN ('held', 'blocked') OR (status = 'queued' AND seq > 1))""")
    # Every version is kept: whoever was slower finds what was written meanwhile, and a report the words it was made with.
    op.execute("""
        CREATE TABLE qbr_comments (
            tenant_id uuid NOT NULL,
            period text NOT NULL CHECK (period ~ '^[0-9]{4}-Q[1-4]$'),
            version integer NOT NULL CHECK (version > 0),
            texts jsonb NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by uuid NOT NULL,
            changed_by_name text NOT NULL,
            PRIMARY KEY (tenant_id, period, version)
        )""")
    protect("qbr_comments", api=IN_CARE)
    grant("SELECT, INSERT", "qbr_comments", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "qbr_comments", "worker")


def downgrade() -> None:
    op.execute("DROP TABLE qbr_comments")
    op.execute("DROP INDEX message_events_holds")
    _credits("'topup', 'adjustment'")
    _moves(_ACCOUNTS)  # refused while there are credits: they cannot be forgotten


def _moves(accounts: tuple[tuple[str, str, str], ...]) -> None:
    allowed = ", ".join(str(each) for each in accounts)
    op.execute("ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_accounts")
    op.execute(
        f"ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_accounts CHECK ((kind, debit, credit) IN ({allowed}))"
    )


def _credits(kinds: str) -> None:
    # What came in pays what was charged: these few entries are summed whenever an invoice is shown.
    op.execute("DROP INDEX ledger_entries_credits")
    op.execute(f"""
        CREATE INDEX ledger_entries_credits ON ledger_entries (tenant_id, at, entry_id) WHERE kind IN ({kinds})""")
