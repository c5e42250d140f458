"""Who may call what, and that nobody ever reaches another tenant's data."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.api.permissions import CUSTOMER_ROLES, INTERNAL_ROLES, PERMISSIONS, Door, Rule, rule_for
from gateway.domain import ids
from tests.support.api_calls import call_of, perform
from tests.support.api_world import FIRST_DAY, LAST_DAY, World
from tests.support.contents import contents

PERIOD = {"from": FIRST_DAY, "to": LAST_DAY}
PEOPLE = (
    "owner",
    "developer",
    "billing",
    "viewer",
    "stranger",
    "no_role",
    "tam",
    "unassigned_tam",
    "admin",
    "impostor",
)
BEARER = [(method, route, rule) for (method, route), rule in PERMISSIONS.items() if rule.door is Door.BEARER]
# Told by method and route alone: a rule's set of roles is written in another order by each process.
BEARER_IDS = [f"{method}-{route}" for method, route, _ in BEARER]
TENANT_READS = [route for method, route, rule in BEARER if rule.tenant and method == "GET"]


def call(world: World, who: str | None, method: str, route: str, tenant: UUID | None = None) -> Any:
    """The valid call of a route about something that exists."""
    return perform(world, who, method, route, call_of(method, route).make(world, "owner"), tenant=tenant)


def message_of(world: World, tenant: UUID) -> str:
    found = world.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1", tenant=tenant)
    return ids.encode(found[0][0])


def allowed(rule: Rule, world: World, who: str) -> bool:
    person = world.people[who]
    kind = CUSTOMER_ROLES if person.user_type == "customer" else INTERNAL_ROLES
    return bool(person.roles & kind & rule.roles)


def test_every_route_has_an_entry_in_the_permission_table(world: World) -> None:
    missing = [
        (method, rule.rule)
        for rule in world.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
        if rule_for(method, rule.rule, rule.endpoint.rpartition(".")[0] or None) is None
    ]
    assert missing == []


def test_permission_table_names_only_routes_that_exist(world: World) -> None:
    existing = {(method, rule.rule) for rule in world.app.url_map.iter_rules() for method in rule.methods or ()}
    assert set(PERMISSIONS) <= existing


def test_route_without_an_entry_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PERMISSIONS, ("GET", "/health"))
    assert world.get("admin", "/health").status_code == 403


@pytest.mark.parametrize(("method", "route", "rule"), BEARER, ids=BEARER_IDS)
def test_call_without_or_with_a_wrong_token_is_unauthenticated(
    world: World, method: str, route: str, rule: Rule
) -> None:
    unknown = dict.fromkeys(re.findall("<([^>]+)>", route), str(uuid4()))
    for who in (None, "nobody-known"):
        answer = perform(world, who, method, route, unknown)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "route", "rule"), BEARER, ids=BEARER_IDS)
def test_call_by_each_role_is_answered_as_the_table_says(
    world: World, changing_world: World, method: str, route: str, rule: Rule
) -> None:
    where = world if method == "GET" else changing_world
    made = call_of(method, route)
    for who in sorted(PEOPLE, key=lambda who: allowed(rule, where, who)):  # whoever may change something comes last
        named = made.make(where, who)
        before = contents(where) if method != "GET" else {}
        tenant = where.tenant if where.people[who].internal and rule.tenant else None
        answer = perform(where, who, method, route, named, tenant=tenant, **{"Idempotency-Key": uuid4().hex})
        if not allowed(rule, where, who):
            expected = 403
        elif (who == "unassigned_tam" and named and route.startswith("/v1/internal/")) or (
            rule.tenant and (who == "unassigned_tam" or (who == "stranger" and named))
        ):
            expected = 404
        else:
            expected = made.status
        assert answer.status_code == expected, (who, answer.json)
        if method != "GET" and expected in (403, 404):
            assert contents(where) == before, f"{who} is refused and changes something all the same"


@pytest.mark.parametrize("route", TENANT_READS)
def test_customers_named_tenant_is_ignored(world: World, route: str) -> None:
    own, named = call(world, "owner", "GET", route), call(world, "owner", "GET", route, world.other)
    assert named.status_code == 200
    assert named.json == own.json


@pytest.mark.parametrize("route", TENANT_READS)
def test_internal_user_sees_assigned_tenants_only(world: World, route: str) -> None:
    assert call(world, "tam", "GET", route, world.tenant).status_code == 200
    assert call(world, "tam", "GET", route, world.other).status_code == 404
    assert call(world, "unassigned_tam", "GET", route, world.tenant).status_code == 404
    unknown = UUID("01890000-0000-7000-8000-000000000000")
    assert call(world, "admin", "GET", route, unknown).status_code == 404


@pytest.mark.parametrize("route", TENANT_READS)
def test_internal_user_without_a_named_tenant_is_told_to_name_one(world: World, route: str) -> None:
    answer = call(world, "admin", "GET", route)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "tenantId"


@pytest.mark.parametrize("who", ["owner", "developer", "viewer"])
def test_message_of_another_tenant_is_not_found(world: World, who: str) -> None:
    answer = world.get(who, f"/v1/messages/{message_of(world, world.other)}")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_message_of_a_tenant_not_assigned_is_not_found_by_its_tam(world: World) -> None:
    foreign = message_of(world, world.other)
    for tenant in (world.tenant, world.other):
        assert world.get("tam", f"/v1/messages/{foreign}", tenantId=str(tenant)).status_code == 404


def test_strangers_numbers_are_their_own(world: World) -> None:
    mine = world.get("owner", "/v1/analytics/summary", **PERIOD).json["messages"]
    theirs = world.get("stranger", "/v1/analytics/summary", **PERIOD).json
    counted = world.sql(
        "SELECT tenant_id, count(*) FROM messages"
        " WHERE (submitted_at AT TIME ZONE CASE tenant_id WHEN :tenant THEN 'Asia/Kabul' ELSE 'Europe/Berlin' END)::date"
        " BETWEEN :start AND :end GROUP BY 1",
        tenant=world.tenant,
        start=FIRST_DAY,
        end=LAST_DAY,
    )
    assert dict(map(tuple, counted)) == {world.tenant: mine, world.other: theirs["messages"]}
    assert theirs["spend"]["currency"] == "EUR"


@pytest.mark.parametrize(
    "route",
    [route for method, route, _ in BEARER if method == "GET" and re.findall("<[^>]+>", route) == ["<tenantId>"]],
)
def test_tenant_in_a_path_is_there_for_whoever_looks_after_it(world: World, route: str) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    asked = [("tam", world.tenant, 200), ("tam", world.other, 404), ("unassigned_tam", world.tenant, 404)]
    asked += [("admin", world.other, 200), ("admin", UUID(unknown), 404), ("tam", UUID(unknown), 404)]
    for who, tenant, status in asked:
        answer = perform(world, who, "GET", route, {"tenantId": str(tenant)})
        assert answer.status_code == status, (who, answer.json)


def test_internal_list_shows_each_user_what_is_theirs(world: World) -> None:
    def names(who: str) -> list[str]:
        return [item["name"] for item in world.get(who, "/v1/internal/tenants").json["items"]]

    assert names("tam") == ["Demo Bank"]
    assert names("unassigned_tam") == []
    assert names("admin") == ["An Empty One", "Demo Bank", "Other Shop"]
    assert world.get("owner", "/v1/internal/tenants").status_code == 403
    assert world.get("impostor", "/v1/internal/tenants").status_code == 403


def test_internal_list_pages_equal_the_whole_list(world: World) -> None:
    seen, cursor = [], None
    while True:
        page = world.get("admin", "/v1/internal/tenants", limit=1, **({"cursor": cursor} if cursor else {})).json
        seen += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == world.get("admin", "/v1/internal/tenants").json["items"]
