"""Reference rows that every database holds, whatever its tenants."""

from __future__ import annotations

from sqlalchemy import Connection, text

from gateway.domain.errors import CATALOGUE
from gateway.domain.numbers import HOME_REGION, OTHER_OPERATOR
from gateway.domain.pricing import CURRENCY, SEGMENT_PRICES
from gateway.store.prices import EVERY


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


def write_default_prices(connection: Connection) -> None:
    """Give an empty price list its first lines; one that an operator keeps is left alone. Needs the owner's role."""
    lines = [
        (EVERY, EVERY, price) if operator == OTHER_OPERATOR else (HOME_REGION, operator, price)
        for operator, price in SEGMENT_PRICES.items()
    ]
    countries, operators, amounts = (list(column) for column in zip(*lines, strict=True))
    connection.execute(
        text(
            "INSERT INTO default_prices (currency, country, operator, price) SELECT :currency, l.* FROM unnest("
            "CAST(:countries AS text[]), CAST(:operators AS text[]), CAST(:amounts AS numeric[])) AS l"
            " WHERE NOT EXISTS (SELECT FROM default_prices)"
        ),
        {"currency": CURRENCY, "countries": countries, "operators": operators, "amounts": amounts},
    )
