"""Sending: the ledger that pays, prices, the queue to carriers, and the simulator's receipts."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _ledger()
    _prices()
    _queue()
    _simulator()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


def _ledger() -> None:
    op.execute("CREATE TEMPORARY TABLE single_sided ON COMMIT DROP AS SELECT * FROM ledger_entries")
    op.execute("DROP TABLE ledger_entries")
    # Each entry takes `amount` from one account and gives it to another, so every sum over all accounts is zero. Which
    # accounts a kind moves between is closed: a new kind is a decision, not a typing mistake.
    op.execute("""
        CREATE TABLE ledger_entries (
            tenant_id uuid NOT NULL,
            entry_id uuid NOT NULL DEFAULT uuidv7(),
            at timestamptz NOT NULL DEFAULT now(),
            kind text NOT NULL,
            debit text NOT NULL,
            credit text NOT NULL,
            amount numeric(14, 4) NOT NULL CHECK (amount > 0),
            currency text NOT NULL DEFAULT 'AFN',
            message_id uuid,
            note text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id, entry_id),
            CONSTRAINT ledger_entries_accounts CHECK ((kind, debit, credit) IN (
                ('topup', 'payments', 'balance'),
                ('reserve', 'balance', 'reserved'),
                ('charge', 'reserved', 'revenue'),
                ('charge', 'balance', 'revenue'),
                ('refund', 'reserved', 'balance'),
                ('refund', 'revenue', 'balance'),
                ('adjustment', 'adjustments', 'balance'),
                ('adjustment', 'balance', 'adjustments'))),
            CONSTRAINT ledger_entries_message CHECK (
                (message_id IS NOT NULL) = ('reserved' IN (debit, credit)))
        )""")
    op.execute("CREATE INDEX ledger_entries_at ON ledger_entries (tenant_id, at, entry_id)")
    # What is reserved for a message is reserved once, and then either charged or given back, once.
    op.execute("""
        CREATE UNIQUE INDEX ledger_entries_reserved ON ledger_entries (tenant_id, message_id) WHERE kind = 'reserve'""")
    op.execute("""
        CREATE UNIQUE INDEX ledger_entries_closed ON ledger_entries (tenant_id, message_id) WHERE debit = 'reserved'""")
    protect("ledger_entries")
    # The API may spend a balance, never fill it.
    op.execute("""
        CREATE POLICY spending ON ledger_entries AS RESTRICTIVE FOR INSERT TO gateway_api
        WITH CHECK (kind = 'reserve' OR debit = 'reserved')""")
    grant("SELECT, INSERT", "ledger_entries", "api", "worker")
    op.execute("""
        CREATE TABLE ledger_balances (
            tenant_id uuid PRIMARY KEY,
            available numeric(16, 4) NOT NULL,
            reserved numeric(16, 4) NOT NULL
        ) WITH (fillfactor = 50)""")
    protect("ledger_balances")
    # Written by the trigger alone: no service can change a balance without an entry.
    grant("SELECT", "ledger_balances", "api", "worker")
    op.execute("""
        CREATE FUNCTION ledger_move() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            IF NEW.kind = 'reserve' THEN
                -- Waits for whoever else spends this balance, then looks at what is left; without enough there is no entry.
                UPDATE ledger_balances SET available = available - NEW.amount, reserved = reserved + NEW.amount
                WHERE tenant_id = NEW.tenant_id AND available >= NEW.amount;
                IF NOT FOUND THEN
                    RETURN NULL;
                END IF;
                RETURN NEW;
            END IF;
            INSERT INTO ledger_balances AS b (tenant_id, available, reserved)
            VALUES (NEW.tenant_id,
                    NEW.amount * ((NEW.credit = 'balance')::int - (NEW.debit = 'balance')::int),
                    NEW.amount * ((NEW.credit = 'reserved')::int - (NEW.debit = 'reserved')::int))
            ON CONFLICT (tenant_id) DO UPDATE
                SET available = b.available + excluded.available, reserved = b.reserved + excluded.reserved;
            RETURN NEW;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION ledger_move() FROM PUBLIC")
    op.execute("""
        CREATE TRIGGER ledger_move BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_move()""")
    # No service has the privilege; this holds for the owner too, and for whoever is granted too much one day.
    op.execute("""
        CREATE FUNCTION ledger_keep() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is append-only: correct an entry by another one' USING ERRCODE = '42501';
        END $$""")
    op.execute("""
        CREATE TRIGGER ledger_keep BEFORE UPDATE OR DELETE ON ledger_entries
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep()""")
    op.execute("""
        INSERT INTO ledger_entries (tenant_id, entry_id, at, kind, debit, credit, amount, currency, note)
        SELECT s.tenant_id, s.entry_id, s.at, n.kind, n.debit, n.credit, abs(s.amount), s.currency, s.note
        FROM single_sided s JOIN (VALUES
            ('topup', 1, 'topup', 'payments', 'balance'),
            ('topup', -1, 'adjustment', 'balance', 'adjustments'),
            ('charge', -1, 'charge', 'balance', 'revenue'),
            ('charge', 1, 'refund', 'revenue', 'balance'),
            ('refund', 1, 'refund', 'revenue', 'balance'),
            ('refund', -1, 'charge', 'balance', 'revenue'),
            ('adjustment', 1, 'adjustment', 'adjustments', 'balance'),
            ('adjustment', -1, 'adjustment', 'balance', 'adjustments')) AS n (was, sign, kind, debit, credit)
          ON n.was = s.kind AND n.sign = sign(s.amount)
        ORDER BY s.tenant_id, s.entry_id""")


