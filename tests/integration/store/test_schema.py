from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from gateway.domain.errors import CATALOGUE
from gateway.domain.latency import BOUNDS
from gateway.settings import GatewaySettings, SettingsError
from gateway.store import schema
from gateway.store.engine import DatabaseUnreachable, ServerTooOld, refuse_old_server
from gateway.store.schema import SchemaTooNew, migrate, newest_revision


def test_migrate_empty_database_builds_schema_and_second_run_does_nothing(empty_database: str) -> None:
    settings = GatewaySettings(database_url=empty_database)
    assert migrate(settings) is True
    assert migrate(settings) is False
    with psycopg.connect(empty_database) as connection:
        tables = {row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert {"tenants", "users", "messages", "message_events", "rollup_daily", "procrastinate_jobs"} <= tables


def test_migrate_by_several_processes_at_once_runs_once(empty_database: str) -> None:
    settings = GatewaySettings(database_url=empty_database)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [settings] * 4))
    assert schema.current_revision(empty_database) == newest_revision()


def test_newest_revision_is_the_head_of_one_line() -> None:
    import gateway.migrations

    script = ScriptDirectory(gateway.migrations.__path__[0])
    assert script.get_heads() == [newest_revision()]


def test_migrate_database_of_newer_release_is_refused(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(GatewaySettings(database_url=fresh_database))


def test_migrate_without_database_url_names_the_setting() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        migrate(GatewaySettings())


def test_migrate_server_that_does_not_answer_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachable, match=r"^DATABASE_URL: the server could not be reached: "):
        migrate(GatewaySettings(database_url=f"postgresql://nobody:hunter2@/none?host={tmp_path}"))


def test_server_older_than_18_is_refused_with_a_sentence() -> None:
    with pytest.raises(ServerTooOld, match="PostgreSQL 17, this gateway needs PostgreSQL 18"):
        refuse_old_server(170_004)
    refuse_old_server(180_000)


def test_error_codes_table_equals_the_catalogue(worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        rows = connection.execute(text("SELECT code, permanent FROM error_codes"))
    assert {row.code: row.permanent for row in rows} == {c.code: c.permanent for c in CATALOGUE.values()}


def test_latency_bounds_in_the_database_equal_those_of_the_domain(worker_engine: Engine) -> None:
    source = "SELECT pg_get_functiondef('latency_bucket(timestamptz, timestamptz)'::regprocedure)"
    with worker_engine.begin() as connection:
        definition = connection.execute(text(source)).scalar_one()
    listed = definition.split("ARRAY[")[1].split("]")[0]
    assert [int(part.split("::")[0].strip("() '")) for part in listed.split(",")] == list(BOUNDS)


def test_new_database_is_private_to_the_test(new_database: Callable[[], object]) -> None:
    with new_database() as one, new_database() as other:  # type: ignore[attr-defined]
        assert one != other
