"""Price lists: one price per segment by country and operator, in the tenant's currency.

A tenant's own lines win over the list that is the same for everyone; within a list the closer line wins. `*` stands for
every other operator of a country, or every other country.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Price:
    """One line: `price` per segment. `own` tells the tenant's own lines from those of the list."""

    country: str
    operator: str
    price: Decimal
    currency: str
    own: bool


_LINES = """
    SELECT country, operator, price, t.currency, true AS own FROM tenant_prices p JOIN tenants t USING (tenant_id)
    WHERE t.tenant_id = :tenant_id
    UNION ALL
    SELECT d.country, d.operator, d.price, d.currency, false FROM default_prices d JOIN tenants t USING (currency)
    WHERE t.tenant_id = :tenant_id"""

_FIND = text(f"""
    SELECT price FROM ({_LINES}) AS l
    WHERE country IN (:country, '*') AND operator IN (:operator, '*')
    ORDER BY own DESC, country = '*', operator = '*' LIMIT 1""")  # noqa: S608 — of the constant above

_LIST = text(f"""
    SELECT DISTINCT ON (country = '*', country, operator = '*', operator) country, operator, price, currency, own
    FROM ({_LINES}) AS l
    ORDER BY country = '*', country, operator = '*', operator, own DESC""")  # noqa: S608 — of the constant above

_SET = text("""
    INSERT INTO tenant_prices (tenant_id, country, operator, price) VALUES (:tenant_id, :country, :operator, :price)
    ON CONFLICT (tenant_id, country, operator) DO UPDATE SET price = excluded.price""")

_SET_DEFAULT = text("""
    INSERT INTO default_prices (currency, country, operator, price) VALUES (:currency, :country, :operator, :price)
    ON CONFLICT (currency, country, operator) DO UPDATE SET price = excluded.price""")


def find_price(connection: Connection, tenant_id: UUID, country: str, operator: str) -> Decimal | None:
    """What a segment to `operator` in `country` costs the tenant; None when no line says so."""
    found: Decimal | None = connection.execute(
        _FIND, {"tenant_id": tenant_id, "country": country, "operator": operator}
    ).scalar()
    return found


def list_prices(connection: Connection, tenant_id: UUID) -> list[Price]:
    """The lines that hold for the tenant, by country and operator, the general ones last.

    A line of the list that an own line of the same country and operator replaces is left out; one that a more general
    own line overrules is not.
    """
    return [Price(*row) for row in connection.execute(_LIST, {"tenant_id": tenant_id})]


def set_price(connection: Connection, tenant_id: UUID, country: str, operator: str, price: Decimal) -> None:
    """Agree on a price with a tenant (worker's connection)."""
    connection.execute(_SET, {"tenant_id": tenant_id, "country": country, "operator": operator, "price": price})


def set_default_price(connection: Connection, currency: str, country: str, operator: str, price: Decimal) -> None:
    """Change a line of the list for everyone with this currency (worker's connection)."""
    connection.execute(_SET_DEFAULT, {"currency": currency, "country": country, "operator": operator, "price": price})
