"""Saved views: a person's own filters, by name."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from gateway.api.idempotency import HEADER
from tests.support.api_calls import view
from tests.support.api_world import World

FAILURES = {"status": ["failed", "expired"], "operator": ["Roshan"], "startDate": "2026-11-01", "q": "070"}


def save(world: World, name: str, who: str = "viewer", key: str = "", **asked: Any) -> Any:
    headers = {HEADER: key} if key else {}
    return world.client(who).post("/v1/views", json={"name": name, "filter": asked}, headers=headers)


def change(world: World, view_id: str, who: str = "viewer", **changes: Any) -> Any:
    return world.client(who).patch(f"/v1/views/{view_id}", json=changes)


def names(world: World, who: str = "viewer", **query: str) -> list[str]:
    return [each["name"] for each in world.get(who, "/v1/views", **query).json["items"]]


def clear(world: World, who: str = "viewer") -> None:
    for each in world.get(who, "/v1/views").json["items"]:
        world.client(who).delete(f"/v1/views/{each['viewId']}")


def test_saved_filter_comes_back_as_it_was_written_and_fits_the_log(changing_world: World) -> None:
    clear(changing_world)
    made = save(changing_world, " Failures ", **FAILURES)
    assert made.status_code == 201
    assert (made.json["name"], made.json["filter"]) == ("Failures", FAILURES)
    [shown] = changing_world.get("viewer", "/v1/views").json["items"]
    assert shown == made.json
    query = [
        (name, value) for name, each in shown["filter"].items() for value in ([each] if isinstance(each, str) else each)
    ]
    assert changing_world.client("viewer").get("/v1/messages", query_string=query).status_code == 200


def test_views_are_each_persons_own(changing_world: World) -> None:
    clear(changing_world)
    view_id = save(changing_world, "Mine").json["viewId"]
    tenant = str(changing_world.tenant)
    for who, named in (("owner", {}), ("developer", {}), ("stranger", {}), ("tam", {"tenantId": tenant})):
        assert "Mine" not in names(changing_world, who, **named)
    for who in ("owner", "stranger"):
        assert change(changing_world, view_id, who, name="Theirs").status_code == 404
        assert changing_world.client(who).delete(f"/v1/views/{view_id}").status_code == 404
    assert names(changing_world) == ["Mine"]


def test_names_differ_in_more_than_capitals_for_one_person(changing_world: World) -> None:
    clear(changing_world)
    first = save(changing_world, "بانک Kabul").json["viewId"]
    other = save(changing_world, "Other").json["viewId"]
    for answer in (save(changing_world, "بانک KABUL"), change(changing_world, other, name="بانک kabul")):
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "taken")
    assert change(changing_world, first, name="بانک KABUL").status_code == 200
    assert save(changing_world, "بانک Kabul", "owner").status_code == 201
    clear(changing_world, "owner")


def test_change_leaves_what_it_does_not_name(changing_world: World) -> None:
    clear(changing_world)
    made = save(changing_world, "One", **FAILURES).json
    assert change(changing_world, made["viewId"], name="Two").json["filter"] == FAILURES
    changed = change(changing_world, made["viewId"], filter={"hour": 3}).json
    assert (changed["name"], changed["filter"], changed["createdAt"]) == ("Two", {"hour": 3}, made["createdAt"])
    assert changing_world.client("viewer").delete(f"/v1/views/{made['viewId']}").status_code == 204
    assert changing_world.client("viewer").delete(f"/v1/views/{made['viewId']}").status_code == 404
    assert names(changing_world) == []


def test_repeated_request_saves_one_view(changing_world: World) -> None:
    clear(changing_world)
    key = uuid4().hex
    first, again = (save(changing_world, "Once", key=key) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert names(changing_world) == ["Once"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "filter"}),
        ({"name": "  ", "filter": {}}, {"name"}),
        ({"name": "x" * 81, "filter": {"status": ["lost"]}}, {"name", "filter.status.0"}),
        ({"name": "a\u0007", "filter": {"limit": 5}}, {"name", "filter.limit"}),
        ({"name": "x", "filter": {"startDate": "2026-11-02", "endDate": "2026-11-01"}}, {"filter.endDate"}),
    ],
    ids=["nothing", "blank", "long", "control", "reversed"],
)
def test_all_that_is_wrong_is_named_and_nothing_saved(
    changing_world: World, body: dict[str, Any], fields: set[str]
) -> None:
    clear(changing_world)
    answer = changing_world.client("viewer").post("/v1/views", json=body)
    assert answer.status_code == 422
    assert {each["field"] for each in answer.json["errors"]} == fields
    assert names(changing_world) == []


def test_number_of_views_is_limited(changing_world: World) -> None:
    clear(changing_world)
    for _ in range(50):
        view(changing_world, "viewer")
    answer = save(changing_world, "One more")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "too_many")
    clear(changing_world)
    assert save(changing_world, "One more").status_code == 201


def test_null_is_no_change(changing_world: World) -> None:
    clear(changing_world)
    view_id = save(changing_world, "Kept").json["viewId"]
    assert change(changing_world, view_id, name=None).status_code == 422
    assert names(changing_world) == ["Kept"]
