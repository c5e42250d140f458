"""The list of what phones sent: pages, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from gateway.carriers import inbound
from gateway.domain.inbound import Inbound
from gateway.store.tenancy import tenant_transaction
from tests.support.api_world import NOW, World


def add(world: World, tenant: UUID, count: int) -> None:
    with tenant_transaction(world.api_engine, tenant) as connection:
        for number in range(count):
            # Three share a moment: a page may end among them.
            at = NOW - timedelta(minutes=number // 3)
            message = Inbound("kannel", f"r{number}", at, "+93700000141", "3030", "text", f"message {number}")
            assert inbound.receive(connection, tenant, "STOP" if number % 2 else "", message)


def pages(world: World, who: str, limit: int, **query: str) -> list[dict[str, Any]]:
    items, cursor = [], None
    while True:
        page = world.get(
            who, "/v1/messages/inbound", limit=limit, **({"cursor": cursor} if cursor else {}), **query
        ).json
        items += page["items"]
        if (cursor := page["nextCursor"]) is None:
            return items


def test_pages_of_any_size_equal_the_whole_list_newest_first(own_world: World) -> None:
    add(own_world, own_world.tenant, 11)
    whole = own_world.get("owner", "/v1/messages/inbound").json["items"]
    assert len(whole) == 11
    assert [item["receivedAt"] for item in whole] == sorted((item["receivedAt"] for item in whole), reverse=True)
    for limit in (1, 2, 4, 11):
        assert pages(own_world, "viewer", limit) == whole
    assert {item["keyword"] for item in whole} == {"STOP", None}


def test_list_shows_the_callers_own_alone(own_world: World) -> None:
    add(own_world, own_world.tenant, 2)
    assert len(pages(own_world, "owner", 50)) == 2
    assert pages(own_world, "stranger", 50) == []
    assert len(pages(own_world, "tam", 50, tenantId=str(own_world.tenant))) == 2
    assert own_world.get("unassigned_tam", "/v1/messages/inbound", tenantId=str(own_world.tenant)).status_code == 404
    assert own_world.get("billing", "/v1/messages/inbound").status_code == 403


def test_cursor_of_another_list_is_refused(own_world: World) -> None:
    cursor = own_world.get("owner", "/v1/messages", limit=1).json["nextCursor"]
    assert own_world.get("owner", "/v1/messages/inbound", cursor=cursor).status_code == 422


def test_same_reference_of_two_tenants_is_two_messages(own_world: World) -> None:
    add(own_world, own_world.tenant, 1)
    add(own_world, own_world.other, 1)
    with own_world.worker_engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM inbound_messages")).scalar_one() == 2
