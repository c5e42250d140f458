"""Tenants kept apart by the database itself: everything here is SQL that an API with a mistake in it could send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.domain.messages import Transition, new_message
from gateway.domain.statuses import Status
from gateway.settings import GatewaySettings
from gateway.store import writes
from gateway.store.engine import create_engine
from gateway.store.tenancy import tenant_transaction
from tests.integration.store.tenants import AT, INTERNAL_TABLES, TENANT_TABLES, Two, person_of, two_tenants
from tests.support.postgres import NewDatabase

REFERENCE_TABLES = {"error_codes", "default_prices", "alembic_version", "message_retention", "shared_folders"}


@pytest.fixture(scope="module")
def read_only(new_database: NewDatabase) -> Iterator[Two]:
    """Two tenants for tests that change nothing: a database for each of some hundred would take a minute."""
    with new_database() as url:
        yield from two_tenants(url)


@pytest.fixture(scope="module")
def theirs_kept(new_database: NewDatabase) -> Iterator[Two]:
    """Two tenants for tests that may change ours, and must not change theirs."""
    with new_database() as url:
        yield from two_tenants(url)


def test_every_table_is_a_tenant_table_or_listed_as_reference(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        open_tables = connection.execute(
            text("""
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                  AND NOT (relrowsecurity AND relforcerowsecurity)""")
        ).scalars()
        assert {name for name in open_tables if not name.startswith(("procrastinate_", "oidc_"))} == REFERENCE_TABLES


def test_every_table_of_tenants_that_the_api_reads_is_tried_here(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        read = connection.execute(
            text("""
                SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                  AND has_any_column_privilege('gateway_api', c.oid, 'SELECT')""")
        ).scalars()
        assert set(read) - REFERENCE_TABLES == {*TENANT_TABLES, *INTERNAL_TABLES}


def test_service_roles_can_neither_bypass_security_nor_log_in(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        rows = connection.execute(
            text(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'gateway_%' AND (rolbypassrls OR rolsuper OR rolcanlogin)"
            )
        ).all()
    assert rows == []


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_select_shows_the_rows_of_the_tenant_alone(table: str, read_only: Two) -> None:
    ours = read_only.ours
    with read_only.worker.begin() as connection:
        everybody = set(connection.execute(text(f"SELECT tenant_id FROM {table}")).scalars())
    with tenant_transaction(read_only.api, ours, actor=str(person_of(ours))) as connection:
        seen = set(connection.execute(text(f"SELECT tenant_id FROM {table}")).scalars())
    assert {ours, read_only.theirs} <= everybody
    assert seen == {ours}


@pytest.mark.parametrize("table", [*TENANT_TABLES, *INTERNAL_TABLES])
def test_select_without_a_tenant_shows_nothing(table: str, read_only: Two) -> None:
    with read_only.api.begin() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


@pytest.mark.parametrize("table", [*TENANT_TABLES, *INTERNAL_TABLES])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET tenant_id = :theirs",
        "UPDATE {} SET tenant_id = tenant_id WHERE tenant_id = :theirs",
        "DELETE FROM {} WHERE tenant_id = :theirs",
        "DELETE FROM {}",
    ],
)
def test_rows_of_another_tenant_cannot_be_changed(table: str, statement: str, theirs_kept: Two) -> None:
    ours, theirs = theirs_kept.ours, theirs_kept.theirs
    query = text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t WHERE tenant_id = :theirs")
    with theirs_kept.worker.begin() as connection:
        before = connection.execute(query, {"theirs": theirs}).scalar_one()
    assert before is not None
    # Refused or without effect, as the role's grants on the table are.
    with suppress(DBAPIError), tenant_transaction(theirs_kept.api, ours) as connection:
        connection.execute(text(statement.format(table)), {"theirs": theirs})
    with theirs_kept.worker.begin() as connection:
        assert connection.execute(query, {"theirs": theirs}).scalar_one() == before


def test_saved_views_are_seen_by_nobody_else_of_the_same_tenant(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    for actor, seen in ((person_of(tenants[0]), 1), (person_of(tenants[1]), 0), (uuid4(), 0)):
        with tenant_transaction(api_engine, tenants[0], actor=str(actor)) as connection:
            assert connection.execute(text("SELECT count(*) FROM saved_views")).scalar_one() == seen
            assert connection.execute(text("UPDATE saved_views SET name = 'x'")).rowcount == seen


def test_update_of_all_messages_reaches_our_own_alone(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    with tenant_transaction(api_engine, tenants[0]) as connection:
        assert connection.execute(text("UPDATE messages SET carrier_code = 'x'")).rowcount == 1


@pytest.mark.parametrize("table", [*TENANT_TABLES, *INTERNAL_TABLES])
def test_rows_cannot_be_put_into_another_tenant(table: str, read_only: Two) -> None:
    ours = read_only.ours
    with read_only.worker.begin() as connection:
        row = connection.execute(
            text(f"SELECT to_jsonb(t)::text FROM {table} t WHERE tenant_id = :theirs LIMIT 1"),
            {"theirs": read_only.theirs},
        ).scalar_one()
    statement = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_record(NULL::{table}, cast(:row AS jsonb))"
    with pytest.raises(DBAPIError) as refused, tenant_transaction(read_only.api, ours) as connection:
        connection.execute(text(statement), {"row": row})
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_messages_of_another_tenant_are_unknown_to_the_write_path(
    tenants: tuple[UUID, UUID], api_engine: Engine
) -> None:
    ours, theirs = tenants
    message = new_message(
        tenant_id=theirs, submitted_at=AT, recipient="+93700000141", sender_id="BANK", source="api", external_id="a1"
    )
    with tenant_transaction(api_engine, ours) as connection:
        news = [Transition(message.message_id, Status.FAILED, AT, "receipt")]
        assert writes.apply_transitions(connection, theirs, news).unknown == (message.message_id,)
        assert writes.find_by_external_id(connection, theirs, ["a1"]) == {}
    with pytest.raises(DBAPIError), tenant_transaction(api_engine, ours) as connection:
        writes.insert_messages(connection, [message._replace(message_id=uuid4())])


def test_partitions_are_closed_when_named_directly(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), tenant_transaction(api_engine, tenants[0]) as connection:
        connection.execute(text("SELECT * FROM messages_2026_11"))
    with pytest.raises(DBAPIError, match="permission denied"), tenant_transaction(api_engine, tenants[0]) as connection:
        connection.execute(text("SELECT * FROM messages_default"))


@pytest.mark.parametrize("table", ["procrastinate_jobs", "simulated_receipts", "unrouted_messages", "call_limits"])
def test_tables_of_the_worker_are_closed_to_the_api(table: str, tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), tenant_transaction(api_engine, tenants[0]) as connection:
        connection.execute(text(f"SELECT * FROM {table}"))


def test_password_hashes_are_closed_to_the_api(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), tenant_transaction(api_engine, tenants[0]) as connection:
        connection.execute(text("SELECT password_hash FROM users"))


@pytest.mark.parametrize("call", ["ensure_month(current_date)", "requeue_rollups(gen_random_uuid())"])
def test_functions_of_the_owner_are_closed_to_the_api(call: str, api_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), api_engine.begin() as connection:
        connection.execute(text(f"SELECT {call}"))


def test_reset_role_leads_back_to_the_role_of_the_service(tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    for statement in ("RESET ROLE", "RESET ALL", "DISCARD ALL"):
        with api_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
            assert connection.execute(text("SELECT current_user")).scalar_one() == "gateway_api"
            assert connection.execute(text("SELECT count(*) FROM messages")).scalar_one() == 0


@pytest.fixture
def separate_login(fresh_database: str) -> Iterator[GatewaySettings]:
    """Settings whose API has a login of its own, that is member of gateway_api and of nothing else."""
    name = f"login_{uuid4().hex}"
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN NOINHERIT IN ROLE gateway_api")
    own = fresh_database.replace("postgresql://postgres@", f"postgresql://{name}@")
    yield GatewaySettings(database_url=fresh_database, database_api_url=own)
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE gateway_worker", "SET ROLE gateway_owner", "SET ROLE postgres", "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('role', 'gateway_worker', false)", "SET LOCAL row_security = off; SELECT * FROM messages",
        "ALTER TABLE messages DISABLE ROW LEVEL SECURITY", "DROP POLICY tenant ON messages",
    ],
)  # fmt: skip
def test_login_of_the_api_cannot_become_anybody_else(statement: str, separate_login: GatewaySettings) -> None:
    engine = create_engine(separate_login, "api")
    try:
        with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
            connection.exec_driver_sql(statement)
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == "gateway_api"
    finally:
        engine.dispose()


def test_login_of_the_api_without_its_role_sees_nothing(
    separate_login: GatewaySettings, tenants: tuple[UUID, UUID]
) -> None:
    engine = create_engine(separate_login, "api")
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SET ROLE NONE")
            with pytest.raises(DBAPIError, match="permission denied"):
                connection.exec_driver_sql("SELECT * FROM messages")
    finally:
        engine.dispose()


def test_tenant_ends_with_its_transaction_on_a_pooled_connection(
    gateway_settings: GatewaySettings, tenants: tuple[UUID, UUID]
) -> None:
    engine = create_engine(GatewaySettings(database_url=gateway_settings.database_url, database_pool_size=1), "api")
    count, backend = text("SELECT count(*) FROM messages"), text("SELECT pg_backend_pid()")
    try:
        with tenant_transaction(engine, tenants[0]) as connection:
            assert connection.execute(count).scalar_one() == 1
            first = connection.execute(backend).scalar_one()
        with engine.begin() as connection:
            assert connection.execute(backend).scalar_one() == first
            assert connection.execute(count).scalar_one() == 0
        with pytest.raises(ZeroDivisionError), tenant_transaction(engine, tenants[0]):
            raise ZeroDivisionError
        with engine.begin() as connection:
            assert connection.execute(backend).scalar_one() == first
            assert connection.execute(count).scalar_one() == 0
    finally:
        engine.dispose()


def test_tenant_set_in_one_transaction_is_not_that_of_another_at_the_same_time(
    tenants: tuple[UUID, UUID], api_engine: Engine
) -> None:
    ours, theirs = tenants
    owner = text("SELECT DISTINCT tenant_id FROM messages")
    with tenant_transaction(api_engine, ours) as one, tenant_transaction(api_engine, theirs) as other:
        assert one.execute(owner).scalars().all() == [ours]
        assert other.execute(owner).scalars().all() == [theirs]
        one.execute(text("SELECT set_config('app.tenant_id', :id, true)"), {"id": str(theirs)})
        one.rollback()
        assert other.execute(owner).scalars().all() == [theirs]
    with api_engine.begin() as connection:
        assert connection.execute(owner).scalars().all() == []


@pytest.mark.parametrize("forged", ["", "' OR true --", "not-a-uuid", "00000000-0000-0000-0000-000000000000"])
def test_forged_tenant_shows_nothing(forged: str, tenants: tuple[UUID, UUID], api_engine: Engine) -> None:
    with api_engine.connect() as connection:
        connection.execute(text("SELECT set_config('app.tenant_id', :forged, true)"), {"forged": forged})
        if forged in ("", str(UUID(int=0))):
            assert connection.execute(text("SELECT count(*) FROM messages")).scalar_one() == 0
        else:
            with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
                connection.execute(text("SELECT count(*) FROM messages"))
