"""API keys with their use by day, the calls that were refused, and the audit log."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY_COLUMNS = (
    "tenant_id, key_id, name, mode, scopes, prefix, last_four, allowed_ips, created_by, created_at, expires_at,"
    " revoked_at, works_until, rotated_from, successor_id, last_used_at"
)


def upgrade() -> None:
    _keys()
    _use()
    _audit()


def _keys() -> None:
    # The hash is keyed by a secret outside the database: whoever copies the table can neither use nor try keys.
    op.execute("""
        CREATE TABLE api_keys (
            tenant_id uuid NOT NULL,
            key_id uuid NOT NULL DEFAULT uuidv7(),
            name text NOT NULL CHECK (name <> ''),
            mode text NOT NULL CHECK (mode IN ('live', 'test')),
            scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
            prefix text NOT NULL,
            last_four char(4) NOT NULL,
            key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
            allowed_ips cidr[] NOT NULL DEFAULT '{}',
            created_by uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            revoked_at timestamptz,
            works_until timestamptz,
            rotated_from uuid,
            successor_id uuid,
            last_used_at timestamptz,
            PRIMARY KEY (tenant_id, key_id)
        ) WITH (fillfactor = 70)""")
    # Not unique, since a distributed database could not hold that without the tenant; two keys alike do not happen.
    op.execute("CREATE INDEX api_keys_hash ON api_keys (key_hash)")
    op.execute("""
        CREATE INDEX api_keys_grace ON api_keys (works_until) WHERE works_until IS NOT NULL AND revoked_at IS NULL""")
    protect("api_keys")
    grant(f"SELECT ({KEY_COLUMNS}), INSERT ({KEY_COLUMNS}, key_hash)", "api_keys", "api")
    grant("UPDATE (name, allowed_ips, expires_at, revoked_at, works_until, successor_id)", "api_keys", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "api_keys", "worker")
    # Whoever calls with a key has no tenant yet. The API's role finds the one key whose whole hash it has, through
    # this function and in no other way; it cannot read hashes, and it cannot list keys of tenants it is not in.
    op.execute("""
        CREATE FUNCTION find_api_key(wanted bytea)
        RETURNS TABLE (tenant_id uuid, key_id uuid, mode text, scopes text[], allowed_ips cidr[], expires_at timestamptz,
                       revoked_at timestamptz, works_until timestamptz)
        LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT k.tenant_id, k.key_id, k.mode, k.scopes, k.allowed_ips, k.expires_at, k.revoked_at, k.works_until
            FROM api_keys k WHERE k.key_hash = wanted LIMIT 1
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION find_api_key(bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION find_api_key(bytea) TO gateway_api")


def _use() -> None:
    op.execute("""
        CREATE TABLE api_key_usage (
            tenant_id uuid NOT NULL,
            key_id uuid NOT NULL,
            day date NOT NULL,
            calls bigint NOT NULL,
            refused bigint NOT NULL,
            PRIMARY KEY (tenant_id, key_id, day)
        ) WITH (fillfactor = 70)""")
    protect("api_key_usage")
    grant("SELECT", "api_key_usage", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "api_key_usage", "worker")
    op.execute("""
        CREATE TABLE refused_calls (
            tenant_id uuid NOT NULL,
            at timestamptz NOT NULL,
            call_id uuid NOT NULL DEFAULT uuidv7(),
            key_id uuid NOT NULL,
            method text NOT NULL,
            route text NOT NULL,
            status smallint NOT NULL,
            code text NOT NULL,
            request_id text NOT NULL,
            PRIMARY KEY (tenant_id, at, call_id)
        )""")
    op.execute("CREATE INDEX refused_calls_at ON refused_calls (at)")
    protect("refused_calls")
    grant("SELECT", "refused_calls", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "refused_calls", "worker")
    # What one process counted, of all its tenants at once: that is why it runs as the owner. Two processes write one
    # after the other, so that they never wait for each other's rows. Days are those of the account's own zone.
    op.execute("""
        CREATE FUNCTION record_api_key_calls(counted jsonb, refusals jsonb) RETURNS void
        LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtextextended('gateway.api_key_calls', 0));
            INSERT INTO api_key_usage AS u (tenant_id, key_id, day, calls, refused)
            SELECT k.tenant_id, k.key_id, (c.at AT TIME ZONE t.time_zone)::date, sum(c.calls), sum(c.refused)
            FROM jsonb_to_recordset(counted) AS c (tenant_id uuid, key_id uuid, at timestamptz, calls bigint, refused bigint)
            JOIN api_keys k ON k.tenant_id = c.tenant_id AND k.key_id = c.key_id
            JOIN tenants t ON t.tenant_id = k.tenant_id
            GROUP BY 1, 2, 3
            ON CONFLICT (tenant_id, key_id, day) DO UPDATE
                SET calls = u.calls + excluded.calls, refused = u.refused + excluded.refused;
            UPDATE api_keys k SET last_used_at = c.used_at
            FROM (SELECT tenant_id, key_id, max(used_at) AS used_at
                  FROM jsonb_to_recordset(counted) AS r (tenant_id uuid, key_id uuid, used_at timestamptz)
                  GROUP BY tenant_id, key_id) c
            WHERE k.tenant_id = c.tenant_id AND k.key_id = c.key_id
              AND c.used_at > coalesce(k.last_used_at, '-infinity');
            INSERT INTO refused_calls (tenant_id, at, key_id, method, route, status, code, request_id)
            SELECT tenant_id, at, key_id, method, route, status, code, request_id
            FROM jsonb_to_recordset(refusals) AS r (tenant_id uuid, at timestamptz, key_id uuid, method text, route text,
                                                    status smallint, code text, request_id text);
        END $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION record_api_key_calls(jsonb, jsonb) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION record_api_key_calls(jsonb, jsonb) TO gateway_api")


def _audit() -> None:
    op.execute("""
        CREATE TABLE audit_events (
            tenant_id uuid NOT NULL,
            audit_id uuid NOT NULL DEFAULT uuidv7(),
            at timestamptz NOT NULL DEFAULT now(),
            actor_id uuid,
            action text NOT NULL,
            subject text NOT NULL,
            details jsonb NOT NULL,
            PRIMARY KEY (tenant_id, audit_id)
        )""")
    protect("audit_events")
    # Written and read, never changed.
    grant("SELECT, INSERT", "audit_events", "api", "worker")


def downgrade() -> None:
    op.execute("DROP FUNCTION find_api_key(bytea), record_api_key_calls(jsonb, jsonb)")
    op.execute("DROP TABLE audit_events, refused_calls, api_key_usage, api_keys")
