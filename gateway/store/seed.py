"""Reference rows that every database holds, whatever its tenants."""

from __future__ import annotations

from sqlalchemy import Connection, text

from gateway.domain.errors import CATALOGUE


def write_error_codes(connection: Connection) -> None:
    """Make the table of error codes equal to the catalogue. Needs the owner's role."""
    rows = [{"code": item.code, "permanent": item.permanent} for item in CATALOGUE.values()]
    connection.execute(
        text(
            "INSERT INTO error_codes (code, permanent) VALUES (:code, :permanent) "
            "ON CONFLICT (code) DO UPDATE SET permanent = excluded.permanent"
        ),
        rows,
    )
