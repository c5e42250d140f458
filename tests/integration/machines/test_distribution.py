"""The schema on several machines: every table has its place, and keys, references and queries keep to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, text

from gateway.api.permissions import PERMISSIONS, Door
from gateway.jobs.resources import Resources
from gateway.jobs.tasks import SCHEDULE
from gateway.settings import GatewaySettings
from gateway.store.distribution import ANCHOR, COLUMN, DISTRIBUTED, LOCAL, REFERENCE, obstacles, statements
from gateway.store.tenancy import tenant_transaction
from tests.integration.machines.statements import Heard, listening, loose
from tests.support.api_calls import Unregistered, call_of, perform
from tests.support.api_world import World, build_world
from tests.support.postgres import NewDatabase

ROOT = Path(__file__).resolve().parents[3]


# What is about many tenants, by the beginning of the statement, under the name that docs/scale.md explains it by.
OF_MANY: Mapping[str, tuple[str, ...]] = {
    "portfolio": (
        "SELECT currency, count(*), count(*) FILTER (WHERE band = 'at_risk')",
        "SELECT tenant_id, name, score, spend, messages, currency FROM (SELECT t.tenant_id, t.name, c.score",
        "SELECT p.*, n.note_id, left(n.body,",
        "SELECT coalesce(c.band, 'unknown') AS band, count(*) AS tenants FROM tenants t LEFT JOIN health_current",
        "SELECT s.tenant_id, s.delivery_points, s.holds_points, s.payments_points",
    ),
    "own profile": (
        "SELECT user_id, tenant_id, email, name, user_type, roles, locale",
        "UPDATE users SET locale = %(locale)s WHERE user_id",
    ),
    "age": (
        "DELETE FROM idempotency_keys WHERE expires_at",
        "DELETE FROM message_references WHERE submitted_at",
        "DELETE FROM refused_calls WHERE at",
        "DELETE FROM api_key_usage WHERE day",
        "DELETE FROM call_limits WHERE full_at",
        "DELETE FROM simulated_receipts WHERE delivered_at",
        "DELETE FROM webhook_hours WHERE hour",
        "DELETE FROM platform_events WHERE at",
        "DELETE FROM health_scores WHERE tenant_id = ANY",
        "WITH old AS ( SELECT tenant_id, delivery_id FROM webhook_deliveries",
    ),
    "due": (
        "UPDATE api_keys SET revoked_at = works_until",
        "SELECT tenant_id, invoice_id FROM invoices WHERE watched",
        "SELECT s.tenant_id, coalesce(b.available, 0), s.low_balance",
    ),
    "fold": ("WITH taken AS ( DELETE FROM rollup_deltas", "SELECT 1 FROM rollup_deltas LIMIT 1"),
    "night": (
        "SELECT d.day::date, array_agg(f.tenant_id ORDER BY f.tenant_id)",
        "WITH chosen AS ( SELECT tenant_id, time_zone",
        "SELECT day, tenant_id, score, weights_version",
        "INSERT INTO health_current (tenant_id, day, score",
    ),
}
IN_THE_WAY = {
    ("messages", "messages_count_delete"),
    ("messages", "messages_count_insert"),
    ("messages", "messages_count_update"),
    ("ledger_entries", "ledger_keep"),
    ("ledger_entries", "ledger_move"),
}
PLACES = {
    **dict.fromkeys(DISTRIBUTED, "distributed"),
    **dict.fromkeys(REFERENCE, "reference"),
    **dict.fromkeys(LOCAL, "local"),
}


@pytest.fixture(scope="module")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("distributed"), messages=200) as built:
        yield built


def _call_everything(world: World) -> int:
    calls = 0
    for (method, route), rule in sorted(PERMISSIONS.items()):
        if rule.door is not Door.BEARER:
            continue
        try:
            call = call_of(method, route)
        except Unregistered:
            continue
        for who in ("owner", "admin", "tam"):
            named = call.make(world, "owner")
            tenant = world.tenant if who != "owner" and rule.tenant and "<tenantId>" not in route else None
            answer = perform(world, who, method, route, named, tenant=tenant)
            calls += answer.status_code < 400
    return calls


def _work(world: World, settings: GatewaySettings) -> None:
    resources = Resources.of(settings, world.worker_engine)
    context = SimpleNamespace(additional_context={"resources": resources})
    for name, (_cron, task) in SCHEDULE.items():
        if name not in {"retry_stalled", "forget_finished_jobs"}:
            task(context, 0)


def _named(heard: Heard) -> tuple[set[str], list[str]]:
    """Which beginnings of OF_MANY were heard, and what is about many tenants without being there."""
    beginnings = [beginning for each in OF_MANY.values() for beginning in each]
    known, unknown = set(), []
    for statement, tables in heard.of_many.items():
        found = [beginning for beginning in beginnings if statement.startswith(beginning)]
        known.update(found)
        if not found:
            unknown.append(f"{sorted(tables)}: {statement[:300]}")
    return known, unknown


def test_every_query_names_its_tenant_or_has_a_reason(world: World, tmp_path: Path) -> None:
    with listening(world.api_engine) as by_api:
        assert _call_everything(world) > 150
    assert len(by_api.seen) > 100
    with listening(world.worker_engine) as by_worker:
        world.fold()
        _work(world, GatewaySettings(data_dir=tmp_path))
    (known, unknown), (others, strange) = _named(by_api), _named(by_worker)
    assert unknown + strange == []
    left = {beginning for each in OF_MANY.values() for beginning in each} - known - others
    assert left == set(), "no longer sent: the list is not to excuse what comes later"


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT count(*) FROM messages", {"messages"}),
        ("SELECT count(*) FROM messages WHERE tenant_id = :t", set()),
        ("SELECT count(*) FROM messages WHERE message_id = :t", {"messages"}),
        ("SELECT 1 FROM messages m JOIN message_events e USING (tenant_id, message_id) WHERE m.tenant_id = :t", set()),
        ("SELECT 1 FROM messages m JOIN message_events e USING (message_id) WHERE m.tenant_id = :t", {"message_events"}),
        ("SELECT 1 FROM tenants t JOIN health_current c USING (tenant_id)", {"health_current"}),
        ("SELECT 1 FROM tenants t JOIN health_current c USING (tenant_id) WHERE t.tenant_id = :t", set()),
        ("WITH a AS (SELECT tenant_id FROM tenants) SELECT 1 FROM a, a b, api_keys k WHERE k.tenant_id = a.tenant_id",
         {"api_keys"}),
        ("DELETE FROM webhook_endpoints WHERE endpoint_id = :t", {"webhook_endpoints"}),
        ("UPDATE api_keys k SET name = '' FROM tenants t WHERE t.tenant_id = k.tenant_id", {"api_keys"}),
    ],
)  # fmt: skip
def test_the_judge(world: World, statement: str, tables: set[str]) -> None:
    """What is looked for is found: a tenant that is missing, in a join too, and by whichever way it is named."""
    with world.worker_engine.connect() as connection:
        planned = text(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {statement}")
        values = {"t": world.tenant} if ":t" in statement else {}
        assert loose(connection.execute(planned, values).scalar_one()[0]["Plan"]) == tables


def test_row_level_security_alone_names_nobody(world: World) -> None:
    with listening(world.api_engine) as heard, tenant_transaction(world.api_engine, world.tenant) as connection:
        connection.execute(text("SELECT count(*) FROM messages"))
    assert heard.of_many == {"SELECT count(*) FROM messages": {"messages"}}


def test_every_table_has_one_place(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        found = connection.execute(
            text("""SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = :column
                                              AND a.attnotnull)
                    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                      AND NOT relispartition"""),
            {"column": COLUMN},
        )
        columns = {row[0]: row[1] for row in found}
    assert sorted(columns) == sorted(PLACES)
    assert len(PLACES) == len(DISTRIBUTED) + len(REFERENCE) + len(LOCAL)
    assert [table for table in DISTRIBUTED if not columns[table]] == []
    assert DISTRIBUTED[0] == ANCHOR


def test_what_is_unique_is_so_within_a_tenant(owner_engine: Engine) -> None:
    """Citus checks a key on the machine of its row; without the tenant in it two machines would have to agree."""
    with owner_engine.connect() as connection:
        keys = connection.execute(
            text("""SELECT c.relname, i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                    WHERE i.indisunique AND c.relname = ANY (:tables)
                      AND NOT (SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = :column)
                              = ANY (i.indkey)"""),
            {"tables": list(DISTRIBUTED), "column": COLUMN},
        ).all()
    assert keys == []


def test_references_stay_on_one_machine(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        found = connection.execute(
            text("""SELECT c.conname, c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
                           array(SELECT a.attname FROM unnest(c.conkey) k JOIN pg_attribute a
                                 ON a.attrelid = c.conrelid AND a.attnum = k) AS columns,
                           array(SELECT a.attname FROM unnest(c.confkey) k JOIN pg_attribute a
                                 ON a.attrelid = c.confrelid AND a.attnum = k) AS others
                    FROM pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0""")
        ).all()
    assert found
    for row in found:
        match PLACES[row.child], PLACES[row.parent]:
            case "distributed", "distributed":
                assert (COLUMN, COLUMN) in list(zip(row.columns, row.others, strict=True)), row.conname
                assert DISTRIBUTED.index(row.parent) < DISTRIBUTED.index(row.child), row.conname
            case (("distributed" | "reference" | "local"), "reference"):
                pass
            case "local", "local":
                pass
            case places:
                pytest.fail(f"{row.conname} refers from {places[0]} to {places[1]}")


def test_no_number_is_given_out_by_one_machine(owner_engine: Engine) -> None:
    """A sequence of a distributed table gives each machine a range of its own: right for what is only to be different,
    and wrong for what says an order. The only one is of a queue whose sums come out the same in any order."""
    with owner_engine.connect() as connection:
        found = connection.execute(
            text("""SELECT table_name, column_name, data_type FROM information_schema.columns
                    WHERE table_schema = 'public' AND table_name = ANY (:tables)
                      AND (is_identity = 'YES' OR column_default LIKE 'nextval%')"""),
            {"tables": [*DISTRIBUTED, *REFERENCE]},
        ).all()
    assert [tuple(row) for row in found] == [("rollup_deltas", "delta_id", "bigint")]


def test_what_is_in_the_way_is_told(owner_engine: Engine) -> None:
    with owner_engine.connect() as connection:
        told = obstacles(connection)
    assert told == [
        f"the trigger {trigger} of {table} has to become a part of the statements that fire it"
        for table, trigger in sorted(IN_THE_WAY)
    ]


def _command(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DATABASE_URL": url, "GATEWAY_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "gateway", "distribute", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_command_prints_and_runs_the_statements(fresh_database: str, owner_engine: Engine, tmp_path: Path) -> None:
    printed = _command(fresh_database, tmp_path)
    assert printed.returncode == 0, printed.stderr
    lines = [line for line in printed.stdout.splitlines() if not line.startswith("--")]
    assert lines == [f"{statement};" for statement in statements()]
    assert printed.stdout.count("-- the trigger") == len(IN_THE_WAY)
    refused = _command(fresh_database, tmp_path, "--apply")
    assert (refused.returncode, refused.stderr) == (
        1,
        "This database has no Citus: CREATE EXTENSION citus comes first.\n",
    )
    # Functions of Citus's names that only write down what they are asked: the statements and their order are real.
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("""
            CREATE TABLE asked (n bigint GENERATED ALWAYS AS IDENTITY, what text, name regclass, key text, beside text);
            CREATE FUNCTION create_distributed_table(t regclass, k text, colocate_with text) RETURNS void
                LANGUAGE sql AS 'INSERT INTO asked (what, name, key, beside) VALUES (''distributed'', t, k, colocate_with)';
            CREATE FUNCTION create_reference_table(t regclass) RETURNS void
                LANGUAGE sql AS 'INSERT INTO asked (what, name) VALUES (''reference'', t)';
            CREATE FUNCTION citus_add_local_table_to_metadata(t regclass) RETURNS void
                LANGUAGE sql AS 'INSERT INTO asked (what, name) VALUES (''local'', t)'""")
    triggers = _command(fresh_database, tmp_path, "--apply")
    assert triggers.returncode == 1
    assert triggers.stderr.count("has to become a part") == len(IN_THE_WAY)
    with owner_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM asked").scalar_one() == 0
    done = _command(fresh_database, tmp_path, "--apply", "--despite-triggers")
    assert done.returncode == 0, done.stderr
    with owner_engine.connect() as connection:
        asked = connection.exec_driver_sql("SELECT what, name::text, key, beside FROM asked ORDER BY n").all()
    assert {row.name: row.what for row in asked} == {t: place for t, place in PLACES.items() if t != "alembic_version"}
    kept = [row for row in asked if row.what == "distributed"]
    assert {(row.key, row.beside) for row in kept[1:]} == {(COLUMN, ANCHOR)}
    assert (kept[0].name, kept[0].beside) == (ANCHOR, "none")


def test_the_document_explains_each_reason() -> None:
    told = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for name in OF_MANY:
        assert f"| {name} |" in told
    for _table, trigger in IN_THE_WAY:
        assert f"`{trigger}`" in told
