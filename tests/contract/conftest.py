"""The API over real data, for tests of its published contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api_world import World, build_world
from tests.support.postgres import NewDatabase


@pytest.fixture(scope="session")
def contract_world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("contract"), messages=400) as built:
        yield built
