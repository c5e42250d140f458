from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.shell import PortalDash
from tests.support.shell_demo import build, pages_set_aside


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, PortalDash]]:
    """The demo application and a client for it."""
    with pages_set_aside():
        server, app = build(tmp_path_factory.mktemp("shell"))
        yield server.test_client(), app


@pytest.fixture
def client(demo: tuple[FlaskClient, PortalDash]) -> FlaskClient:
    return demo[0]


@pytest.fixture
def app(demo: tuple[FlaskClient, PortalDash]) -> PortalDash:
    return demo[1]


@pytest.fixture
def assets_folder() -> Path:
    return Path(__file__).resolve().parents[4] / "assets"
