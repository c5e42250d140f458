"""Who may call what, and that nobody ever reaches another tenant's data."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.api.permissions import CUSTOMER_ROLES, INTERNAL_ROLES, PERMISSIONS, Door, Rule, rule_for
from gateway.domain import ids
from tests.support.api_world import FIRST_DAY, LAST_DAY, World

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
TENANT_READS = [route for method, route, rule in BEARER if rule.tenant and method == "GET"]


def call(world: World, who: str | None, method: str, route: str, tenant: UUID | None = None) -> Any:
    """The call with parameters that are valid, so that only the caller decides."""
    query: dict[str, Any] = {"tenantId": str(tenant)} if tenant else {}
    if route.startswith("/v1/analytics/") and not route.endswith(("filters", "revision")):
        query |= PERIOD
    if route.endswith("/top"):
        query["dimension"] = "senderId"
    body = {"json": {}} if method in {"PATCH", "POST"} else {}
    return world.client(who).open(path_of(world, method, route), method=method, query_string=query, **body)


def path_of(world: World, method: str, route: str) -> str:
    """Reads find what there is; writes name what nobody has, so that they change nothing."""
    path = route.replace("<messageId>", message_of(world, world.tenant))
    key_id = key_of(world, world.tenant) if method == "GET" else uuid4()
    endpoint_id, delivery_id = hook_of(world, world.tenant) if method == "GET" else (uuid4(), uuid4())
    path = path.replace("<keyId>", str(key_id))
    return path.replace("<endpointId>", str(endpoint_id)).replace("<deliveryId>", str(delivery_id))


def message_of(world: World, tenant: UUID) -> str:
    found = world.sql("SELECT message_id FROM messages WHERE tenant_id = :tenant LIMIT 1", tenant=tenant)
    return ids.encode(found[0][0])


def hook_of(world: World, tenant: UUID) -> tuple[UUID, UUID]:
    statement = "SELECT endpoint_id, delivery_id FROM webhook_deliveries WHERE tenant_id = :tenant LIMIT 1"
    endpoint_id, delivery_id = world.sql(statement, tenant=tenant)[0]
    return endpoint_id, delivery_id


def key_of(world: World, tenant: UUID) -> UUID:
    found: UUID = world.sql("SELECT key_id FROM api_keys WHERE tenant_id = :tenant LIMIT 1", tenant=tenant)[0][0]
    return found


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


@pytest.mark.parametrize(("method", "route", "rule"), BEARER, ids=lambda value: str(value)[:40])
def test_call_without_or_with_a_wrong_token_is_unauthenticated(
    world: World, method: str, route: str, rule: Rule
) -> None:
    for who in (None, "nobody-known"):
        answer = call(world, who, method, route)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "route", "rule"), BEARER, ids=lambda value: str(value)[:40])
def test_call_by_each_role_is_answered_as_the_table_says(world: World, method: str, route: str, rule: Rule) -> None:
    for who in PEOPLE:
        internal = world.people[who].internal
        answer = call(world, who, method, route, world.tenant if internal and rule.tenant else None)
        if not allowed(rule, world, who):
            expected = {403}
        elif rule.tenant and (who == "unassigned_tam" or (who == "stranger" and method == "GET" and "<" in route)):
            expected = {404}
        else:
            # A write is let in and then finds that its body is empty, or that what it names does not exist.
            expected = {200} if method == "GET" else {200, 404, 422}
        assert answer.status_code in expected, (who, answer.json)


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
