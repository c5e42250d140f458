"""Who of the platform's own people looked at a tenant's data, condensed; assignments that platform admins change."""

from __future__ import annotations

from alembic import op

from gateway.migrations.protection import ACTOR, ADMIN, IN_CARE, grant, protect

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

READS = "action LIKE '%.viewed'"


def upgrade() -> None:
    _reads()
    _assignments()


def downgrade() -> None:
    op.execute("DROP FUNCTION tams_of(uuid[]), internal_people()")
    for policy in ("admin", "added_by_admin", "removed_by_admin"):
        op.execute(f"DROP POLICY {policy} ON tam_assignments")
    op.execute("REVOKE INSERT, DELETE ON tam_assignments FROM gateway_api")
    op.execute("DROP INDEX audit_events_reads, audit_events_changes")
    op.execute("DROP TABLE internal_reads")


def _reads() -> None:
    # The first read of a kind within a slot of time is a line of the audit log, which nobody changes afterwards; how many
    # there were and when the last one was is counted here.
    op.execute("""
        CREATE TABLE internal_reads (
            tenant_id uuid NOT NULL,
            person_id uuid NOT NULL,
            kind text NOT NULL,
            slot timestamptz NOT NULL,
            audit_id uuid NOT NULL DEFAULT uuidv7(),
            reads integer NOT NULL DEFAULT 1,
            last_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, person_id, kind, slot)
        ) WITH (fillfactor = 70)""")
    op.execute("CREATE UNIQUE INDEX internal_reads_line ON internal_reads (tenant_id, audit_id)")
    protect("internal_reads")
    grant("SELECT, INSERT", "internal_reads", "api")
    grant("UPDATE (reads, last_at)", "internal_reads", "api")
    grant("SELECT, INSERT, UPDATE, DELETE", "internal_reads", "worker")
    # A customer reads them, and writes none: everybody counts their own.
    own = ACTOR.replace("user_id", "person_id")
    op.execute(f"CREATE POLICY counted ON internal_reads AS RESTRICTIVE FOR UPDATE TO gateway_api USING ({own})")
    op.execute(f"CREATE POLICY begun ON internal_reads AS RESTRICTIVE FOR INSERT TO gateway_api WITH CHECK ({own})")
    for name, which in (("reads", READS), ("changes", READS.replace("LIKE", "NOT LIKE"))):
        op.execute(f"CREATE INDEX audit_events_{name} ON audit_events (tenant_id, audit_id) WHERE {which}")


def _assignments() -> None:
    grant("INSERT, DELETE", "tam_assignments", "api")
    op.execute(f"CREATE POLICY admin ON tam_assignments TO gateway_api USING ({ADMIN}) WITH CHECK ({ADMIN})")
    # The tenant's own transaction reads who looks after it, and changes nothing of that.
    op.execute(f"""
        CREATE POLICY added_by_admin ON tam_assignments AS RESTRICTIVE FOR INSERT TO gateway_api WITH CHECK ({ADMIN})""")
    op.execute(f"""
        CREATE POLICY removed_by_admin ON tam_assignments AS RESTRICTIVE FOR DELETE TO gateway_api USING ({ADMIN})""")
    # `users` shows the platform's people to nobody but themselves. These two say what of them may be known, and to whom.
    op.execute(f"""
        CREATE FUNCTION internal_people()
        RETURNS TABLE (user_id uuid, name text, email text, roles text[], active boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT p.user_id, coalesce(nullif(p.name, ''), p.email), p.email, p.roles, p.disabled_at IS NULL
            FROM users p WHERE p.user_type = 'internal' AND {ADMIN} $$""")
    op.execute(f"""
        CREATE FUNCTION tams_of(tenants uuid[])
        RETURNS TABLE (tenant_id uuid, user_id uuid, name text, active boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT found.tenant_id, found.person_id, found.name, found.active
            FROM (SELECT x.tenant_id, x.user_id AS person_id, coalesce(nullif(p.name, ''), p.email) AS name,
                         p.disabled_at IS NULL AS active
                  FROM tam_assignments x JOIN users p ON p.user_id = x.user_id
                  WHERE p.user_type = 'internal' AND x.tenant_id = ANY (tenants)) found
            WHERE {IN_CARE.replace("tenant_id IN (", "found.tenant_id IN (")} $$""")
    for function in ("internal_people()", "tams_of(uuid[])"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO gateway_api")
