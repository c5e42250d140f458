"""A real PostgreSQL for tests: one embedded server for the whole session, one database per test that wants its own.

The server is shared by all workers of pytest-xdist; whichever lets go last stops it. The first one that asks makes a
template database and migrates it, so a fresh database is a copy of its files (20 ms in memory, half a second on a disk).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from gateway.postgres import EmbeddedPostgres
from gateway.postgres_host import is_server_of
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from gateway.store.schema import migrate

NewDatabase = Callable[[], AbstractContextManager[str]]

TEMPLATE = "gateway_template"
_DIRECTORY = "GATEWAY_TEST_POSTGRES"
"""Names the server's directory to the xdist workers, which inherit the environment of the process that starts them."""

_PREFIX = "gw-test-"

_OPTIONS = {"shared_buffers": "256MB", "max_connections": "300", "max_wal_size": "1GB", "autovacuum_naptime": "5min"}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _DIRECTORY not in os.environ:
        _sweep(Path(fastest_directory() or tempfile.gettempdir()))
        directory = tempfile.mkdtemp(prefix=_PREFIX, dir=fastest_directory())
        (Path(directory) / "session.pid").write_text(str(os.getpid()), encoding="ascii")
        os.environ[_DIRECTORY] = directory
        config.add_cleanup(lambda: _remove(directory))


def fastest_directory() -> str | None:
    """Memory, where there is enough of it: a database is some 700 files, which take a disk half a second to copy."""
    memory = Path("/dev/shm")  # noqa: S108 — the directory in it is made by mkdtemp
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30:
        return str(memory)
    return None


def _sweep(directory: Path) -> None:
    """End the servers of sessions that were killed, and so could not do it themselves."""
    for left in directory.glob(f"{_PREFIX}*"):
        with suppress(OSError, ValueError):
            os.kill(int((left / "session.pid").read_text(encoding="ascii")), 0)
            continue  # its session lives
        if not (left / "session.pid").exists():
            continue  # just being made
        with suppress(OSError, ValueError, IndexError):
            server = int((left / "pg" / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
            if is_server_of(server, left / "pg" / "data"):
                os.kill(server, signal.SIGQUIT)
        shutil.rmtree(left, ignore_errors=True)


def _remove(directory: str) -> None:
    os.environ.pop(_DIRECTORY, None)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The session's server, with the migrated template in it."""
    directory = Path(os.environ[_DIRECTORY])
    with EmbeddedPostgres(directory / "pg", durable=False, options=_OPTIONS) as server:
        with (directory / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _ensure_template(server)
        yield server


@pytest.fixture(scope="session")
def new_database(postgres_server: EmbeddedPostgres) -> NewDatabase:
    """A function whose call is a context manager: the URL of a new, migrated database, dropped at its end."""

    @contextmanager
    def make() -> Iterator[str]:
        name = f"test_{uuid4().hex}"
        _administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        try:
            yield postgres_server.url_of(name)
        finally:
            _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")

    return make


@pytest.fixture(scope="session")
def database_url(new_database: NewDatabase) -> Iterator[str]:
    """A migrated database shared by the tests of one worker: for tests that keep to tenants of their own."""
    with new_database() as url:
        yield url


@pytest.fixture
def fresh_database(new_database: NewDatabase) -> Iterator[str]:
    """The URL of a migrated, empty database of this test alone."""
    with new_database() as url:
        yield url


@pytest.fixture
def empty_database(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database with nothing in it, not even the schema."""
    name = f"test_{uuid4().hex}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    try:
        yield postgres_server.url_of(name)
    finally:
        _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def gateway_settings(fresh_database: str, tmp_path: Path) -> GatewaySettings:
    return GatewaySettings(database_url=fresh_database, data_dir=tmp_path)


@pytest.fixture
def api_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "api")


@pytest.fixture
def worker_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "worker")


@pytest.fixture
def identity_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "identity")


@pytest.fixture
def owner_engine(gateway_settings: GatewaySettings) -> Iterator[Engine]:
    yield from _engine(gateway_settings, "owner")


def _engine(settings: GatewaySettings, role: str) -> Iterator[Engine]:
    engine = create_engine(settings, role)  # type: ignore[arg-type]
    try:
        yield engine
    finally:
        engine.dispose()


def _ensure_template(server: EmbeddedPostgres) -> None:
    names = _administer(server, "SELECT datname FROM pg_database")
    if (TEMPLATE,) in names:
        return
    # Migrated under another name first: a template that exists is a template that is complete.
    unfinished = f"{TEMPLATE}_unfinished"
    _administer(server, f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
    _administer(server, f"CREATE DATABASE {unfinished}")
    migrate(GatewaySettings(database_url=server.url_of(unfinished)))
    _administer(server, f"ALTER DATABASE {unfinished} RENAME TO {TEMPLATE}")


def _administer(server: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
