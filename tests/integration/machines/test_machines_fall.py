"""3 portals, 3 gateways and 2 workers behind nginx, people clicking, messages being sent: one of each kind falls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID

import pytest
import requests
from sqlalchemy import Engine

from bench.sign_in import access_token
from bench.stack import Stack
from gateway.domain import ids
from gateway.settings import GatewaySettings
from gateway.store import ledger, outbound, rollups
from gateway.store.accounts import find_tenant
from gateway.store.engine import create_engine
from tests.integration.machines.users import Browser, Crowd, Program
from tests.support.machines import Site, running_site
from tests.support.postgres import NewDatabase

PATIENCE_SECONDS = 600
# Eight programs start, and what they do waits for conditions and not for clocks: a busy machine takes its time.
pytestmark = pytest.mark.timeout(1800)
FINAL = "('delivered', 'failed', 'expired', 'rejected', 'blocked')"
SETTINGS = {
    "GATEWAY_ACCESS_TOKEN_SECONDS": "50",  # refreshed when half a minute is left: every twenty seconds
    "GATEWAY_REFRESH_LEEWAY_SECONDS": "60",  # this machine may be busy with other things
}


@pytest.fixture(scope="module")
def site(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with (
        new_database() as url,
        running_site(url, folder, portals=3, gateways=3, workers=2, settings=SETTINGS) as running,
    ):
        yield running


def until(condition: Callable[[], bool], what: str, site: Site) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what}\n{site.logs()[-6000:]}")
        time.sleep(0.1)


def signed_in(site: Site, *emails: str) -> list[Browser]:
    browsers = [Browser(site, email) for email in emails]
    for browser in browsers:
        browser.sign_in()
    return browsers


def api_key(site: Site) -> str:
    token = access_token(Stack(site.portal_url, site.gateway_url, site.folder, 0), "owner@demo.example")
    wanted = {
        "name": "Machines",
        "scopes": ["sms:send", "sms:read"],
        "mode": "live",
        "expiresAt": None,
        "allowedIps": [],
    }
    answer = requests.post(
        f"{site.gateway_url}/v1/api-keys", json=wanted, headers={"Authorization": f"Bearer {token}"}, timeout=120
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["rawKey"])


def test_nobody_notices_more_than_a_repeated_question_and_nothing_is_lost(site: Site) -> None:
    worker = create_engine(GatewaySettings(database_url=site.database_url), "worker")
    with worker.begin() as connection:
        tenant = find_tenant(connection, "demo-bank")
        assert tenant is not None
        ledger.top_up(connection, tenant, Decimal(100_000), "receipt 1")
    browsers = signed_in(site, "owner@demo.example", "viewer@demo.example", "developer@demo.example")
    program, crowd = Program(site, api_key(site)), Crowd()
    for browser in browsers:
        for tab in range(2):
            crowd.click(browser, tab)
    for _ in range(2):
        crowd.join(program.send)
    try:
        for fallen in (None, site.portals[0], site.gateways[1], site.workers[0]):
            if fallen is not None:
                fallen.kill()
            pages, sent = [browser.pages for browser in browsers], len(program.accepted)
            until(
                lambda: (
                    all(browser.pages >= before + 4 for browser, before in zip(browsers, pages, strict=True))  # noqa: B023
                    and len(program.accepted) >= sent + 8  # noqa: B023
                ),
                f"they do not get on after {fallen.name if fallen else 'the start'}",
                site,
            )
        until(lambda: all(browser.refreshed for browser in browsers), "no session was renewed", site)
    finally:
        crowd.leave()
    faults = [*crowd.faults, *program.faults, *(fault for browser in browsers for fault in browser.faults)]
    assert faults == []
    _nothing_is_lost(site, worker, tenant, program)
    worker.dispose()


def _nothing_is_lost(site: Site, worker: Engine, tenant: UUID, program: Program) -> None:
    """Everything accepted is there once, was sent, ended once and was charged once, and all sums are recounts."""
    messages = {"ids": [ids.decode(made) for made in program.accepted.values()]}
    until(
        lambda: (
            site.sql(
                f"SELECT count(*) FROM messages WHERE message_id = ANY (%(ids)s) AND status NOT IN {FINAL}", messages
            )
            == [(0,)]
        ),
        "messages are still on their way",
        site,
    )
    assert len(set(messages["ids"])) == len(messages["ids"])
    key = "SELECT key_id FROM api_keys WHERE name = 'Machines'"
    stored = site.sql(f"SELECT message_id FROM messages WHERE api_key_id = ({key})")
    assert sorted(row[0] for row in stored) == sorted(messages["ids"])
    for column, condition in (("reserve", "kind = 'reserve'"), ("close", "debit = 'reserved'")):
        entries = site.sql(
            f"SELECT message_id, count(*) FROM ledger_entries WHERE message_id = ANY (%(ids)s) AND {condition} GROUP BY 1",
            messages,
        )
        assert {count for _, count in entries} == {1}, column
        assert len(entries) == len(messages["ids"]), column
    ends = site.sql(
        f"""SELECT count(*) FROM message_events
            WHERE message_id = ANY (%(ids)s) AND kind = 'status' AND status IN {FINAL}""",
        messages,
    )
    assert ends == [(len(messages["ids"]),)]
    with worker.begin() as connection:
        rollups.fold_all(connection)
        assert rollups.differences(connection, tenant) == {}
        assert ledger.differences(connection, tenant) == []
        assert outbound.differences(connection, tenant) == []


def test_tabs_that_renew_a_session_by_several_portals_at_once_all_go_on(site: Site) -> None:
    """The portals know nothing of each other: the issuer gives all of them the same successor."""
    [browser] = signed_in(site, "billing@demo.example")
    alive = [machine.address for machine in site.portals if machine.process.poll() is None]
    due = int(SETTINGS["GATEWAY_ACCESS_TOKEN_SECONDS"]) - 30
    began = time.monotonic()
    until(lambda: time.monotonic() - began > due + 1, "time stands still", site)
    ready = threading.Barrier(6)

    def ask(number: int) -> int:
        ready.wait()
        return browser.get("/profile", to=alive[number % len(alive)])[0]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [200] * 6
    assert browser.refreshed
    assert browser.faults == []
    assert [browser.get("/profile", to=address)[0] for address in alive] == [200] * len(alive)


def test_who_signs_out_at_one_portal_is_out_at_the_others_soon(site: Site) -> None:
    """Without a Redis: as soon as the others ask the platform again."""
    [browser] = signed_in(site, "admin@demo.example")
    alive = [machine.address for machine in site.portals if machine.process.poll() is None]
    assert [browser.get("/profile", to=address)[0] for address in alive] == [200] * len(alive)
    kept = dict(browser.cookies)
    assert browser.sign_out(to=alive[0]) == 200
    browser.cookies = kept
    until(lambda: all(browser.get("/profile", to=address)[0] != 200 for address in alive), "somebody is still in", site)
