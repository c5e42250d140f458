"""Portal and gateway as in production, each under gunicorn in a process of its own, and people of two customers."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import requests
from sqlalchemy import Engine, text

from event_streams import Parser, ServerEvent
from gateway.domain.messages import new_message
from gateway.identity.clients import register_client
from gateway.identity.passwords import Passwords
from gateway.identity.policy import REVISIONS_SCOPE, SCOPES
from gateway.identity.users import create_user
from gateway.settings import GatewaySettings
from gateway.store.accounts import assign_tenant
from gateway.store.engine import create_engine
from gateway.store.rollups import fold_all
from gateway.store.writes import insert_messages
from tests.integration.api.serving import gateway
from tests.support.portal import PortalSite, portal_process, portal_settings
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, OWNER, PASSWORD, TAM, Provider
from tests.support.served import free_port
from tests.support.visitor import Visitor

BANK, SHOP = UUID("018f0000-0000-7000-8000-000000000001"), UUID("018f0000-0000-7000-8000-000000000002")
SHOP_OWNER = "owner@shop.example"
CROWD = ("first@bank.example", "second@bank.example")
"""People of the bank who take every stream they may have, and of whom nobody else asks for one."""
_numbers = itertools.count()


@dataclass
class Database:
    """The database behind a gateway, with ways to have new numbers in it."""

    url: str
    engines: dict[str, Engine]

    def new_numbers(self, tenant_id: UUID) -> int:
        """A message of the tenant, counted; returns the tenant's revision then."""
        row = new_message(
            tenant_id=tenant_id, submitted_at=datetime.now(UTC), recipient="+93700000141", sender_id="BANK",
            source="api", external_id=f"live-{next(_numbers)}",
        )  # fmt: skip
        with self.engines["worker"].begin() as connection:
            insert_messages(connection, [row])
        with self.engines["worker"].begin() as connection:
            fold_all(connection)
            return int(
                connection.execute(
                    text("SELECT revision FROM tenant_revisions WHERE tenant_id = :tenant"), {"tenant": tenant_id}
                ).scalar_one()
            )

    def cut_listeners(self) -> None:
        """End the connections on which gateways hear of revisions."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'gateway-revisions'"
            )


@contextmanager
def furnished(url: str, portal_url: str, *, scopes: tuple[str, ...] = (*SCOPES, REVISIONS_SCOPE)) -> Iterator[Database]:
    """Two customers with an owner each, a TAM of the first, and the portal as a client."""
    engines: dict[str, Engine] = {
        role: create_engine(GatewaySettings(database_url=url), role)  # type: ignore[arg-type]
        for role in ("owner", "identity", "worker")
    }
    quick = Passwords(time_cost=1, memory_kib=64, parallelism=1, concurrent=8)
    try:
        with engines["owner"].begin() as connection:
            for tenant_id, slug in ((BANK, "bank"), (SHOP, "shop")):
                connection.execute(
                    text("INSERT INTO tenants (tenant_id, slug, name) VALUES (:id, :slug, :slug)"),
                    {"id": tenant_id, "slug": slug},
                )
        with engines["identity"].begin() as connection:
            create_user(connection, OWNER, "Owner", PASSWORD, "customer", ["owner"], BANK, passwords=quick)
            create_user(connection, SHOP_OWNER, "Shop", PASSWORD, "customer", ["owner"], SHOP, passwords=quick)
            for email in CROWD:
                create_user(connection, email, "Crowd", PASSWORD, "customer", ["owner"], BANK, passwords=quick)
            tam = create_user(connection, TAM, "Tam", PASSWORD, "internal", ["tam"], None, passwords=quick)
            register_client(
                connection,
                CLIENT_ID,
                CLIENT_SECRET,
                [f"{portal_url}/auth/callback"],
                [f"{portal_url}/login"],
                f"{portal_url.replace('localhost', '127.0.0.1')}/auth/backchannel-logout",
                scopes=scopes,
            )
        with engines["worker"].begin() as connection:
            assign_tenant(connection, BANK, tam)
        yield Database(url, engines)
    finally:
        for engine in engines.values():
            engine.dispose()


class Live:
    """A browser's stream, event by event."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self._parser = Parser()
        self._events: list[ServerEvent] = []
        self._pieces = response.raw.stream(4096)

    def close(self) -> None:
        self.response.close()

    def events(self) -> Iterator[ServerEvent]:
        """Until the stream ends."""
        while True:
            while self._events:
                yield self._events.pop(0)
            piece = next(self._pieces, b"")
            if not piece:
                return
            self._events += self._parser.feed(piece)

    def news(self) -> dict[str, Any]:
        """The next news."""
        event = next(event for event in self.events() if event.name == "news")
        found: dict[str, Any] = json.loads(event.data)
        assert found.get("revision") in (None, int(event.event_id or -1))
        return found

    def until(self, revision: int) -> list[int]:
        """Everything that was told until this revision was."""
        told = []
        while not told or told[-1] != revision:
            told.append(self.news()["revision"])
        return told

    def rest(self) -> list[str]:
        """The names of all events until the end."""
        return [event.name for event in self.events()]


@dataclass
class House:
    """Everything that runs."""

    portal: PortalSite
    gateway_url: str
    gateway: subprocess.Popen[bytes]
    database: Database
    visitor: Callable[[str], Visitor]
    listen: Callable[..., Live]
    streams: list[Live]
    """All that were opened and may be open still."""

    def close_streams(self) -> None:
        while self.streams:
            self.streams.pop().close()


@contextmanager
def running_house(new_database: NewDatabase, folder: Path, *, workers: int = 1, **furniture: Any) -> Iterator[House]:
    port = free_port()
    url = f"http://localhost:{port}"
    (folder / "gateway").mkdir()
    (folder / "portal").mkdir()
    with ExitStack() as stack:
        database_url = stack.enter_context(new_database())
        database = stack.enter_context(furnished(database_url, url, **furniture))
        gateway_url, process, _ = stack.enter_context(gateway(database_url, folder / "gateway"))
        env = {"PORTAL_PUBLIC_URL": url, "PORTAL_GATEWAY_URL": gateway_url, "PORTAL_OIDC_ISSUER": gateway_url}
        stack.enter_context(portal_process(port, folder / "portal", env, workers=workers, ready="/ready"))
        known = Provider("bundled", gateway_url, gateway_url, list, lambda *_: None, error="", confirm="")
        site = PortalSite(url, portal_settings(url, known, folder / "portal"))

        def visitor(email: str = OWNER) -> Visitor:
            found = stack.enter_context(Visitor(site))
            found.sign_in(email)
            return found

        def listen(visitor: Visitor, path: str = "/_live", last_id: str | None = None) -> Live:
            headers = {} if last_id is None else {"Last-Event-ID": last_id}
            response = visitor.get(path, headers=headers, stream=True)
            assert response.status_code == 200, response.text
            house.streams.append(Live(response))
            return house.streams[-1]

        house = House(site, gateway_url, process, database, visitor, listen, [])
        stack.callback(house.close_streams)
        yield house


@pytest.fixture(scope="module")
def house(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(new_database, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(autouse=True)
def streams_end_with_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """A person has so many: what a test that failed left open would be missed by the next."""
    yield
    if "house" in request.fixturenames:
        request.getfixturevalue("house").close_streams()
