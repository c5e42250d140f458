"""Who looks after whom: changed by platform admins, and in force with the next call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from gateway.store.tenancy import tenant_transaction
from tests.support.api_calls import NOBODY
from tests.support.api_world import World, as_superuser

TAMS, ALL, LOG = "/v1/internal/tams", "/v1/internal/assignments", "/v1/account/audit-events"


def of(tenant: UUID) -> str:
    return f"/v1/internal/tenants/{tenant}/assignments"


def person(world: World, who: str) -> str:
    return str(world.people[who].user_id)


def put(world: World, tenant: UUID, *people: str, based_on: str = "", who: str = "admin") -> Any:
    based_on = based_on or world.get("admin", of(tenant)).json["version"]
    body = {"tamIds": [person(world, each) for each in people], "basedOn": based_on}
    return world.client(who).put(of(tenant), json=body)


def names(told: dict[str, Any]) -> list[str]:
    return [tam["name"] for tam in told["tams"]]


def bulk(world: World, tenants: list[Any], **body: Any) -> Any:
    return world.client("admin").post(ALL, json={"tenantIds": [str(each) for each in tenants], **body})


def results(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [each["status"] for each in answer.json["results"]]


def test_set_is_replaced_and_told(own_world: World) -> None:
    before = own_world.get("admin", of(own_world.tenant)).json
    assert names(before) == ["tam"]
    after = put(own_world, own_world.tenant, "unassigned_tam", "tam").json
    assert names(after) == ["tam", "unassigned_tam"]
    assert after["version"] != before["version"]
    assert own_world.get("tam", of(own_world.tenant)).json == after
    assert put(own_world, own_world.tenant, "tam").json == before


def test_change_is_in_force_at_once(own_world: World) -> None:
    def asked(who: str) -> list[int]:
        tenant = str(own_world.tenant)
        paths = ("/v1/messages", "/v1/analytics/filters", "/v1/account")
        inner = (f"/v1/internal/tenants/{tenant}/health", f"/v1/internal/tenants/{tenant}/notes", of(own_world.tenant))
        answers = [own_world.get(who, path, tenantId=tenant) for path in paths]
        return [each.status_code for each in (*answers, *(own_world.get(who, path) for path in inner))]

    assert (asked("tam"), asked("unassigned_tam")) == ([200] * 6, [404] * 6)
    put(own_world, own_world.tenant, "unassigned_tam")
    assert (asked("tam"), asked("unassigned_tam")) == ([404] * 6, [200] * 6)
    assert own_world.get("tam", "/v1/internal/tenants").json["items"] == []
    bulk(own_world, [own_world.tenant], add=[person(own_world, "tam")], remove=[person(own_world, "unassigned_tam")])
    assert (asked("tam"), asked("unassigned_tam")) == ([200] * 6, [404] * 6)


def test_nobody_overwrites_what_they_have_not_read(own_world: World) -> None:
    read = own_world.get("admin", of(own_world.tenant)).json["version"]
    assert put(own_world, own_world.tenant, "tam", "unassigned_tam", based_on=read).status_code == 200
    late = put(own_world, own_world.tenant, based_on=read)
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert names(own_world.get("admin", of(own_world.tenant)).json) == ["tam", "unassigned_tam"]


def test_of_two_sets_at_once_one_is_told_of_the_other(own_world: World) -> None:
    read = own_world.get("admin", of(own_world.tenant)).json["version"]
    sets = [("unassigned_tam",), ("tam", "unassigned_tam"), ()]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda people: put(own_world, own_world.tenant, *people, based_on=read), sets))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (kept,) = [people for people, answer in zip(sets, answers, strict=True) if answer.status_code == 200]
    assert names(own_world.get("admin", of(own_world.tenant)).json) == list(kept)


@pytest.mark.parametrize("who", ["owner", "admin", "impostor"])
def test_only_who_can_look_after_somebody_is_assigned(changing_world: World, who: str) -> None:
    answer = put(changing_world, changing_world.tenant, "tam", who)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "tamIds")
    answer = bulk(changing_world, [changing_world.tenant], add=[person(changing_world, who)])
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "add")
    assert names(changing_world.get("admin", of(changing_world.tenant)).json) == ["tam"]


def test_who_has_left_is_told_and_can_be_taken_away_but_not_added(own_world: World) -> None:
    with own_world.worker_engine.begin() as connection:
        connection.execute(text("UPDATE users SET disabled_at = now() WHERE name = 'tam'"))
    (tam,) = own_world.get("admin", of(own_world.tenant)).json["tams"]
    assert (tam["name"], tam["active"]) == ("tam", False)
    assert {each["name"]: each["active"] for each in own_world.get("admin", TAMS).json["items"]} == {
        "tam": False, "unassigned_tam": True,
    }  # fmt: skip
    # Who stands there already may stay when somebody else is added.
    assert names(put(own_world, own_world.tenant, "tam", "unassigned_tam").json) == ["tam", "unassigned_tam"]
    assert names(put(own_world, own_world.tenant, "unassigned_tam").json) == ["unassigned_tam"]
    assert put(own_world, own_world.tenant, "tam").status_code == 422
    assert [each["name"] for each in own_world.get("admin", TAMS).json["items"]] == ["unassigned_tam"]


def test_many_tenants_are_changed_each_on_its_own(own_world: World) -> None:
    tenants = [own_world.tenant, own_world.other, NOBODY, own_world.empty]
    new = person(own_world, "unassigned_tam")
    assert results(bulk(own_world, tenants, add=[new])) == ["changed", "changed", "not_found", "changed"]
    assert results(bulk(own_world, tenants, add=[new])) == ["unchanged", "unchanged", "not_found", "unchanged"]
    people = {each["name"]: each["tenants"] for each in own_world.get("admin", TAMS).json["items"]}
    assert people == {"tam": 1, "unassigned_tam": 3}
    assert results(bulk(own_world, tenants, remove=[new])) == ["changed", "changed", "not_found", "changed"]
    assert [names(own_world.get("admin", of(each)).json) for each in tenants[:2]] == [["tam"], []]


def test_tenant_that_cannot_be_changed_is_told_and_the_others_are(own_world: World) -> None:
    """One whose rows the database refuses."""
    with as_superuser(own_world) as database:
        database.execute(f"ALTER TABLE tam_assignments ADD CONSTRAINT broken CHECK (tenant_id <> '{own_world.other}')")
    new = person(own_world, "unassigned_tam")
    answer = bulk(own_world, [own_world.other, own_world.empty], add=[new])
    assert results(answer) == ["failed", "changed"]
    assert names(own_world.get("admin", of(own_world.empty)).json) == ["unassigned_tam"]


def test_list_shows_who_looks_after_whom(own_world: World) -> None:
    def listed(**query: Any) -> list[tuple[str, list[str]]]:
        return [(each["name"], names(each)) for each in own_world.get("admin", ALL, **query).json["items"]]

    put(own_world, own_world.other, "unassigned_tam", "tam")
    everything = [("An Empty One", []), ("Demo Bank", ["tam"]), ("Other Shop", ["tam", "unassigned_tam"])]
    assert listed() == everything
    assert listed(q="ban") == everything[1:2]
    assert listed(unassigned="true") == everything[:1]
    assert listed(tamId=person(own_world, "unassigned_tam")) == everything[2:]
    seen, cursor = [], None
    while True:
        page = own_world.get("admin", ALL, limit=1, **({"cursor": cursor} if cursor else {})).json
        seen += [each["name"] for each in page["items"]]
        assert (page["total"], page["unassigned"]) == (3, 1)
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == [name for name, _ in everything]
    one = own_world.get("admin", ALL, q="demo").json["items"][0]
    assert one["version"] == own_world.get("admin", of(own_world.tenant)).json["version"]


@pytest.mark.parametrize("who", ["owner", "billing", "impostor", "tam"])
def test_only_platform_admins_change_or_see_all_of_it(changing_world: World, who: str) -> None:
    for path in (TAMS, ALL):
        assert changing_world.get(who, path).status_code == 403
    assert put(changing_world, changing_world.tenant, who=who).status_code == 403
    body = {"tenantIds": [str(changing_world.other)], "add": [person(changing_world, "tam")]}
    assert changing_world.client(who).post(ALL, json=body).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"add": [], "remove": []},
        {"add": [NOBODY], "remove": [NOBODY]},
        {"add": [NOBODY]},
        {"tenantIds": []},
        {"add": ["x"]},
    ],
    ids=str,
)
def test_change_that_says_nothing_or_names_nobody_is_refused(changing_world: World, body: dict[str, Any]) -> None:
    answer = changing_world.client("admin").post(ALL, json={"tenantIds": [str(changing_world.tenant)], **body})
    assert answer.status_code == 422


def test_owner_sees_who_may_look_from_now_on(own_world: World) -> None:
    put(own_world, own_world.tenant, "unassigned_tam")
    (line,) = own_world.get("owner", LOG).json["items"]
    assert (line["action"], line["actorKind"], line["actorName"]) == ("assignments.changed", "internal", "admin")
    assert line["details"] == {"added": ["unassigned_tam"], "removed": ["tam"]}
    assert own_world.get("stranger", LOG).json["items"] == []


@pytest.mark.parametrize("who", ["owner", "tam", "unassigned_tam"])
def test_database_role_of_the_api_assigns_nobody_for_anybody_else(changing_world: World, who: str) -> None:
    world = changing_world
    actor = person(world, who)
    with tenant_transaction(world.api_engine, world.tenant, actor=actor) as connection:
        assert connection.execute(text("DELETE FROM tam_assignments")).rowcount == 0
        assert connection.execute(text("SELECT count(*) FROM internal_people()")).scalar_one() == 0
        seen = connection.execute(
            text("SELECT count(*) FROM tams_of(ARRAY[:one, :two]::uuid[])"), {"one": world.tenant, "two": world.other}
        ).scalar_one()
        assert seen == (1 if who == "tam" else 0)
    for tenant in (world.tenant, world.other):
        forged = text("INSERT INTO tam_assignments (tenant_id, user_id) VALUES (:tenant, :user)")
        with (
            pytest.raises(Exception, match="row-level security"),
            tenant_transaction(world.api_engine, world.tenant, actor=actor) as connection,
        ):
            connection.execute(forged, {"tenant": tenant, "user": person(world, "unassigned_tam")})
