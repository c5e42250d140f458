"""Connections to PostgreSQL, each with the database role of the service that opens it.

The role is a start-up option of the connection: `RESET ROLE` leads back to it, and nothing has to be sent on check-out.
"""

from __future__ import annotations

import select
from typing import Any, Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.exc import DisconnectionError

from gateway.settings import GatewaySettings, SettingsError

Role = Literal["api", "worker", "identity", "owner"]

OLDEST_SERVER = 180_000
"""PostgreSQL 18: `uuidv7()` and `RETURNING old/new` are used."""


class ServerTooOld(SettingsError):
    """The server behind DATABASE_URL is older than PostgreSQL 18."""

    def __init__(self, server_version: int) -> None:
        super().__init__(
            "DATABASE_URL",
            f"the server is PostgreSQL {server_version // 10_000}, this gateway needs PostgreSQL 18 or newer",
        )
        self.server_version = server_version


class DatabaseUnreachable(SettingsError):
    """Nobody answers at DATABASE_URL, or not to this login."""

    def __init__(self, reason: str) -> None:
        super().__init__("DATABASE_URL", f"the server could not be reached: {reason.strip()}")


def create_engine(settings: GatewaySettings, role: Role) -> Engine:
    """An engine whose every connection has the role `gateway_<role>` and the UTC zone.

    The first connection raises ServerTooOld for a server older than PostgreSQL 18.
    """
    own = {
        "api": settings.database_api_url,
        "worker": settings.database_worker_url,
        "identity": settings.database_identity_url,
        "owner": None,
    }[role]
    options = f"-c role=gateway_{role} -c timezone=UTC"
    if role == "worker":
        options += " -c temp_buffers=64MB"  # imports stage their chunks in temporary tables
    engine = sqlalchemy_engine(
        sqlalchemy_url(own or require_database_url(settings), options=options),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_recycle=1800,
        pool_reset_on_return=None,
        pool_use_lifo=True,
        connect_args={"application_name": f"gateway-{role}", "connect_timeout": 10},
    )
    event.listen(engine, "connect", _refuse_old_server)
    event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "reset", _end_transaction)
    return engine


def create_read_engine(settings: GatewaySettings) -> Engine | None:
    """An engine on the replica, for reading as the API does; None without DATABASE_READ_URL.

    Nobody waits long for a replica: there is another server to ask.
    """
    if settings.database_read_url is None:
        return None
    options = "-c role=gateway_api -c timezone=UTC -c default_transaction_read_only=on"
    return sqlalchemy_engine(
        sqlalchemy_url(settings.database_read_url, options=options),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=1,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"application_name": "gateway-read", "connect_timeout": 2},
    )


def require_database_url(settings: GatewaySettings) -> str:
    """The URL of the database. Raises SettingsError when there is none and no embedded server was started."""
    if settings.database_url is None:
        raise SettingsError(
            "DATABASE_URL", "is needed here: start the embedded server first or name a PostgreSQL 18 server"
        )
    return settings.database_url


def sqlalchemy_url(database_url: str, *, options: str | None = None) -> URL:
    """`database_url` for SQLAlchemy's psycopg dialect, with libpq `options` added to those it may already have."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    if options:
        given = url.query.get("options", "")
        joined = given if isinstance(given, str) else " ".join(given)
        url = url.update_query_dict({"options": f"{joined} {options}".strip()})
    return url


def conninfo(database_url: str, *, options: str | None = None) -> str:
    """The same for libraries that speak to libpq: a connection string, with `options` added likewise."""
    given = conninfo_to_dict(database_url)
    joined = f"{given.get('options') or ''} {options or ''}".strip()
    return make_conninfo(database_url, **({"options": joined} if joined else {}))


def refuse_old_server(server_version: int) -> None:
    """Raise ServerTooOld unless `server_version` (libpq's number, e.g. 180006) is new enough."""
    if server_version < OLDEST_SERVER:
        raise ServerTooOld(server_version)


def _refuse_old_server(connection: Any, _record: object) -> None:
    refuse_old_server(connection.info.server_version)


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool open another connection instead of one that the server has left.

    A server that goes says so, or its machine does: then there is something to read where nobody asked anything. That
    costs no round trip, which asking the server would for every transaction. Whatever else it may be that was said, a
    new connection is never wrong.
    """
    if connection.closed:
        raise DisconnectionError("this connection was closed")
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if waiting.poll(0):
        raise DisconnectionError("the server has left this connection")


def _end_transaction(connection: Any, _record: object, _state: object) -> None:
    """Roll back what whoever gives the connection back left open; most leave nothing, and asking that costs little."""
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        connection.rollback()
