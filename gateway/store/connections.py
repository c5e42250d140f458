"""What other layers may know of the database: the types they pass on, and the errors of its absence. No SQL with it."""

from __future__ import annotations

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = ["ABSENCE", "Connection", "DatabaseError", "Engine"]

ABSENCE: tuple[type[Exception], ...] = (
    *(OperationalError, InterfaceError, PoolTimeout),
    # What goes past SQLAlchemy to the driver says the same in the driver's own words.
    *(psycopg.OperationalError, psycopg.InterfaceError),
)
"""The server does not answer, or all connections are busy: worth trying again."""
