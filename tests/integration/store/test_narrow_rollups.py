"""Rollups change their shape without losing a count: what was counted before a migration is there after it."""

from __future__ import annotations

from importlib import resources

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool
from sqlalchemy import create_engine as sqlalchemy_engine

from gateway.domain.statuses import Status
from gateway.settings import GatewaySettings
from gateway.store import rollups, writes
from gateway.store.engine import create_engine, sqlalchemy_url
from gateway.store.schema import migrate
from tests.integration.store.tenants import add_tenant
from tests.integration.store.test_rollups import assert_equal_to_recount, kept, message


def _back_to(database_url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("gateway.migrations")))
    engine = sqlalchemy_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_what_was_counted_by_bucket_is_counted_by_day_afterwards(fresh_database: str) -> None:
    settings = GatewaySettings(database_url=fresh_database)
    engine = create_engine(settings, "worker")
    try:
        tenants = [add_tenant(engine), add_tenant(engine, "UTC")]
        statuses = (Status.DELIVERED, Status.FAILED, Status.DELIVERED, Status.SENT)
        with engine.begin() as connection:
            for tenant_id in tenants:
                rows = [message(tenant_id, number, 11 * number, status=statuses[number % 4]) for number in range(40)]
                writes.insert_messages(connection, rows)
            rollups.fold_all(connection)
            before = [kept(connection, tenant_id) for tenant_id in tenants]
        assert all(found["rollup_latency"] and found["rollup_totals"] for found in before)
        engine.dispose()

        _back_to(fresh_database, "0016")
        with psycopg.connect(fresh_database) as plain:
            counted = plain.execute(
                "SELECT sum(messages), count(DISTINCT bucket) FROM rollup_latency_totals"
            ).fetchone()
        assert counted is not None
        assert counted[0] == 40, "twenty delivered messages of each"
        assert counted[1] >= 1

        assert migrate(settings) is True
        with engine.begin() as connection:
            assert [kept(connection, tenant_id) for tenant_id in tenants] == before
        for tenant_id in tenants:
            assert_equal_to_recount(engine, tenant_id)
    finally:
        engine.dispose()
