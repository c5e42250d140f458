"""The link to an exported file: it leads to the platform's address of that moment, and nowhere else."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import context
from portal.domain.actor import Actor
from portal.domain.errors import Forbidden, NotFound, PortalError
from portal.web import downloads
from tests.support.fakes import fake_services
from tests.support.fakes_analytics import actor
from tests.support.fakes_exports import FakeExports, export

READY = 2


def fetch(port: FakeExports, number: int, asker: Actor | None = None) -> tuple[int, str | None, str | None]:
    services = fake_services(exports=port)
    server = Flask("downloads")
    server.testing = True
    downloads.register(server, services=services)
    with context.use(actor=asker or actor(), services=services):
        answer = server.test_client().get(f"/exports/{export(number).export_id}/file")
    return answer.status_code, answer.headers.get("Location"), answer.headers.get("Cache-Control")


def test_ready_file_is_the_platforms_to_hand_out() -> None:
    address = export(READY).address
    assert address is not None
    assert fetch(FakeExports(), READY) == (303, address, "no-store")


def test_without_a_file_the_way_leads_to_the_list() -> None:
    for number in (0, 1, 3, 4):
        assert fetch(FakeExports(), number)[:2] == (303, "/exports")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", ""])
def test_address_that_is_none_of_the_web_is_not_followed(address: str) -> None:
    port = FakeExports(exports=[export(READY, address=address)])
    assert fetch(port, READY)[1] == "/exports"


@pytest.mark.parametrize(
    ("roles", "number", "error"),
    [(("billing",), READY, Forbidden), (("owner",), 99, NotFound)],
    ids=["role", "unknown"],
)
def test_refusals_are_pages_as_everywhere(roles: tuple[str, ...], number: int, error: type[PortalError]) -> None:
    with pytest.raises(error):
        fetch(FakeExports(), number, actor(roles=roles))
