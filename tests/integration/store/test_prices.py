from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from gateway.domain import numbers
from gateway.domain.pricing import price_of
from gateway.store import prices
from gateway.store.tenancy import tenant_transaction
from tests.integration.store.tenants import add_tenant


@pytest.fixture
def tenant_id(worker_engine: Engine) -> UUID:
    return add_tenant(worker_engine)


def test_list_price_is_that_of_the_domain_for_every_destination(tenant_id: UUID, api_engine: Engine) -> None:
    with tenant_transaction(api_engine, tenant_id) as connection:
        for number in ("+93700000141", "+93720000141", "+93760000141", "+93780000141", "+93750000141", "+93400000141",
                       "+4479000000141"):  # fmt: skip
            operator, country, _ = numbers.operator_of(number)
            assert prices.find_price(connection, tenant_id, country, operator) == price_of(operator, 1)


def test_own_line_wins_and_within_a_list_the_closer_one(
    tenant_id: UUID, worker_engine: Engine, api_engine: Engine
) -> None:
    with worker_engine.begin() as connection:
        other = add_tenant(worker_engine)
        prices.set_price(connection, tenant_id, "AF", "*", Decimal("0.2"))
        prices.set_price(connection, tenant_id, "AF", "Roshan", Decimal("0.3"))
        prices.set_price(connection, tenant_id, "AF", "Roshan", Decimal("0.25"))
        prices.set_price(connection, other, "*", "*", Decimal(9))
    with tenant_transaction(api_engine, tenant_id) as connection:
        found = {
            (country, operator): prices.find_price(connection, tenant_id, country, operator)
            for country, operator in (("AF", "Roshan"), ("AF", "AWCC"), ("AF", "other"), ("GB", "other"))
        }
        listed = prices.list_prices(connection, tenant_id)
    assert found == {
        ("AF", "Roshan"): Decimal("0.25"), ("AF", "AWCC"): Decimal("0.2"), ("AF", "other"): Decimal("0.2"),
        ("GB", "other"): Decimal("4.5"),
    }  # fmt: skip
    assert [(line.country, line.operator) for line in listed if line.own] == [("AF", "Roshan"), ("AF", "*")]
    assert len({(line.country, line.operator) for line in listed}) == len(listed)
    assert (listed[-1].country, listed[-1].operator) == ("*", "*")


def test_currency_without_a_list_has_no_price_until_one_is_agreed(
    tenant_id: UUID, worker_engine: Engine, api_engine: Engine
) -> None:
    with worker_engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET currency = 'EUR'"))
    with tenant_transaction(api_engine, tenant_id) as connection:
        assert prices.find_price(connection, tenant_id, "AF", "AWCC") is None
        assert prices.list_prices(connection, tenant_id) == []
    with worker_engine.begin() as connection:
        prices.set_default_price(connection, "EUR", "*", "*", Decimal("0.06"))
    with tenant_transaction(api_engine, tenant_id) as connection:
        assert prices.find_price(connection, tenant_id, "AF", "AWCC") == Decimal("0.06")
        assert [line.currency for line in prices.list_prices(connection, tenant_id)] == ["EUR"]


def test_prices_of_another_tenant_are_not_seen(tenant_id: UUID, worker_engine: Engine, api_engine: Engine) -> None:
    other = add_tenant(worker_engine)
    with worker_engine.begin() as connection:
        prices.set_price(connection, other, "AF", "AWCC", Decimal(7))
    with tenant_transaction(api_engine, tenant_id) as connection:
        assert prices.find_price(connection, other, "AF", "AWCC") is None
        assert prices.find_price(connection, tenant_id, "AF", "AWCC") == Decimal("0.35")
