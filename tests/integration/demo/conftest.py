from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway import demo
from gateway.settings import GatewaySettings
from gateway.store.engine import create_engine
from tests.support.postgres import NewDatabase

UNTIL = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
MESSAGES = 12_000


@dataclass
class Demo:
    """A database with a small demo in it."""

    settings: GatewaySettings
    engine: Engine
    report: demo.DemoReport

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values))


@contextmanager
def small_demo(new_database: NewDatabase, directory: Path, **options: Any) -> Iterator[Demo]:
    """A demo of few messages in a database of its own."""
    with new_database() as url:
        settings = GatewaySettings(database_url=url, data_dir=directory)
        report = demo.load(settings, **{"messages": MESSAGES, "until": UNTIL} | options)
        engine = create_engine(settings, "worker")
        try:
            yield Demo(settings, engine, report)
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def world(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with small_demo(new_database, tmp_path_factory.mktemp("demo")) as made:
        yield made


@pytest.fixture
def make_demo(new_database: NewDatabase, tmp_path: Path) -> Callable[..., Any]:
    """`small_demo` with this test's options."""
    return lambda **options: small_demo(new_database, tmp_path, **options)
