"""Row-level security for a tenant table: used by every migration that makes one."""

from __future__ import annotations

from alembic import op

TENANT = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
"""True for rows of the transaction's tenant; without a tenant it is NULL, and no row is seen."""

ACTOR = "user_id::text = nullif(current_setting('app.actor_id', true), '')"

_INTERNAL = f"u.{ACTOR} AND u.user_type = 'internal' AND u.disabled_at IS NULL"

ADMIN = f"EXISTS (SELECT FROM users u WHERE {_INTERNAL} AND 'platform_admin' = ANY (u.roles))"
"""True when the transaction's actor is a platform admin."""

IN_CARE = f"""tenant_id IN (SELECT a.tenant_id FROM tam_assignments a JOIN users u ON u.user_id = a.user_id
                              WHERE {_INTERNAL} AND 'tam' = ANY (u.roles))
              OR {ADMIN}"""  # noqa: S608 — of the constants above
"""True for rows of the tenants that the actor looks after, being internal; never for a customer, whatever the
transaction's tenant is. The inner queries name no column of the row, so each is run once for a statement."""


def protect(table: str, *, api: str = TENANT, identity: str | None = None) -> None:
    """Force row-level security on `table`, for its owner too.

    `api` is the rule for gateway_api. The worker serves all tenants; the owner maintains partitions and writes rollups
    from triggers, so both see all rows, by a policy that can be read and not by an exemption. `identity` opens the
    table to gateway_identity under that rule; without it that role sees nothing.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} TO gateway_api USING ({api}) WITH CHECK ({api})")
    op.execute(f"CREATE POLICY maintenance ON {table} TO gateway_worker, gateway_owner USING (true) WITH CHECK (true)")
    if identity is not None:
        op.execute(f"CREATE POLICY identity ON {table} TO gateway_identity USING ({identity}) WITH CHECK ({identity})")


def grant(privileges: str, table: str, *roles: str) -> None:
    """Grant `privileges` on `table` to the service roles named without their prefix."""
    op.execute(f"GRANT {privileges} ON {table} TO {', '.join(f'gateway_{role}' for role in roles)}")
