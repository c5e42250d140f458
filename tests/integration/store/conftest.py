from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine

from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from tests.integration.store.tenants import two_filled

NewTenant = Callable[..., UUID]


@pytest.fixture(scope="session")
def shared_worker_engine(database_url: str) -> Iterator[Engine]:
    """The worker's engine on the database that tests with tenants of their own share."""
    engine = create_engine(GatewaySettings(database_url=database_url), "worker")
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture
def tenants(worker_engine: Engine, api_engine: Engine) -> tuple[UUID, UUID]:
    """Two tenants, ours and theirs, each with a row in every tenant table."""
    return two_filled(api_engine, worker_engine)
