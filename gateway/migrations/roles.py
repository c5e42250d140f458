"""The database roles, which belong to the whole server and so are made outside the versions, when they are missing.

On a managed server an administrator may have made them before; then nothing is done here but the grants.
"""

from __future__ import annotations

from sqlalchemy import Connection

SERVICE_ROLES = ("gateway_api", "gateway_worker", "gateway_identity")
ALL_ROLES = ("gateway_owner", *SERVICE_ROLES)

# Two databases of one server may be migrated at the same moment: the loser of that race finds the role made.
_ENSURE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$
"""

# The login must be able to become each role, unless it already can (a superuser always can).
_ENSURE_MEMBER = """
DO $$
BEGIN
    IF NOT pg_has_role(current_user, '{role}', 'SET') THEN
        GRANT {role} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
    END IF;
END
$$
"""


def ensure_roles(connection: Connection) -> None:
    """Make the roles that are missing and let them into the schema."""
    for role in ALL_ROLES:
        connection.exec_driver_sql(_ENSURE_ROLE.format(role=role))
        connection.exec_driver_sql(_ENSURE_MEMBER.format(role=role))
    connection.exec_driver_sql("GRANT USAGE, CREATE ON SCHEMA public TO gateway_owner")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {', '.join(SERVICE_ROLES)}")
