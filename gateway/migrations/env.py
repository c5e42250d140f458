"""Alembic's entry: `gateway.store.schema.migrate` hands over the connection; all it makes belongs to gateway_owner."""

from __future__ import annotations

from alembic import context

from gateway.migrations.roles import ensure_roles

connection = context.config.attributes["connection"]
ensure_roles(connection)
connection.exec_driver_sql("SET LOCAL ROLE gateway_owner")
context.configure(connection=connection, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
