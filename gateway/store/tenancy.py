"""Transactions that belong to one tenant or one actor: the only way the API touches tenant tables.

Row-level security reads `app.tenant_id` and `app.actor_id`. Both are set for the transaction alone, so a pooled
connection carries nothing into the next one, and a transaction without them sees no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from sqlalchemy import Connection, Engine, text

_SET = text("SELECT set_config('app.tenant_id', :tenant_id, true), set_config('app.actor_id', :actor_id, true)")


@contextmanager
def tenant_transaction(
    engine: Engine, tenant_id: UUID, *, actor: str | None = None, steady: bool = False
) -> Iterator[Connection]:
    """A transaction that sees and changes rows of `tenant_id` only; commits at the end, rolls back on an exception.

    With `steady` all its statements see the same moment, so that numbers of several add up.
    """
    with transaction(engine, steady=steady) as connection:
        set_scope(connection, tenant_id, actor)
        yield connection


def transaction(engine: Engine, *, steady: bool = False) -> AbstractContextManager[Connection]:
    """A transaction that sees no tenant's rows yet."""
    return (engine.execution_options(isolation_level="REPEATABLE READ") if steady else engine).begin()


@contextmanager
def actor_transaction(engine: Engine, actor: str) -> Iterator[Connection]:
    """A transaction without a tenant, for what an internal user may see across tenants.

    `tenants` shows the ones assigned to the actor (all of them to a platform admin), `users` and `tam_assignments` the
    actor's own rows; every other tenant table is empty.
    """
    with engine.begin() as connection:
        set_scope(connection, None, actor)
        yield connection


def set_scope(connection: Connection, tenant_id: UUID | None, actor: str | None) -> None:
    """Whose rows the transaction under way sees."""
    connection.execute(_SET, {"tenant_id": str(tenant_id or ""), "actor_id": actor or ""})
