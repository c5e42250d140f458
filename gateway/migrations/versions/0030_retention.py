"""What several machines need to know: since when messages are kept, and which folders workers write to."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE message_retention (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            kept_from timestamptz NOT NULL
        )""")
    op.execute("COMMENT ON TABLE message_retention IS 'reference: messages before this moment are kept no longer'")
    # Written by `retire_messages` alone, which runs as the owner.
    grant("SELECT", "message_retention", "api", "worker")
    _ensure_month(refuses="""
            IF past <= (SELECT kept_from FROM message_retention) THEN
                RETURN false;
            END IF;""")  # fmt: skip
    _retire_messages()
    _drop_retired()
    op.execute("""
        CREATE TABLE shared_folders (
            kind text NOT NULL,
            mark uuid NOT NULL,
            host text NOT NULL,
            seen_at timestamptz NOT NULL,
            PRIMARY KEY (kind, mark)
        )""")
    op.execute("COMMENT ON TABLE shared_folders IS 'reference: of workers, not of tenants'")
    grant("SELECT", "shared_folders", "api", "worker")
    grant("INSERT, UPDATE", "shared_folders", "worker")
    # A unique constraint has to hold the distribution column where a database spans several machines. The order stays:
    # the queue is taken by its number.
    op.execute("ALTER TABLE rollup_deltas DROP CONSTRAINT rollup_deltas_pkey, ADD PRIMARY KEY (delta_id, tenant_id)")


def downgrade() -> None:
    op.execute("ALTER TABLE rollup_deltas DROP CONSTRAINT rollup_deltas_pkey, ADD PRIMARY KEY (delta_id)")
    op.execute("DROP FUNCTION drop_retired()")
    op.execute("DROP FUNCTION retire_messages(timestamptz)")
    for parent in ("messages", "message_events"):
        op.execute(f"ALTER TABLE {parent}_default DROP CONSTRAINT IF EXISTS kept")
    op.execute("DROP TABLE shared_folders")
    op.execute("DROP TABLE message_retention")
    _ensure_month()


def _ensure_month(refuses: str = "") -> None:
    """As 0001 made it, but for months that were retired: they are not made again."""
    op.execute(f"""
        CREATE OR REPLACE FUNCTION ensure_month(day date) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            first timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
            past timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
            parent text;
            child text;
            made boolean := false;
        BEGIN{refuses}
            IF to_regclass('messages_' || to_char(day, 'YYYY_MM')) IS NOT NULL
               AND to_regclass('message_events_' || to_char(day, 'YYYY_MM')) IS NOT NULL THEN
                RETURN false;
            END IF;
            PERFORM pg_advisory_xact_lock(hashtextextended('gateway.partitions', 0));
            FOREACH parent IN ARRAY ARRAY['messages', 'message_events'] LOOP
                child := parent || '_' || to_char(day, 'YYYY_MM');
                CONTINUE WHEN to_regclass(child) IS NOT NULL;
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
                EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
                EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
                EXECUTE format('CREATE POLICY maintenance ON %I TO gateway_owner USING (true) WITH CHECK (true)', child);
                EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %I WHERE submitted_at >= $1 AND submitted_at < $2 RETURNING *)
                     INSERT INTO %I SELECT * FROM moved', parent || '_default', child) USING first, past;
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, first, past);
                made := true;
            END LOOP;
            RETURN made;
        END $$""")


def _retire_messages() -> None:
    # DETACH … CONCURRENTLY is refused where there is a default partition, and without one a message of a month that
    # nobody made would be refused. So the locks are taken plainly, for as long as changing the catalog takes; the
    # caller's lock_timeout bounds what everybody else waits. No statement names a parent: no trigger fires, and the
    # rollups stay as they are. What comes later for a month that is gone meets the check of the default partition.
    op.execute("""
        CREATE FUNCTION retire_messages(until timestamptz) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            parent text;
            child text;
            retired integer := 0;
        BEGIN
            IF until <> date_trunc('month', until AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' OR until > now() THEN
                RAISE 'messages are retired by whole months that are over, not until %', until;
            END IF;
            PERFORM pg_advisory_xact_lock(hashtextextended('gateway.partitions', 0));
            FOREACH parent IN ARRAY ARRAY['messages', 'message_events'] LOOP
                EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
                FOR child IN
                    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE i.inhparent = parent::regclass AND c.relname <> parent || '_default'
                      AND right(c.relname, 7) < to_char(until AT TIME ZONE 'UTC', 'YYYY_MM') ORDER BY 1 LOOP
                    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, child);
                    retired := retired + 1;
                END LOOP;
                EXECUTE format('DELETE FROM %I WHERE submitted_at < %L', parent || '_default', until);
                EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS kept', parent || '_default');
                EXECUTE format('ALTER TABLE %I ADD CONSTRAINT kept CHECK (submitted_at >= %L)', parent || '_default', until);
            END LOOP;
            INSERT INTO message_retention AS r (kept_from) VALUES (until)
            ON CONFLICT (only_row) DO UPDATE SET kept_from = greatest(r.kept_from, excluded.kept_from);
            RETURN retired;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION retire_messages(timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION retire_messages(timestamptz) TO gateway_worker")


def _drop_retired() -> None:
    # Nobody can read what is detached, so nobody is waited for, but who began before.
    op.execute("""
        CREATE FUNCTION drop_retired() RETURNS text[]
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            dropped text[] := '{}';
            name text;
        BEGIN
            FOR name IN
                SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
                  AND c.relname ~ '^(messages|message_events)_[0-9]{4}_[0-9]{2}$'
                  AND right(c.relname, 7)
                      < (SELECT to_char(kept_from AT TIME ZONE 'UTC', 'YYYY_MM') FROM message_retention) ORDER BY 1 LOOP
                EXECUTE format('DROP TABLE %I', name);
                dropped := dropped || name;
            END LOOP;
            RETURN dropped;
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION drop_retired() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION drop_retired() TO gateway_worker")
