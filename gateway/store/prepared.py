"""Statements that are asked thousands of times a second, past all that makes a driver comfortable.

Each is prepared once on a connection, is a transaction by itself, and speaks in PostgreSQL's own text: what SQLAlchemy
and psycopg do around such a statement costs several times what the server needs for it. Everything else goes through
SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, cast

import psycopg
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine

_GONE = "26000"
"""No such prepared statement: psycopg lets go of all that a connection has, after a ROLLBACK among others."""

_GOOD = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})


class Prepared(NamedTuple):
    """One statement, called `name` on every connection; no other may have the name."""

    name: bytes
    statement: bytes


class Direct:
    """A connection of the engine's, as a context manager, on which prepared statements are asked."""

    __slots__ = ("_known", "_pooled", "_server")

    def __init__(self, engine: Engine) -> None:
        self._pooled = engine.raw_connection()
        driver = self._pooled.driver_connection
        if not isinstance(driver, psycopg.Connection):
            self._pooled.close()
            raise TypeError("the database is spoken to through psycopg")
        self._server = driver.pgconn
        # Of the connection and not of who has it now: it is there as long as the connection is.
        self._known: set[bytes] = self._pooled.info.setdefault("prepared", set())

    def __enter__(self) -> Direct:
        return self

    def __exit__(self, *_: object) -> None:
        self._pooled.close()

    def first(self, prepared: Prepared, values: Sequence[bytes | None]) -> tuple[bytes | None, ...] | None:
        """The first row's values as PostgreSQL writes them (None is NULL); None where there is no row.

        Raises psycopg.Error, as the driver itself would. Whoever calls waits as long as the server takes.
        """
        try:
            result = self._asked(prepared, values)
        except psycopg.Error as error:
            if error.sqlstate != _GONE:
                raise
            self._known.clear()
            result = self._asked(prepared, values)
        if not result.ntuples:
            return None
        return tuple([result.get_value(0, column) for column in range(result.nfields)])

    def _asked(self, prepared: Prepared, values: Sequence[bytes | None]) -> PGresult:
        if prepared.name not in self._known:
            self._checked(self._server.prepare(*prepared))
            self._known.add(prepared.name)
        # What psycopg says of its own call leaves NULL out.
        return self._checked(self._server.exec_prepared(prepared.name, cast("Sequence[bytes]", values)))

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in _GOOD:
            return result
        if self._server.status == ConnStatus.BAD:
            raise psycopg.OperationalError(self._server.get_error_message())
        raise psycopg.errors.error_from_result(result)


def moment(value: datetime) -> bytes:
    return value.isoformat().encode()


def binary(value: bytes | None) -> bytes | None:
    return None if value is None else b"\\x" + value.hex().encode()


def read_binary(value: bytes) -> bytes:
    return bytes.fromhex(value[2:].decode())


def texts(values: Iterable[str]) -> bytes:
    """A text array."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{{{}}}".format(",".join(f'"{value}"' for value in quoted)).encode()
