"""One world for the tests that only read, and a fresh one for those that write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api_world import World, build_world
from tests.support.postgres import NewDatabase


@pytest.fixture(scope="session")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Shared: read only."""
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("api")) as built:
        yield built


@pytest.fixture(scope="module")
def changing_world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """This module's: its tests change it, and count on nothing the others left."""
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("changing"), messages=300) as built:
        yield built


@pytest.fixture
def own_world(fresh_database: str, tmp_path: Path) -> Iterator[World]:
    """This test's own: may be written to."""
    with build_world(fresh_database, tmp_path, messages=300) as built:
        yield built
