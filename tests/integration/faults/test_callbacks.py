"""What people press while the platform fails: nothing that writes is sent twice, and every answer is one of ours."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import pytest

from portal.settings import PortalSettings
from portal.wiring import build_services
from tests.integration.faults.conftest import NEVER
from tests.integration.roles.aims import aim_at
from tests.integration.roles.conftest import House
from tests.integration.roles.test_portal_callbacks import READS, WRITES, forged, permitted
from tests.support import fault_proxy as faults
from tests.support import portal_on_fakes
from tests.support.api_world import World
from tests.support.fault_proxy import Fault, FaultProxy

WAIT_SECONDS = 1.0
"""How long this portal waits for the platform: a hundred callbacks wait it out here."""
# All callbacks ask by the same clients: of those that wait out a time-out each time, some are enough.
ON_WRITES: dict[str, Fault] = {
    "hang": faults.hang,
    "refuse": faults.refuse,
    "cut": faults.cut,
    "unavailable": faults.answering(503, b"", retry_after="0"),
    "redirect": faults.answering(307, b"", location="/v1/messages"),
    "nothing": faults.answering(200, b"{}"),
}
ON_READS: dict[str, Fault] = {
    "hang": faults.hang,
    "failing": faults.failing,
    "too_many": faults.too_many,
    "html": faults.html,
    "nulls": faults.reshaped(lambda _value: None),
    "lists": faults.reshaped(lambda value: [value]),
}


@pytest.fixture(scope="module")
def house(world: World, broken_line: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> House:
    built = House(world)
    settings = cast(PortalSettings, SimpleNamespace(gateway_url=broken_line.url, api_url=broken_line.url))
    with (
        mock.patch("portal.wiring.Circuit", NEVER),
        mock.patch("portal.wiring.READ_SECONDS", WAIT_SECONDS),
        mock.patch("portal.wiring.CHECK_SECONDS", WAIT_SECONDS),
    ):
        services = build_services(settings)
    folder = tmp_path_factory.mktemp("callbacks")
    server, built.app = portal_on_fakes.build(folder, services=services, asker=lambda: built.actor())
    built.client = server.test_client()
    assert built.client.get("/profile").status_code == 200  # Dash sets itself up with the first request
    return built


@pytest.mark.parametrize("name", ON_WRITES)
def test_nothing_that_writes_is_sent_twice(
    house: House, proxy: FaultProxy, crashes: Callable[[], list[str]], name: str
) -> None:
    for handler in WRITES[::4] if name == "hang" else WRITES:
        if not permitted(house, handler, "owner"):
            continue
        house.forgive()
        aim = aim_at(house, house.world.tenant, "owner")
        proxy.forget()
        proxy.break_down(ON_WRITES[name])
        status, text = house.post("owner", forged(house, handler, aim).body)
        proxy.heal()
        writes = [(each.method, each.path) for each in proxy.seen if each.method != "GET"]
        assert len(writes) == 1, f"{handler}: {writes}"
        check(handler, status, text)
    assert not crashes()


@pytest.mark.parametrize("name", ON_READS)
def test_what_only_reads_fails_in_words(
    house: House, proxy: FaultProxy, crashes: Callable[[], list[str]], name: str
) -> None:
    aims = {who: aim_at(house, house.world.tenant, who) for who in ("owner", "tam")}
    proxy.break_down(ON_READS[name])
    for handler in READS[::4] if name == "hang" else READS:
        status, text = house.post("owner", forged(house, handler, aims["owner"]).body)
        if status == 403:  # for the platform's own people alone
            status, text = house.post("tam", forged(house, handler, aims["tam"]).body)
        check(handler, status, text)
    assert not crashes()


def check(handler: str, status: int, text: str) -> Any:
    assert status in (200, 204, 429), (handler, status, text[:500])
    for word in ("Traceback", "hunter2", "your router", "alert(1)"):
        assert word not in text, f"{handler} shows {word}"
