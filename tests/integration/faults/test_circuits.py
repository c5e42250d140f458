"""Circuit breakers in the running portal: a platform that keeps failing is left alone, and asked again when time is over."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from portal.clients.circuit import Circuit
from tests.integration.faults.conftest import portal_at
from tests.support import fault_proxy as faults
from tests.support.api_world import World
from tests.support.fault_proxy import Fault, FaultProxy

API_KEYS = "/v1/api-keys"


@pytest.mark.parametrize("fault", [faults.refuse, faults.failing, faults.garbage], ids=["refuse", "failing", "garbage"])
def test_platform_that_keeps_failing_is_asked_no_more_and_the_other_parts_still_are(
    world: World, proxy: FaultProxy, tmp_path: Path, fault: Fault
) -> None:
    with portal_at(world, proxy, tmp_path, partial(Circuit, failures=3, seconds=3600)) as portal:
        proxy.break_down(fault, API_KEYS)
        for _ in range(3):
            assert "state-error" in portal.get("/api-keys").text
        reached = proxy.count(API_KEYS)
        for _ in range(2):
            assert "state-error" in portal.get("/api-keys").text
        assert proxy.count(API_KEYS) == reached
        assert "state-error" not in portal.get("/webhooks").text


def test_platform_that_works_again_is_found_working(world: World, proxy: FaultProxy, tmp_path: Path) -> None:
    """No time is waited here: the circuit opens for none, so that the next request is the one that may try."""
    with portal_at(world, proxy, tmp_path, partial(Circuit, failures=1, seconds=0)) as portal:
        with proxy.unreachable():
            assert "state-error" in portal.get("/dashboard").text
        assert "state-error" not in portal.get("/dashboard").text, "the first page after the outage is whole"


def test_too_many_requests_are_told_in_words_and_open_no_circuit(
    world: World, proxy: FaultProxy, tmp_path: Path
) -> None:
    with portal_at(world, proxy, tmp_path, partial(Circuit, failures=1, seconds=3600)) as portal:
        proxy.break_down(faults.too_many, API_KEYS)
        for _ in range(3):
            assert "7 seconds" in portal.get("/api-keys").text
        assert proxy.count(API_KEYS) == 3
        proxy.heal()
        assert "state-error" not in portal.get("/api-keys").text
