"""The portal's real callbacks on the real gateway, asked by whoever a test names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from portal.domain.actor import Actor
from portal.settings import PortalSettings
from portal.shell import PortalDash
from portal.wiring import build_services
from tests.support import portal_on_fakes
from tests.support.api_world import PASSWORD, QUICK, World, build_world
from tests.support.postgres import NewDatabase
from tests.support.served import HOST, free_port, served


@dataclass
class House:
    """A gateway with two customers, and a portal in front of it whose every request is by ``asker``."""

    world: World
    app: PortalDash = field(init=False)
    client: FlaskClient = field(init=False)
    asker: str = "owner"

    def actor(self, who: str | None = None) -> Actor:
        name, _, role = (who or self.asker).partition(" as ")
        person = self.world.people[name]
        if role:  # an internal user in a preview: as the portal's edge makes them (portal/web/preview.py)
            return Actor(
                user_id=str(person.user_id),
                tenant_id=str(self.world.tenant),
                user_type="customer",
                roles=frozenset({"customer", role}),
                name=name,
                email=f"{name}@tests.example",
                token=f"token-of-{name}",
                preview_role=role,
            )
        return Actor(
            user_id=str(person.user_id),
            tenant_id=str(person.tenant_id) if person.tenant_id else None,
            user_type="internal" if person.internal else "customer",
            roles=person.roles,
            name=name,
            email=f"{name}@tests.example",
            token=f"token-of-{name}",
        )

    def post(self, who: str, body: dict[str, Any]) -> tuple[int, str]:
        """A callback's answer to ``who``."""
        self.asker = who
        answer = self.client.post("/_dash-update-component", json=body)
        return answer.status_code, answer.get_data(as_text=True)

    def forgive(self) -> None:
        """Everybody has the password they began with, and nobody is throttled."""
        with self.world.identity_engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM oidc_login_attempts")
            connection.exec_driver_sql("UPDATE users SET password_hash = %(hash)s", {"hash": QUICK.hash(PASSWORD)})


@pytest.fixture(scope="session")
def house(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("roles")
    port = free_port()
    with (
        new_database() as url,
        build_world(url, folder / "gateway", messages=120) as world,
        served(world.app, port),
    ):
        built = House(world)
        api_url = f"http://{HOST}:{port}"
        settings = cast(PortalSettings, SimpleNamespace(gateway_url=api_url, api_url=api_url))
        server, built.app = portal_on_fakes.build(
            folder / "portal", services=build_services(settings), asker=lambda: built.actor()
        )
        built.client = server.test_client()
        assert built.client.get("/profile").status_code == 200  # Dash sets itself up with the first request
        yield built
