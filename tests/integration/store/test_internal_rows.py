"""What is about tenants and not for them: seen by whoever looks after one, and by no customer whatever they are."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.store.tenancy import actor_transaction, tenant_transaction
from tests.integration.store.tenants import INTERNAL_TABLES, person_of

ADMIN, TAM, STRANGER = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def internal_users(worker_engine: Engine, tenants: tuple[UUID, UUID]) -> None:
    with worker_engine.begin() as connection:
        for user_id, role in ((ADMIN, "platform_admin"), (TAM, "tam"), (STRANGER, "tam")):
            connection.execute(
                text("INSERT INTO users (user_id, email, user_type, roles) VALUES (:id, :email, 'internal', :roles)"),
                {"id": user_id, "email": f"{role}-{user_id.int}@example.org", "roles": [role]},
            )
        connection.execute(
            text("INSERT INTO tam_assignments (tenant_id, user_id) VALUES (:tenant, :user)"),
            {"tenant": tenants[0], "user": TAM},
        )


@pytest.mark.usefixtures("internal_users")
def test_internal_actor_sees_the_tenants_that_are_theirs(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    seen = {}
    for actor in (ADMIN, TAM, STRANGER):
        with actor_transaction(api_engine, str(actor)) as connection:
            seen[actor] = set(connection.execute(text("SELECT tenant_id FROM tenants")).scalars())
            assert connection.execute(text("SELECT count(*) FROM messages")).scalar_one() == 0
            assert connection.execute(text("SELECT user_id FROM users")).scalars().all() == [actor]
    assert seen == {ADMIN: set(tenants), TAM: {tenants[0]}, STRANGER: set()}


@pytest.mark.parametrize("table", [*INTERNAL_TABLES, "nps_answers"])
@pytest.mark.usefixtures("internal_users")
def test_internal_rows_are_seen_by_whoever_looks_after_the_tenant(
    table: str, tenants: tuple[UUID, UUID], api_engine: Engine, worker_engine: Engine
) -> None:
    def seen(connection: Connection) -> set[UUID]:
        return set(connection.execute(text(f"SELECT tenant_id FROM {table}")).scalars())

    for actor, expected in ((ADMIN, set(tenants)), (TAM, {tenants[0]}), (STRANGER, set())):
        with actor_transaction(api_engine, str(actor)) as connection:
            assert seen(connection) == expected
        # Nor does the tenant that a transaction is about let anybody in.
        with tenant_transaction(api_engine, tenants[1], actor=str(actor)) as connection:
            assert seen(connection) == expected
    with worker_engine.begin() as connection:
        connection.execute(text("UPDATE users SET disabled_at = now() WHERE user_type = 'internal'"))
    for actor in (ADMIN, TAM):
        with actor_transaction(api_engine, str(actor)) as connection:
            assert seen(connection) == set()


@pytest.mark.parametrize("table", [*INTERNAL_TABLES, "health_weights"])
@pytest.mark.usefixtures("internal_users")
def test_internal_rows_are_seen_by_no_customer_whatever_they_are(
    table: str, tenants: tuple[UUID, UUID], api_engine: Engine, worker_engine: Engine
) -> None:
    """Each of these customers stands among the tenant's managers (see `fill`), and claims every role."""
    with worker_engine.begin() as connection:
        connection.execute(text("UPDATE users SET roles = '{owner,tam,platform_admin}' WHERE user_type = 'customer'"))
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
    for actor in (str(person_of(tenants[0])), None, str(uuid4())):
        with tenant_transaction(api_engine, tenants[0], actor=actor) as connection:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@pytest.mark.usefixtures("internal_users")
def test_weights_are_seen_by_internal_users_and_set_by_admins(api_engine: Engine) -> None:
    add = text(
        "INSERT INTO health_weights (version, delivery, holds, payments, tickets, nps, changed_at)"
        " VALUES (2, 20, 20, 20, 20, 20, now())"
    )
    for actor, may in ((TAM, False), (ADMIN, True)):
        with actor_transaction(api_engine, str(actor)) as connection:
            assert connection.execute(text("SELECT count(*) FROM health_weights")).scalar_one() == 1
        if may:
            with actor_transaction(api_engine, str(actor)) as connection:
                connection.execute(add)
        else:
            with pytest.raises(DBAPIError, match="row-level security"), actor_transaction(api_engine, str(actor)) as c:
                c.execute(add)


@pytest.mark.usefixtures("internal_users")
def test_run_over_all_tenants_is_seen_and_asked_for_by_admins_alone(api_engine: Engine, worker_engine: Engine) -> None:
    ask = text("INSERT INTO health_runs (days, asked_by, asked_at) VALUES (1, :actor, now())")
    with pytest.raises(DBAPIError, match="row-level security"), actor_transaction(api_engine, str(TAM)) as connection:
        connection.execute(ask, {"actor": TAM})
    with actor_transaction(api_engine, str(ADMIN)) as connection:
        connection.execute(ask, {"actor": ADMIN})
    count = text("SELECT count(*) FROM health_runs WHERE tenant_id IS NULL")
    for actor, seen in ((ADMIN, 1), (TAM, 0)):
        with actor_transaction(api_engine, str(actor)) as connection:
            assert connection.execute(count).scalar_one() == seen
    with worker_engine.begin() as connection:
        queued = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'recompute_health'")
        assert connection.execute(queued).scalar_one() == 1


def test_customer_as_actor_sees_no_tenant_but_the_transactions(
    tenants: tuple[UUID, UUID], api_engine: Engine, worker_engine: Engine
) -> None:
    with worker_engine.begin() as connection:
        customer = connection.execute(
            text("SELECT user_id FROM users WHERE tenant_id = :t"), {"t": tenants[0]}
        ).scalar_one()
        connection.execute(text("UPDATE users SET roles = '{platform_admin}' WHERE user_id = :u"), {"u": customer})
        connection.execute(text("DELETE FROM tam_assignments"))
    with actor_transaction(api_engine, str(customer)) as connection:
        assert connection.execute(text("SELECT tenant_id FROM tenants")).scalars().all() == []


def test_incident_of_everyone_is_seen_by_each_tenant(
    tenants: tuple[UUID, UUID], api_engine: Engine, worker_engine: Engine
) -> None:
    with worker_engine.begin() as connection:
        connection.execute(text("INSERT INTO incidents (starts_at, title_key) VALUES (now(), 'incident.country')"))
    for tenant_id in tenants:
        with tenant_transaction(api_engine, tenant_id) as connection:
            assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == 2
