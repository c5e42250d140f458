"""Bringing a database to the newest schema."""

from __future__ import annotations

from importlib import resources

import psycopg
from sqlalchemy import NullPool
from sqlalchemy import create_engine as sqlalchemy_engine

from gateway.settings import GatewaySettings
from gateway.store import seed
from gateway.store.engine import DatabaseUnreachable, conninfo, refuse_old_server, require_database_url, sqlalchemy_url


class SchemaError(RuntimeError):
    """The database's schema is not the one this release works with; the message says what to do."""


class SchemaTooNew(SchemaError):
    """The database was migrated by a newer release than this one."""

    def __init__(self, found: str, newest: str) -> None:
        super().__init__(
            f"The database has schema {found}, this release knows only up to {newest}: install the newer release."
        )


class SchemaOutdated(SchemaError):
    """The database has not been brought to this release's schema."""

    def __init__(self, found: str | None, newest: str) -> None:
        super().__init__(
            f"The database has schema {found or 'none'}, this release needs {newest}: run `python -m gateway migrate`."
        )


def newest_revision() -> str:
    """The revision this release wants: versions are named `NNNN_what.py` and form one line."""
    files = resources.files("gateway.migrations").joinpath("versions").iterdir()
    return max(file.name[:4] for file in files if file.name.endswith(".py") and file.name[:4].isdigit())


def current_revision(database_url: str) -> str | None:
    """The revision the database has, None for an empty one. Raises DatabaseUnreachable or ServerTooOld."""
    try:
        connection = psycopg.connect(conninfo(database_url), connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(str(error)) from error
    with connection:
        refuse_old_server(connection.info.server_version)
        if connection.execute("SELECT to_regclass('alembic_version') IS NULL").fetchone() == (True,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else None


def migrate(settings: GatewaySettings) -> bool:
    """Bring the database to the newest schema; True when there was something to do.

    Safe to call from several processes at once: the others wait for the first, then find nothing to do. All steps run
    in one transaction. Raises SettingsError when there is no usable server, SchemaTooNew.
    """
    database_url, newest = require_database_url(settings), newest_revision()
    found = current_revision(database_url)
    if found == newest:
        return False
    if found is not None and found > newest:
        raise SchemaTooNew(found, newest)
    return _upgrade(database_url)


def require_newest(settings: GatewaySettings) -> None:
    """Raise SchemaOutdated or SchemaTooNew unless the database has exactly this release's schema."""
    found, newest = current_revision(require_database_url(settings)), newest_revision()
    if found is None or found < newest:
        raise SchemaOutdated(found, newest)
    if found > newest:
        raise SchemaTooNew(found, newest)


def _upgrade(database_url: str) -> bool:
    # Imported here: loading Alembic takes longer than finding that nothing is to be done.
    from alembic import command
    from alembic.config import Config

    engine = sqlalchemy_engine(sqlalchemy_url(database_url, options="-c timezone=UTC"), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(resources.files("gateway.migrations")))
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('gateway.migrate', 0))")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.exec_driver_sql("SET LOCAL ROLE gateway_owner")
        seed.write_error_codes(connection)
        seed.write_default_prices(connection)
    return True