def _prices() -> None:
    # One price per segment. '*' stands for every other country, or every other operator of the country.
    op.execute("""
        CREATE TABLE default_prices (
            currency text NOT NULL,
            country text NOT NULL CHECK (country ~ '^([A-Z]{2}|[*])$'),
            operator text NOT NULL CHECK (operator <> ''),
            price numeric(12, 4) NOT NULL CHECK (price >= 0),
            PRIMARY KEY (currency, country, operator)
        )""")
    op.execute("COMMENT ON TABLE default_prices IS 'reference: the list price, the same for every tenant'")
    grant("SELECT", "default_prices", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "default_prices", "worker")
    op.execute("""
        CREATE TABLE tenant_prices (
            tenant_id uuid NOT NULL,
            country text NOT NULL CHECK (country ~ '^([A-Z]{2}|[*])$'),
            operator text NOT NULL CHECK (operator <> ''),
            price numeric(12, 4) NOT NULL CHECK (price >= 0),
            PRIMARY KEY (tenant_id, country, operator)
        )""")
    protect("tenant_prices")
    grant("SELECT", "tenant_prices", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "tenant_prices", "worker")


def _queue() -> None:
    # A row from acceptance until the outcome is known. `due_at` is when something has to be done: submit it (waiting), find
    # out about a claim whose worker died (claimed), give up waiting for a receipt (sent).
    op.execute("""
        CREATE TABLE outbound_messages (
            tenant_id uuid NOT NULL,
            message_id uuid NOT NULL,
            submitted_at timestamptz NOT NULL,
            carrier text NOT NULL,
            state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'sent')),
            due_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            attempts integer NOT NULL DEFAULT 0,
            claim_id uuid,
            last_problem text,
            PRIMARY KEY (tenant_id, message_id),
            CHECK ((state = 'claimed') = (claim_id IS NOT NULL))
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)""")
    op.execute("""
        CREATE INDEX outbound_messages_waiting ON outbound_messages (carrier, tenant_id, due_at) WHERE state = 'waiting'""")
    op.execute("""
        CREATE INDEX outbound_messages_late ON outbound_messages (carrier, due_at) WHERE state <> 'waiting'""")
    protect("outbound_messages")
    grant("SELECT, INSERT, UPDATE, DELETE", "outbound_messages", "api", "worker")


def _simulator() -> None:
    op.execute("""
        CREATE TABLE simulated_receipts (
            tenant_id uuid NOT NULL,
            message_id uuid NOT NULL,
            seq smallint NOT NULL,
            due_at timestamptz NOT NULL,
            stat text NOT NULL,
            err text,
            delivered_at timestamptz,
            PRIMARY KEY (tenant_id, message_id, seq)
        )""")
    op.execute("CREATE INDEX simulated_receipts_due ON simulated_receipts (due_at) WHERE delivered_at IS NULL")
    protect("simulated_receipts")
    grant("SELECT, INSERT, UPDATE, DELETE", "simulated_receipts", "worker")
