"""The gateway's stream of revisions: who may listen, what is told, and what happens when the database is cut off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from event_streams import Parser, ServerEvent
from gateway.identity.policy import REVISIONS_SCOPE, SCOPES
from tests.integration.api.serving import gateway
from tests.integration.live.conftest import BANK, SHOP, Database, furnished
from tests.support.postgres import NewDatabase
from tests.support.provider import CLIENT_ID, CLIENT_SECRET

WAIT_SECONDS = 30
PATH = "/v1/internal/revisions"


@pytest.fixture(scope="module")
def served(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Database]]:
    with (
        new_database() as url,
        furnished(url, "http://localhost:1") as database,
        gateway(url, tmp_path_factory.mktemp("gateway")) as (address, _, _),
    ):
        yield address, database


def ask_token(address: str, **changes: Any) -> requests.Response:
    form = {"grant_type": "client_credentials", "scope": REVISIONS_SCOPE} | changes
    return requests.post(
        f"{address}/v1/auth/oidc/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=WAIT_SECONDS
    )


def bearer(address: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {ask_token(address).json()['access_token']}"}


Listen = Callable[[], Iterator[ServerEvent]]


@pytest.fixture
def listen(served: tuple[str, Database]) -> Iterator[Listen]:
    address, _ = served
    with ExitStack() as stack:

        def go() -> Iterator[ServerEvent]:
            response = stack.enter_context(
                requests.get(f"{address}{PATH}", headers=bearer(address), stream=True, timeout=WAIT_SECONDS)
            )
            assert response.status_code == 200, response.text
            assert response.headers["Content-Type"].startswith("text/event-stream")

            def events() -> Iterator[ServerEvent]:
                parser = Parser()
                for piece in response.raw.stream(4096):
                    yield from parser.feed(piece)

            return events()

        yield go


def told(events: Iterator[ServerEvent], tenant_id: object, revision: int) -> dict[str, int]:
    """All that was said until this was."""
    found: dict[str, int] = {}
    while found.get(str(tenant_id)) != revision:
        event = next(events)
        assert event.name == "revisions"
        found |= json.loads(event.data)
    return found


def test_every_listener_hears_which_accounts_have_new_numbers(served: tuple[str, Database], listen: Listen) -> None:
    _, database = served
    # Some of them come to one worker of the gateway and some to the other.
    listeners = [listen() for _ in range(6)]
    assert {next(events).name for events in listeners} == {"ready"}
    bank, shop = database.new_numbers(BANK), database.new_numbers(SHOP)
    for events in listeners:
        assert told(events, SHOP, shop)[str(BANK)] == bank


def test_stream_ends_when_the_database_is_not_heard_and_says_when_it_is_again(
    served: tuple[str, Database], listen: Listen
) -> None:
    _, database = served
    events = listen()
    assert next(events).name == "ready"
    database.cut_listeners()
    assert list(events) == []
    again = listen()
    assert next(again).name == "ready"
    revision = database.new_numbers(BANK)
    assert told(again, BANK, revision)


def test_notice_of_an_older_worker_is_looked_up(served: tuple[str, Database], listen: Listen) -> None:
    _, database = served
    events = listen()
    assert next(events).name == "ready"
    revision = database.new_numbers(BANK)
    told(events, BANK, revision)
    with database.engines["worker"].begin() as connection:
        connection.exec_driver_sql(
            f"SELECT pg_notify('tenant_revisions', '{BANK}'), pg_notify('tenant_revisions', 'x y')"
        )
    assert told(events, BANK, revision) == {str(BANK): revision}


def test_token_of_a_client_opens_nothing_else_and_no_other_token_opens_this(
    served: tuple[str, Database],
) -> None:
    address, _ = served
    own = bearer(address)
    for path in ("/v1/me", "/v1/analytics/revision", "/v1/internal/tenants", "/v1/auth/oidc/userinfo"):
        assert requests.get(f"{address}{path}", headers=own, timeout=WAIT_SECONDS).status_code == 401, path
    for headers in ({}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Bearer gsk_live_x"}):
        assert requests.get(f"{address}{PATH}", headers=headers, timeout=WAIT_SECONDS).status_code == 401


@pytest.mark.parametrize("scope", ["openid", "", f"openid {REVISIONS_SCOPE}"])
def test_client_gets_a_token_for_that_scope_and_no_other(served: tuple[str, Database], scope: str) -> None:
    answer = ask_token(served[0], scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_client_that_is_not_registered_for_it_gets_none(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        new_database() as url,
        furnished(url, "http://localhost:1", scopes=SCOPES),
        gateway(url, tmp_path_factory.mktemp("plain")) as (address, _, _),
    ):
        answer = ask_token(address)
        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
