"""The identity service: clients, signing keys, sign-in sessions, token families, logout notices, throttling."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import grant, protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# None of these belongs to one tenant (a session may be an internal user's), so under Citus they stay local tables.
TABLES = (
    "oidc_clients",
    "oidc_signing_keys",
    "oidc_sessions",
    "oidc_families",
    "oidc_codes",
    "oidc_refresh_tokens",
    "oidc_denylist",
    "oidc_logout_notices",
    "oidc_login_attempts",
)
# What the API needs to see that a token was revoked; secrets are in other columns and tables.
READABLE = ("oidc_sessions", "oidc_families", "oidc_denylist")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE oidc_clients (
            client_id text PRIMARY KEY,
            name text NOT NULL,
            secret_hash bytea NOT NULL,
            redirect_uris text[] NOT NULL CHECK (cardinality(redirect_uris) > 0),
            post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
            backchannel_logout_uri text,
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("""
        CREATE TABLE oidc_signing_keys (
            kid text PRIMARY KEY,
            public_jwk jsonb NOT NULL,
            sealed_private bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            signs_from timestamptz NOT NULL,
            published_until timestamptz
        )""")
    op.execute("""
        CREATE TABLE oidc_sessions (
            session_id uuid PRIMARY KEY DEFAULT uuidv7(),
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            cookie_hash bytea NOT NULL UNIQUE,
            auth_time timestamptz NOT NULL DEFAULT now(),
            amr text[] NOT NULL,
            ip inet,
            user_agent text,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_seen_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            end_reason text
        )""")
    op.execute("CREATE INDEX oidc_sessions_user ON oidc_sessions (user_id, session_id)")
    op.execute("""
        CREATE TABLE oidc_families (
            family_id uuid PRIMARY KEY DEFAULT uuidv7(),
            session_id uuid NOT NULL REFERENCES oidc_sessions ON DELETE CASCADE,
            client_id text NOT NULL REFERENCES oidc_clients ON DELETE CASCADE,
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            created_at timestamptz NOT NULL DEFAULT now(),
            revoked_at timestamptz,
            revoke_reason text
        )""")
    op.execute("CREATE INDEX oidc_families_session ON oidc_families (session_id)")
    op.execute("CREATE INDEX oidc_families_user ON oidc_families (user_id)")
    op.execute("""
        CREATE TABLE oidc_codes (
            code_hash bytea PRIMARY KEY,
            family_id uuid NOT NULL REFERENCES oidc_families ON DELETE CASCADE,
            redirect_uri text NOT NULL,
            scope text NOT NULL,
            nonce text,
            code_challenge text NOT NULL,
            auth_time timestamptz NOT NULL,
            amr text[] NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        )""")
    op.execute("CREATE INDEX oidc_codes_family ON oidc_codes (family_id)")
    op.execute("""
        CREATE TABLE oidc_refresh_tokens (
            token_hash bytea PRIMARY KEY,
            family_id uuid NOT NULL REFERENCES oidc_families ON DELETE CASCADE,
            scope text NOT NULL,
            issued_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            successor_hash bytea,
            successor_sealed bytea,
            CHECK ((used_at IS NULL) = (successor_hash IS NULL)),
            CHECK ((used_at IS NULL) = (successor_sealed IS NULL))
        )""")
    op.execute("CREATE INDEX oidc_refresh_tokens_family ON oidc_refresh_tokens (family_id)")
    op.execute("CREATE INDEX oidc_refresh_tokens_expiry ON oidc_refresh_tokens (expires_at)")
    op.execute("""
        CREATE TABLE oidc_denylist (
            token_id text PRIMARY KEY,
            expires_at timestamptz NOT NULL
        )""")
    op.execute("""
        CREATE TABLE oidc_logout_notices (
            notice_id uuid PRIMARY KEY DEFAULT uuidv7(),
            client_id text NOT NULL REFERENCES oidc_clients ON DELETE CASCADE,
            session_id uuid NOT NULL,
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            attempts smallint NOT NULL DEFAULT 0,
            next_attempt_at timestamptz NOT NULL DEFAULT now(),
            delivered_at timestamptz,
            last_problem text
        )""")
    op.execute("""
        CREATE INDEX oidc_logout_notices_due ON oidc_logout_notices (next_attempt_at) WHERE delivered_at IS NULL""")
    op.execute("""
        CREATE TABLE oidc_login_attempts (
            bucket bytea PRIMARY KEY,
            attempts integer NOT NULL,
            window_ends_at timestamptz NOT NULL
        )""")
    for table in TABLES:
        protect(table, api="true" if table in READABLE else "false", identity="true")
        grant("SELECT, INSERT, UPDATE, DELETE", table, "identity")
    # The worker removes what has expired.
    grant("SELECT, DELETE", ", ".join(TABLES), "worker")
    grant("SELECT (session_id, user_id, expires_at, ended_at)", "oidc_sessions", "api")
    grant("SELECT (family_id, session_id, client_id, user_id, revoked_at)", "oidc_families", "api")
    grant("SELECT", "oidc_denylist", "api")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
