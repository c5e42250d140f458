"""A PostgreSQL with a streaming replica beside it, both of this test alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gateway.postgres import SUPERUSER, EmbeddedPostgres
from gateway.settings import GatewaySettings
from gateway.store.schema import migrate
from tests.support.postgres import fastest_directory

_SMALL = {"shared_buffers": "64MB", "max_connections": "60", "max_wal_size": "256MB", "synchronous_commit": "on"}


class Standby(EmbeddedPostgres):
    """A copy of `primary`, taken while it runs, that follows it from then on."""

    def __init__(self, directory: Path, primary: EmbeddedPostgres, options: dict[str, str]) -> None:
        super().__init__(directory, durable=False, options=options)
        self._primary = primary

    def _initialise(self) -> None:
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        sockets = str(self._primary._socket_directory())
        self._run(
            "pg_basebackup", "-h", sockets, "-U", SUPERUSER, "-D", str(fresh), "-X", "stream", "-c", "fast",
            "--write-recovery-conf", "--no-sync",
        )  # fmt: skip
        fresh.chmod(0o700)
        fresh.rename(self.data)


@dataclass(frozen=True)
class Pair:
    """Both servers, and what tests do to the second."""

    primary: EmbeddedPostgres
    standby: Standby

    @property
    def url(self) -> str:
        return self.primary.url

    @property
    def read_url(self) -> str:
        return self.standby.url

    def on_standby(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.standby.url_of("gateway"), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def catch_up(self) -> None:
        """Return once the replica has everything that the first server has now."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            [(position,)] = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchall()
            # An empty transaction of its own has what was written asynchronously flushed.
            connection.execute("SELECT pg_logical_emit_message(true, 'test', '')")
        with psycopg.connect(self.standby.url_of("gateway"), autocommit=True) as connection:
            while connection.execute("SELECT pg_last_wal_replay_lsn() < %s::pg_lsn", [position]).fetchone() == (True,):
                pass


@contextmanager
def replicated(lag: str = "0") -> Iterator[Pair]:
    """A migrated database and its replica, which applies each commit `lag` later than it could."""
    directory = Path(tempfile.mkdtemp(prefix="gw-pair-", dir=fastest_directory()))
    os.chmod(directory, 0o711)  # noqa: S103 — the servers' account passes through
    try:
        with EmbeddedPostgres(directory / "a", durable=False, options=_SMALL) as primary:
            migrate(GatewaySettings(database_url=primary.url))
            options = {**_SMALL, "recovery_min_apply_delay": lag, "max_standby_streaming_delay": "30s"}
            with Standby(directory / "b", primary, options) as standby:
                yield Pair(primary, standby)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
