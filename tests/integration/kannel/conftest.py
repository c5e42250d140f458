"""The gateway's API, a real Kannel bound to the tests' message centre, and the carrier between them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from gateway.api.access import Principal
from gateway.api.app import create_app
from gateway.api.context import EXTENSION, Dependencies
from gateway.carriers.kannel import Kannel
from gateway.carriers.port import Outbound
from gateway.domain import ids
from gateway.domain.messages import new_message
from gateway.domain.segments import segment
from gateway.settings import GatewaySettings
from gateway.store.accounts import create_tenant
from gateway.store.engine import create_engine
from gateway.store.writes import insert_messages
from tests.support import kannel as engine
from tests.support.postgres import NewDatabase
from tests.support.served import HOST, free_port, served
from tests.support.smpp_smsc import MessageCentre

INBOUND_TOKEN = "change-this-inbound-token"
WAIT_SECONDS = 30


@dataclass(frozen=True)
class House:
    """Everything from the carrier's adapter to the operator's message centre and back to the database."""

    settings: GatewaySettings
    engine: engine.Kannel
    carrier: Kannel
    worker: Engine
    api_url: str
    tenant: UUID
    other: UUID

    @property
    def centre(self) -> MessageCentre:
        return self.engine.centre

    def new_message(self, body: str, recipient: str = "+93700000141", sender: str = "BANK") -> Outbound:
        """A queued message of the tenant, as the API would have stored it."""
        now = ids.to_milliseconds(datetime.now(UTC))
        row = new_message(
            tenant_id=self.tenant, submitted_at=now, recipient=recipient, sender_id=sender, source="api", body=body,
            external_id=str(time.monotonic_ns()),
        )  # fmt: skip
        with self.worker.begin() as connection:
            insert_messages(connection, [row])
        counted = segment(body)
        return Outbound(
            self.tenant, row.message_id, sender, recipient, body, counted.encoding, counted.segments,
            now + timedelta(hours=1),
        )  # fmt: skip

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with self.worker.begin() as connection:
            return list(connection.execute(text(statement), values))

    def message(self, sent: Outbound) -> Any:
        found = self.sql(
            "SELECT status::text, error_code, carrier_code, submitted_at, final_at FROM messages WHERE message_id = :id",
            id=sent.message_id,
        )
        return found[0]

    def events(self, sent: Outbound) -> list[tuple[str, str | None]]:
        """(kind, status) of what happened to a message, in order, without its acceptance."""
        found = self.sql(
            "SELECT kind, status::text FROM message_events WHERE message_id = :id ORDER BY seq", id=sent.message_id
        )
        return [tuple(row) for row in found][1:]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Returns when `condition` holds: receipts come when Kannel and the network please."""
        end = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert time.monotonic() < end, f"waited in vain: {what}"
            time.sleep(0.03)

    def until_status(self, sent: Outbound, status: str) -> None:
        self.until(lambda: self.message(sent)[0] == status, f"{sent.body[:20]!r} to be {status}")


def settings_for(database_url: str, directory: Path, running: engine.Kannel, port: int) -> GatewaySettings:
    return GatewaySettings(
        database_url=database_url, data_dir=directory, port=port, public_url=f"http://{HOST}:{port}",
        kannel_url=running.url, kannel_username=engine.USERNAME, kannel_password=engine.PASSWORD,
        kannel_callback_url=f"http://{HOST}:{port}", carrier="kannel", kannel_inbound_token=INBOUND_TOKEN,
    )  # fmt: skip


@contextmanager
def built_house(database_url: str, directory: Path) -> Iterator[House]:
    port = free_port()
    inbound = f"http://kannel:{INBOUND_TOKEN}@{HOST}:{port}"
    with engine.kannel_below(directory / "kannel", inbound_url=inbound) as running:
        settings = settings_for(database_url, directory, running, port)
        engines = {role: create_engine(settings, role) for role in ("api", "worker", "identity")}  # type: ignore[arg-type]
        try:
            with engines["worker"].begin() as connection:
                tenant = create_tenant(connection, slug="acme", name="Acme")
                other = create_tenant(connection, slug="globex", name="Globex")
            app = create_app(settings, engines["api"], identity_engine=engines["identity"])
            owner = Principal(uuid4(), tenant, "customer", frozenset({"owner", "customer"}))
            own: Dependencies = app.extensions[EXTENSION]
            people = {"token-of-owner": owner}
            app.extensions[EXTENSION] = replace(own, verify=people.get)
            with served(app, port):
                carrier = Kannel.from_settings(settings)
                try:
                    yield House(settings, running, carrier, engines["worker"], f"http://{HOST}:{port}", tenant, other)
                finally:
                    running.stop(how=signal.SIGKILL)  # before the API, so that no receipt is under way when it ends
        finally:
            for each in engines.values():
                each.dispose()


@pytest.fixture(scope="session")
def shared_house(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    engine.require_kannel()
    with new_database() as url, built_house(url, tmp_path_factory.mktemp("house")) as built:
        yield built


@pytest.fixture
def house(shared_house: House) -> House:
    """The shared house, its centre delivering everything, nothing on its record."""
    shared_house.centre.forget()
    return shared_house


@pytest.fixture
def own_house(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    """A house of this test alone: its Kannel may be stopped."""
    engine.require_kannel()
    with built_house(fresh_database, tmp_path) as built:
        yield built
