from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine

NewTenant = Callable[..., UUID]


@pytest.fixture(scope="session")
def shared_worker_engine(database_url: str) -> Iterator[Engine]:
    """The worker's engine on the database that tests with tenants of their own share."""
    engine = create_engine(GatewaySettings(database_url=database_url), "worker")
    try:
        yield engine
    finally:
        engine.dispose()


def add_tenant(engine: Engine, time_zone: str = "Asia/Kabul") -> UUID:
    tenant_id = uuid4()
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO tenants (tenant_id, slug, name, time_zone) VALUES (:id, :slug, 'Test', :zone)"),
            {"id": tenant_id, "slug": f"t-{tenant_id.hex[:20]}", "zone": time_zone},
        )
    return tenant_id
