"""Tenants kept apart by the database itself: everything here is SQL that an API with a mistake in it could send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from gateway.domain.messages import Transition, new_message
from gateway.domain.statuses import Status
from gateway.settings import GatewaySettings
from gateway.store import rollups, writes
from gateway.store.engine import create_engine
from gateway.store.tenancy import actor_transaction, tenant_transaction
from tests.integration.store.conftest import add_tenant
from tests.integration.store.tenants import AT, Two, fill, person_of, two_tenants
from tests.support.postgres import NewDatabase

ADMIN, TAM, STRANGER = (UUID(int=number) for number in (1, 2, 3))

TENANT_TABLES = (
    "tenants", "users", "tam_assignments", "messages", "message_events", "rollup_daily", "rollup_senders",
    "rollup_sender_totals", "rollup_destinations", "rollup_sender_destinations", "rollup_hours", "rollup_sender_hours",
    "rollup_totals", "rollup_latency", "rollup_latency_totals", "rollup_sender_latency", "tenant_revisions", "incidents", "import_runs",
    "ledger_entries", "ledger_balances", "tenant_prices", "outbound_messages",
    "platform_events", "webhook_endpoints", "webhook_deliveries", "webhook_attempts", "webhook_hours",
    "api_keys", "api_key_usage", "refused_calls", "audit_events", "inbound_numbers", "inbound_messages",
    "message_exports", "saved_views", "invoices", "invoice_lines", "invoice_messages", "billing_settings",
    "nps_answers", "internal_reads",
)  # fmt: skip
# About a tenant and not for it: whoever looks after it sees them, and no customer ever does.
INTERNAL_TABLES = (
    "health_scores",
    "health_current",
    "health_runs",
    "ticket_accounts",
    "ticket_days",
    "tenant_notes",
    "tenant_note_versions",
    "qbr_comments",
    "qbr_reports",
)
REFERENCE_TABLES = {"error_codes", "default_prices", "alembic_version", "message_retention", "shared_folders"}


@pytest.fixture
def tenants(worker_engine: Engine) -> tuple[UUID, UUID]:
    """Two tenants, ours and theirs, each with a row in every tenant table."""
    ours, theirs = add_tenant(worker_engine), add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        for tenant_id in (ours, theirs):
            fill(connection, tenant_id)
        rollups.fold_all(connection)
    return ours, theirs


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
    statement = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, cast(:row AS jsonb))"
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


@pytest.mark.parametrize(
    "table", ["rollup_deltas", "procrastinate_jobs", "simulated_receipts", "unrouted_messages", "call_limits"]
)
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
