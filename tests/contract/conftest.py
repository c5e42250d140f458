"""The API over real data, for tests of its published contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.store.notes import Writer, create_note
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import NOW, World, build_world
from tests.support.postgres import NewDatabase

NOTE = "only-for-the-platforms-people"
"""What a note about the tenant says, and who wrote it: no customer is ever told."""


@pytest.fixture(scope="session")
def contract_world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with new_database() as url, build_world(url, tmp_path_factory.mktemp("contract"), messages=400) as built:
        author = built.people["tam"].user_id
        with tenant_transaction(built.api_engine, built.tenant, actor=str(author)) as connection:
            create_note(connection, built.tenant, NOTE, Writer(author, NOTE, NOW))
        yield built
