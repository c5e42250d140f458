"""Notes that the platform's own people write about a tenant, with all they ever said; lines of the audit log about them."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import ACTOR, ADMIN, IN_CARE, TENANT, grant, protect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LONGEST = 10_000
OWN = f"{ACTOR.replace('user_id', 'author_id')} OR {ADMIN}"


def upgrade() -> None:
    _notes()
    _audit()


def downgrade() -> None:
    op.execute("DROP POLICY internal ON audit_events")
    op.execute("ALTER TABLE audit_events DROP COLUMN internal, DROP COLUMN platform_name")
    op.execute("DROP TABLE tenant_note_versions, tenant_notes")


def _notes() -> None:
    # Names stand here too: whoever wrote a note may be gone one day, and nobody of the platform's people sees the others.
    op.execute(f"""
        CREATE TABLE tenant_notes (
            tenant_id uuid NOT NULL,
            note_id uuid NOT NULL DEFAULT uuidv7(),
            body text NOT NULL CHECK (body <> '' AND char_length(body) <= {LONGEST}),
            version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
            author_id uuid NOT NULL,
            author_name text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            updated_by_name text NOT NULL,
            deleted_at timestamptz,
            PRIMARY KEY (tenant_id, note_id)
        )""")
    op.execute("CREATE INDEX tenant_notes_shown ON tenant_notes (tenant_id, note_id) WHERE deleted_at IS NULL")
    # Every text there ever was. The deletion is the last one, with the text that was deleted.
    op.execute("""
        CREATE TABLE tenant_note_versions (
            tenant_id uuid NOT NULL,
            note_id uuid NOT NULL,
            version integer NOT NULL,
            kind text NOT NULL CHECK (kind IN ('created', 'edited', 'deleted')),
            body text NOT NULL,
            at timestamptz NOT NULL,
            person_id uuid NOT NULL,
            person_name text NOT NULL,
            PRIMARY KEY (tenant_id, note_id, version)
        )""")
    for table in ("tenant_notes", "tenant_note_versions"):
        protect(table, api=IN_CARE)
        grant("SELECT, INSERT, UPDATE, DELETE", table, "worker")
    grant("SELECT, INSERT", "tenant_notes", "api")
    grant("UPDATE (body, version, updated_at, updated_by_name, deleted_at)", "tenant_notes", "api")
    # Written and read, never changed.
    grant("SELECT, INSERT", "tenant_note_versions", "api")
    # Beyond what the calls ask: nobody changes another's note, or writes in another's name.
    op.execute(f"CREATE POLICY own ON tenant_notes AS RESTRICTIVE FOR UPDATE TO gateway_api USING ({OWN})")
    op.execute(f"""
        CREATE POLICY signed ON tenant_notes AS RESTRICTIVE FOR INSERT TO gateway_api
        WITH CHECK ({ACTOR.replace("user_id", "author_id")})""")


def _audit() -> None:
    # What is about the customer and not for them (a note was written) is in the same log, and no customer's transaction
    # sees it. `platform_name` is who of the platform's own people did it: a customer sees none of their rows in `users`.
    op.execute("""
        ALTER TABLE audit_events
            ADD COLUMN internal boolean NOT NULL DEFAULT false,
            ADD COLUMN platform_name text""")
    op.execute(f"""
        CREATE POLICY internal ON audit_events AS RESTRICTIVE TO gateway_api
        USING ({TENANT} AND (NOT internal OR {IN_CARE}))""")
