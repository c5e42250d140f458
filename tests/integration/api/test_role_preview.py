"""The role that an internal user looks as: what the gateway answers then, and that it only takes away."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.api.permissions import CUSTOMER_ROLES, INTERNAL_ROLES, PERMISSIONS, Door
from tests.support import api_calls
from tests.support.api_world import World
from tests.support.contents import contents

HEADER = "X-Preview-Role"
ROLES = sorted(CUSTOMER_ROLES)
READING = [(method, route, rule) for (method, route), rule in PERMISSIONS.items() if rule.door is Door.BEARER]


@pytest.mark.parametrize("role", ROLES)
def test_gateway_lets_a_preview_read_what_the_role_reads_and_nothing_else(world: World, role: str) -> None:
    """The role only takes away: what internal users may not do, its name does not let them do."""
    for method, route, rule in READING:
        before = contents(world) if method != "GET" else ""
        named = api_calls.call_of(method, route).make(world, "owner") if method == "GET" else _anything(route)
        answer = api_calls.perform(world, "tam", method, route, named, tenant=world.tenant, **{HEADER: role})
        allowed = method == "GET" and role in rule.roles and bool(INTERNAL_ROLES & rule.roles)
        if allowed:
            assert answer.status_code != 403, (method, route, answer.json)
        else:
            assert answer.status_code == 403, (method, route, answer.json)
        if method != "GET":
            assert contents(world) == before, (method, route)


@pytest.mark.parametrize("role", ["", "tam", "platform_admin", "root", "owner,viewer", "OWNER"])
def test_role_that_is_no_customers_is_refused(world: World, role: str) -> None:
    answer = world.client("tam").get(
        "/v1/analytics/filters", query_string={"tenantId": str(world.tenant)}, headers={HEADER: role}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["owner", "viewer", "stranger", "impostor"])
def test_customer_cannot_preview(world: World, who: str) -> None:
    client = world.client(who)
    assert client.get("/v1/analytics/filters", headers={HEADER: "owner"}).status_code == 403
    path = f"/v1/internal/tenants/{world.tenant}/preview"
    assert client.post(path, json={"role": "owner"}).status_code == 403


def test_beginning_is_in_the_customers_log_and_for_whoever_looks_after_it(own_world: World) -> None:
    def started() -> list[Any]:
        query = "SELECT tenant_id, actor_id, details FROM audit_events WHERE action = 'preview.started'"
        return [tuple(row) for row in own_world.sql(query)]

    path = f"/v1/internal/tenants/{own_world.tenant}/preview"
    count = len(started())
    for who, tenant in (("unassigned_tam", own_world.tenant), ("tam", own_world.other)):
        answer = own_world.client(who).post(f"/v1/internal/tenants/{tenant}/preview", json={"role": "owner"})
        assert answer.status_code == 404
    assert own_world.client("tam").post(path, json={"role": "tam"}).status_code == 422
    assert len(started()) == count
    assert own_world.client("tam").post(path, json={"role": "billing"}).status_code == 201
    assert started()[-1] == (own_world.tenant, own_world.people["tam"].user_id, {"role": "billing"})
    told = own_world.get("owner", "/v1/account/audit-events").json["items"]
    line = next(each for each in told if each["action"] == "preview.started")
    assert (line["details"], line["actorKind"]) == ({"role": "billing"}, "internal")


def test_log_in_a_preview_has_no_line_that_customers_do_not_see(own_world: World) -> None:
    notes = f"/v1/internal/tenants/{own_world.tenant}/notes"
    assert own_world.client("tam").post(notes, json={"body": "Between us"}).status_code == 201

    def actions(who: str, **headers: str) -> set[str]:
        query = {"limit": 200} if who == "owner" else {"limit": 200, "tenantId": str(own_world.tenant)}
        found = own_world.client(who).get("/v1/account/audit-events", query_string=query, headers=headers)
        return {each["action"] for each in found.json["items"]}

    assert "note.created" in actions("tam")
    assert "note.created" not in actions("owner")
    assert actions("tam", **{HEADER: "owner"}) == actions("owner")


def _anything(route: str) -> dict[str, str]:
    """Ids of nothing: what is refused is refused before anybody looks."""
    return {part[1:-1]: "01890000-0000-7000-8000-000000000000" for part in route.split("/") if part.startswith("<")}
