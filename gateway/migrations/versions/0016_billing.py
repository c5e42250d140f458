"""Billing: invoices with their lines and the messages they bill, terms of payment, the threshold of a low balance."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _invoices()
    _settings()
    # What came in pays what was charged, oldest first: these few entries are summed whenever an invoice is shown.
    op.execute("""
        CREATE INDEX ledger_entries_credits ON ledger_entries (tenant_id, at, entry_id)
        WHERE kind IN ('topup', 'adjustment')""")


def downgrade() -> None:
    op.execute("DROP INDEX ledger_entries_credits")
    op.execute("DROP TABLE billing_settings, invoice_messages, invoice_lines, invoices, invoice_numbers")


def _invoices() -> None:
    # `billed_through` is everything billed up to and with this invoice: what has come in is compared with it.
    # Whether it is paid is not written down anywhere, so it cannot differ from the ledger.
    op.execute("""
        CREATE TABLE invoices (
            tenant_id uuid NOT NULL,
            invoice_id uuid NOT NULL DEFAULT uuidv7(),
            number text NOT NULL,
            period_start date NOT NULL,
            period_end date NOT NULL CHECK (period_end >= period_start),
            currency text NOT NULL,
            issued_at timestamptz NOT NULL,
            issued_on date NOT NULL,
            due_on date NOT NULL,
            total numeric(16, 4) NOT NULL,
            billed_through numeric(18, 4) NOT NULL,
            watched boolean NOT NULL DEFAULT true,
            PRIMARY KEY (tenant_id, invoice_id)
        )""")
    op.execute("CREATE UNIQUE INDEX invoices_period ON invoices (tenant_id, period_start)")
    op.execute("CREATE INDEX invoices_watched ON invoices (due_on) WHERE watched")
    op.execute("""
        CREATE TABLE invoice_lines (
            tenant_id uuid NOT NULL,
            line_id uuid NOT NULL DEFAULT uuidv7(),
            invoice_id uuid NOT NULL,
            place smallint NOT NULL,
            kind text NOT NULL CHECK (kind IN ('messages', 'other', 'late')),
            operator text,
            country char(2),
            messages bigint NOT NULL,
            segments bigint NOT NULL,
            unit_price numeric(12, 4),
            amount numeric(16, 4) NOT NULL,
            PRIMARY KEY (tenant_id, line_id)
        )""")
    op.execute("CREATE UNIQUE INDEX invoice_lines_place ON invoice_lines (tenant_id, invoice_id, place)")
    # Which messages a line bills is written down and not looked up by its terms: messages that come later, with a date
    # in a month that is billed already, would fulfil these too.
    op.execute("""
        CREATE TABLE invoice_messages (
            tenant_id uuid NOT NULL,
            line_id uuid NOT NULL,
            submitted_at timestamptz NOT NULL,
            message_id uuid NOT NULL,
            PRIMARY KEY (tenant_id, line_id, submitted_at, message_id)
        )""")
    for table in ("invoices", "invoice_lines", "invoice_messages"):
        protect(table)
        grant("SELECT", table, "api")
        grant("SELECT, INSERT", table, "worker")
    grant("UPDATE (watched)", "invoices", "worker")
    # Numbers run without a gap through all accounts, by month: the row is locked until the invoice is there.
    op.execute("CREATE TABLE invoice_numbers (month text PRIMARY KEY, last integer NOT NULL)")
    protect("invoice_numbers", api="false")
    grant("SELECT, INSERT, UPDATE", "invoice_numbers", "worker")


def _settings() -> None:
    # A row only for who has something of their own. `billed_until`: the days before it are billed.
    op.execute("""
        CREATE TABLE billing_settings (
            tenant_id uuid PRIMARY KEY,
            due_days smallint NOT NULL DEFAULT 14 CHECK (due_days BETWEEN 0 AND 180),
            billed_until date,
            low_balance numeric(14, 4) CHECK (low_balance >= 0),
            low_since timestamptz
        )""")
    op.execute("CREATE INDEX billing_settings_low ON billing_settings (tenant_id) WHERE low_balance IS NOT NULL")
    protect("billing_settings")
    grant("SELECT", "billing_settings", "api")
    grant("INSERT (tenant_id, low_balance), UPDATE (low_balance)", "billing_settings", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "billing_settings", "worker")
