"""Tenants, users, the partitioned message log with its events, rollups kept by triggers, the ledger, the job queue."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

from gateway.migrations.protection import ACTOR, TENANT, grant, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _messages()
    _partitions()
    _rollups()
    _rollup_triggers()
    _ledger_and_incidents()
    _imports()
    _jobs()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


def _accounts() -> None:
    op.execute("""
        CREATE TABLE tenants (
            tenant_id uuid PRIMARY KEY DEFAULT uuidv7(),
            slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
            name text NOT NULL CHECK (name <> ''),
            time_zone text NOT NULL DEFAULT 'Asia/Kabul' CHECK (now() AT TIME ZONE time_zone IS NOT NULL),
            currency text NOT NULL DEFAULT 'AFN' CHECK (currency ~ '^[A-Z]{3}$'),
            locale text NOT NULL DEFAULT 'fa-AF',
            is_demo boolean NOT NULL DEFAULT false,
            created_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("""
        CREATE TABLE users (
            user_id uuid PRIMARY KEY DEFAULT uuidv7(),
            tenant_id uuid REFERENCES tenants,
            email text NOT NULL UNIQUE CHECK (email = lower(email)),
            name text NOT NULL DEFAULT '',
            user_type text NOT NULL CHECK (user_type IN ('customer', 'internal')),
            roles text[] NOT NULL DEFAULT '{}',
            password_hash text,
            locale text,
            time_zone text,
            calendar text,
            digits text,
            disabled_at timestamptz,
            is_demo boolean NOT NULL DEFAULT false,
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK ((user_type = 'customer') = (tenant_id IS NOT NULL))
        )""")
    op.execute("CREATE INDEX users_tenant ON users (tenant_id)")
    op.execute("""
        CREATE TABLE tam_assignments (
            tenant_id uuid NOT NULL REFERENCES tenants,
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            PRIMARY KEY (tenant_id, user_id)
        )""")
    op.execute("CREATE INDEX tam_assignments_user ON tam_assignments (user_id)")
    # The inner queries run under the policies of `users` and `tam_assignments`: they see the actor's own rows.
    protect(
        "tenants",
        api=f"""{TENANT}
            OR EXISTS (SELECT FROM tam_assignments a WHERE a.tenant_id = tenants.tenant_id AND {ACTOR.replace("user_id", "a.user_id")})
            OR EXISTS (SELECT FROM users u WHERE {ACTOR.replace("user_id", "u.user_id")}
                       AND u.user_type = 'internal' AND u.disabled_at IS NULL AND 'platform_admin' = ANY (u.roles))""",
        identity="true",
    )
    protect("users", api=f"{TENANT} OR {ACTOR}", identity="true")
    protect("tam_assignments", api=f"{TENANT} OR {ACTOR}", identity="true")
    grant("SELECT", "tenants, tam_assignments", "api", "identity")
    grant("SELECT", "users", "identity")
    # All but the password's hash, which the API has no business with.
    grant(
        "SELECT (user_id, tenant_id, email, name, user_type, roles, locale, time_zone, calendar, digits, disabled_at,"
        " is_demo, created_at)",
        "users",
        "api",
    )
    grant("UPDATE (locale, time_zone, calendar, digits, name)", "users", "api")
    grant("INSERT, UPDATE, DELETE", "users", "identity")
    grant("SELECT, INSERT, UPDATE, DELETE", "tenants, users, tam_assignments", "worker")
    op.execute("""
        CREATE TABLE error_codes (
            code text PRIMARY KEY,
            permanent boolean NOT NULL
        )""")
    op.execute("COMMENT ON TABLE error_codes IS 'reference: the same for every tenant'")
    grant("SELECT", "error_codes", "api", "worker")


def _messages() -> None:
    op.execute("""
        CREATE TYPE message_status AS ENUM
            ('queued', 'held', 'sent', 'delivered', 'failed', 'expired', 'rejected', 'blocked')""")
    # The months are ranges in UTC. There is no foreign key to tenants: row-level security already ties the rows down,
    # and a check per row would cost a tenth of the import.
    op.execute("""
        CREATE TABLE messages (
            tenant_id uuid NOT NULL,
            submitted_at timestamptz NOT NULL,
            message_id uuid NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            sent_at timestamptz,
            final_at timestamptz,
            api_key_id uuid,
            status message_status NOT NULL,
            segments smallint NOT NULL CHECK (segments >= 0),
            price numeric(12, 4) NOT NULL DEFAULT 0 CHECK (price >= 0),
            country char(2) NOT NULL,
            operator text NOT NULL,
            destination text NOT NULL,
            recipient text NOT NULL CHECK (octet_length(recipient) <= 32),
            sender_id text NOT NULL CHECK (octet_length(sender_id) <= 64),
            encoding text NOT NULL CHECK (encoding IN ('GSM-7', 'UCS-2')),
            source text NOT NULL,
            error_code text,
            carrier_code text,
            external_id text,
            body text,
            PRIMARY KEY (tenant_id, submitted_at, message_id)
        ) PARTITION BY RANGE (submitted_at)""")
    for name, columns in (
        ("recipient", "tenant_id, recipient text_pattern_ops, submitted_at"),
        ("sender", "tenant_id, sender_id, submitted_at"),
        ("operator", "tenant_id, operator, submitted_at"),
    ):
        op.execute(f"CREATE INDEX messages_{name} ON messages ({columns})")
    # Equality of enums is not leak-proof, so under row-level security a status cannot be looked up in an index; the
    # predicate of a partial index can. Delivered messages, nearly all, are read in the order of the primary key.
    for status in ("queued", "held", "sent", "failed", "expired", "rejected", "blocked"):
        op.execute(f"CREATE INDEX messages_{status} ON messages (tenant_id, submitted_at) WHERE status = '{status}'")
    # Foreign traffic is rare where it exists at all, and then it is what people look for.
    op.execute("CREATE INDEX messages_foreign ON messages (tenant_id, country, submitted_at) WHERE country <> 'AF'")
    op.execute("""
        CREATE INDEX messages_error ON messages (tenant_id, error_code, submitted_at) WHERE error_code IS NOT NULL""")
    # Nearly all messages stay in the country; for the others a search by country must not read the whole log.
    op.execute("""
        CREATE INDEX messages_abroad ON messages (tenant_id, country, submitted_at) WHERE country <> 'AF'""")
    # For receipts that name a message by the sender's own id and not by its time.
    op.execute("""
        CREATE INDEX messages_external ON messages (tenant_id, external_id) WHERE external_id IS NOT NULL""")
    op.execute("""
        CREATE TABLE message_events (
            tenant_id uuid NOT NULL,
            submitted_at timestamptz NOT NULL,
            message_id uuid NOT NULL,
            at timestamptz NOT NULL,
            seq smallint NOT NULL,
            status message_status,
            kind text NOT NULL CHECK (kind IN ('status', 'receipt')),
            source text NOT NULL,
            carrier_code text,
            detail text,
            PRIMARY KEY (tenant_id, submitted_at, message_id, seq)
        ) PARTITION BY RANGE (submitted_at)""")
    op.execute("CREATE TABLE messages_default PARTITION OF messages DEFAULT")
    op.execute("CREATE TABLE message_events_default PARTITION OF message_events DEFAULT")
    for table in ("messages", "message_events"):
        protect(table)
        # Named directly a partition would not ask its parent's policies: nobody but the owner gets in.
        op.execute(f"ALTER TABLE {table}_default ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table}_default FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY maintenance ON {table}_default TO gateway_owner USING (true) WITH CHECK (true)")
    grant("SELECT, INSERT, UPDATE", "messages", "api")
    grant("SELECT, INSERT", "message_events", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "messages", "worker")
    grant("SELECT, INSERT, DELETE", "message_events", "worker")


def _partitions() -> None:
    # Rows that came before their month existed lie in the default partition. They are moved into the new table before
    # it is attached; neither statement names the parent, so no trigger fires and the rollups stay as they are.
    op.execute("""
        CREATE FUNCTION ensure_month(day date) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            first timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
            past timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
            parent text;
            child text;
            made boolean := false;
        BEGIN
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
    op.execute("REVOKE EXECUTE ON FUNCTION ensure_month(date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ensure_month(date) TO gateway_worker")
    op.execute("SELECT ensure_month((now() + make_interval(months => m))::date) FROM generate_series(-1, 2) m")


ROLLUPS = {
    "rollup_daily": "day, operator, country, status, error_code",
    "rollup_senders": "sender_id, day, operator, country, status, error_code",
    "rollup_sender_totals": "day, sender_id, status",
    "rollup_destinations": "day, operator, country, destination, status",
    "rollup_sender_destinations": "sender_id, day, operator, country, destination, status",
    "rollup_hours": "day, operator, status",
    "rollup_sender_hours": "sender_id, day, operator, status",
    "rollup_latency": "day, operator, bucket",
    "rollup_latency_totals": "day, bucket",
    "rollup_sender_latency": "sender_id, day, operator, bucket",
}
TYPES = {"day": "date", "status": "message_status", "bucket": "smallint", "country": "char(2)"}


def _rollups() -> None:
    hours = "".join(f", m{h:02} bigint NOT NULL DEFAULT 0" for h in range(24))
    hours += "".join(f", a{h:02} numeric NOT NULL DEFAULT 0" for h in range(24))
    for table, keys in ROLLUPS.items():
        columns = ", ".join(f"{key} {TYPES.get(key, 'text')} NOT NULL" for key in keys.split(", "))
        measures = "messages bigint NOT NULL"
        if "hours" in table:
            measures += hours
        elif "latency" not in table:
            measures += ", segments bigint NOT NULL, spend numeric NOT NULL"
        # Room on the page keeps the once-a-second updates inside it.
        op.execute(f"""
            CREATE TABLE {table} (tenant_id uuid NOT NULL, {columns}, {measures}, PRIMARY KEY (tenant_id, {keys}))
            WITH (fillfactor = 80)""")
        protect(table)
        grant("SELECT", table, "api")
        grant("SELECT, INSERT, UPDATE, DELETE", table, "worker")
    op.execute("CREATE INDEX rollup_senders_operator ON rollup_senders (tenant_id, operator, day)")
    # A queue, not a table: emptied every second, so it is vacuumed by count and not by share.
    op.execute("""
        CREATE TABLE rollup_deltas (
            delta_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            tenant_id uuid NOT NULL,
            grain "char" NOT NULL CHECK (grain IN ('c', 'h', 'l')),
            day date NOT NULL,
            hour smallint,
            bucket smallint,
            operator text NOT NULL,
            sender_id text NOT NULL,
            country char(2),
            destination text,
            status message_status NOT NULL,
            error_code text,
            messages integer NOT NULL,
            segments integer NOT NULL DEFAULT 0,
            spend numeric NOT NULL DEFAULT 0
        ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)""")
    protect("rollup_deltas")
    grant("SELECT, INSERT, DELETE", "rollup_deltas", "worker")
    op.execute("""
        CREATE TABLE tenant_revisions (
            tenant_id uuid PRIMARY KEY,
            revision bigint NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now()
        ) WITH (fillfactor = 50)""")
    protect("tenant_revisions")
    grant("SELECT", "tenant_revisions", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "tenant_revisions", "worker")


# Upper bounds in milliseconds; the same list stands in gateway/domain/latency.py and a test compares them.
E12 = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)
LATENCY_BOUNDS = [step * 10**power for power in range(1, 8) for step in E12]


def _rollup_triggers() -> None:
    op.execute(f"""
        CREATE FUNCTION latency_bucket(submitted_at timestamptz, final_at timestamptz) RETURNS smallint
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN width_bucket(
            floor(extract(epoch FROM final_at - submitted_at) * 1000)::bigint,
            ARRAY[{", ".join(map(str, LATENCY_BOUNDS))}]::bigint[])::smallint""")
    # One reading of the changed rows per grain. The triggers run as the owner: a service cannot write rollups itself,
    # and whoever writes messages cannot forget them.
    for event, rows in {
        "insert": "SELECT *, 1 AS sign FROM new_rows",
        "delete": "SELECT *, -1 AS sign FROM old_rows",
        "update": "SELECT *, 1 AS sign FROM new_rows UNION ALL SELECT *, -1 AS sign FROM old_rows",
    }.items():
        op.execute(f"""
            CREATE FUNCTION messages_count_{event}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            BEGIN
                {delta_statements(rows)}
                RETURN NULL;
            END $$""")
        op.execute(f"REVOKE EXECUTE ON FUNCTION messages_count_{event}() FROM PUBLIC")
        tables = {
            "insert": "NEW TABLE AS new_rows",
            "delete": "OLD TABLE AS old_rows",
            "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        }[event]
        op.execute(f"""
            CREATE TRIGGER messages_count_{event} AFTER {event.upper()} ON messages REFERENCING {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION messages_count_{event}()""")
    op.execute(f"""
        CREATE FUNCTION requeue_rollups(tenant uuid) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            {delta_statements("SELECT *, 1 AS sign FROM messages WHERE tenant_id = tenant")}
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION requeue_rollups(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION requeue_rollups(uuid) TO gateway_worker")


def delta_statements(rows: str) -> str:
    """The statements that turn signed message rows into deltas of the three grains."""
    source = f"""(SELECT m.*, (m.submitted_at AT TIME ZONE coalesce(t.time_zone, 'UTC')) AS local
                  FROM ({rows}) m LEFT JOIN tenants t ON t.tenant_id = m.tenant_id) r"""
    return f"""
        INSERT INTO rollup_deltas
            (tenant_id, grain, day, operator, sender_id, country, destination, status, error_code, messages, segments, spend)
        SELECT tenant_id, 'c', local::date, operator, sender_id, country, destination, status, coalesce(error_code, ''),
               sum(sign), sum(sign * segments), sum(sign * price)
        FROM {source}
        GROUP BY tenant_id, local::date, operator, sender_id, country, destination, status, coalesce(error_code, '')
        HAVING sum(sign) <> 0 OR sum(sign * segments) <> 0 OR sum(sign * price) <> 0;
        INSERT INTO rollup_deltas (tenant_id, grain, day, hour, operator, sender_id, status, messages, spend)
        SELECT tenant_id, 'h', local::date, extract(hour FROM local), operator, sender_id, status,
               sum(sign), sum(sign * price)
        FROM {source}
        GROUP BY tenant_id, local::date, extract(hour FROM local), operator, sender_id, status
        HAVING sum(sign) <> 0 OR sum(sign * price) <> 0;
        INSERT INTO rollup_deltas (tenant_id, grain, day, bucket, operator, sender_id, status, messages)
        SELECT tenant_id, 'l', local::date, latency_bucket(submitted_at, final_at), operator, sender_id, status, sum(sign)
        FROM {source}
        WHERE status = 'delivered' AND final_at IS NOT NULL
        GROUP BY tenant_id, local::date, latency_bucket(submitted_at, final_at), operator, sender_id, status
        HAVING sum(sign) <> 0;"""


def _ledger_and_incidents() -> None:
    op.execute("""
        CREATE TABLE ledger_entries (
            tenant_id uuid NOT NULL,
            entry_id uuid NOT NULL DEFAULT uuidv7(),
            at timestamptz NOT NULL DEFAULT now(),
            kind text NOT NULL CHECK (kind IN ('topup', 'charge', 'refund', 'adjustment')),
            amount numeric(14, 4) NOT NULL,
            currency text NOT NULL DEFAULT 'AFN',
            note text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id, entry_id)
        )""")
    op.execute("CREATE INDEX ledger_entries_at ON ledger_entries (tenant_id, at)")
    protect("ledger_entries")
    grant("SELECT", "ledger_entries", "api")
    grant("SELECT, INSERT", "ledger_entries", "worker")
    op.execute("""
        CREATE TABLE incidents (
            incident_id uuid PRIMARY KEY DEFAULT uuidv7(),
            tenant_id uuid,
            operator text,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz CHECK (ends_at >= starts_at),
            title_key text NOT NULL
        )""")
    protect("incidents", api=f"tenant_id IS NULL OR {TENANT}")
    grant("SELECT", "incidents", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "incidents", "worker")


def _imports() -> None:
    op.execute("""
        CREATE TABLE import_runs (
            tenant_id uuid NOT NULL,
            import_id uuid NOT NULL DEFAULT uuidv7(),
            file_fingerprint text NOT NULL,
            format text NOT NULL,
            state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed')),
            offset_bytes bigint NOT NULL DEFAULT 0,
            offset_rows bigint NOT NULL DEFAULT 0,
            counts jsonb NOT NULL DEFAULT '{}',
            rejects_path text,
            started_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            PRIMARY KEY (tenant_id, import_id),
            UNIQUE (tenant_id, file_fingerprint, format)
        )""")
    protect("import_runs")
    grant("SELECT", "import_runs", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "import_runs", "worker")


def _jobs() -> None:
    # The queue's own schema, as its library writes it (not through SQLAlchemy, which looks for parameters in it).
    # Only the worker works on it.
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())
    op.execute("""
        DO $$
        DECLARE item record;
        BEGIN
            FOR item IN SELECT oid::regclass AS name FROM pg_class
                        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname LIKE 'procrastinate%' LOOP
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO gateway_worker', item.name);
            END LOOP;
            FOR item IN SELECT oid::regclass AS name FROM pg_class
                        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relname LIKE 'procrastinate%' LOOP
                EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO gateway_worker', item.name);
            END LOOP;
            FOR item IN SELECT oid::regprocedure AS name FROM pg_proc
                        WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate%' LOOP
                EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', item.name);
                EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO gateway_worker', item.name);
            END LOOP;
        END $$""")
