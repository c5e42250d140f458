"""What managers say in a business review: kept in versions, and never over each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.test_qbr import path_of
from tests.support.api_world import World


def comments_of(world: World, who: str = "tam") -> Any:
    return world.get(who, path_of(world.tenant, "qbr-comments"), period="2026-Q3").json


def write(world: World, who: str, based_on: int, **texts: str) -> Any:
    return world.client(who).put(
        path_of(world.tenant, "qbr-comments"),
        query_string={"period": "2026-Q3"},
        json={"basedOn": based_on, "texts": texts},
    )


def test_comments_of_two_managers_do_not_overwrite_each_other(own_world: World) -> None:
    assert (comments_of(own_world)["version"], comments_of(own_world)["changedAt"]) == (0, None)
    first = write(own_world, "tam", 0, summary=" Well done.\r\nThank you. ", plan="Two-way numbers")
    assert (first.status_code, first.json["version"]) == (200, 1)
    assert first.json["texts"]["summary"] == "Well done.\nThank you."
    late = write(own_world, "admin", 0, summary="Mine")
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    assert comments_of(own_world) == first.json == comments_of(own_world, "admin")
    assert first.json["changedByName"] == "tam"
    # Sent again after a lost answer: the same, and no new version.
    assert write(own_world, "tam", 0, summary="Well done.\nThank you.", plan="Two-way numbers").json == first.json
    second = write(own_world, "admin", 1, summary="Mine")
    assert (second.json["version"], second.json["texts"]["plan"], second.json["changedByName"]) == (2, "", "admin")
    kept = own_world.sql("SELECT version, texts FROM qbr_comments ORDER BY version")
    assert [row.version for row in kept] == [1, 2]
    assert kept[0].texts == {"summary": "Well done.\nThank you.", "plan": "Two-way numbers"}
    assert own_world.get("tam", path_of(own_world.tenant), period="2026-Q3").json["comments"] == second.json
    log = own_world.get("owner", "/v1/account/audit-events").json["items"]
    written = [event["details"] for event in log if event["action"] == "qbr.commented"]
    assert written == [{"period": "2026-Q3", "version": 2}, {"period": "2026-Q3", "version": 1}]


@pytest.mark.parametrize(
    ("texts", "field"),
    [({"summary": "x" * 2001}, "texts.summary"), ({"summary": "\x00"}, "texts.summary"), ({"luck": "x"}, "texts.luck"),
     ({"plan": 7}, "texts.plan"), ({"plan": "a\x1bb"}, "texts.plan")],
)  # fmt: skip
def test_comments_that_are_none_are_refused(world: World, texts: dict[str, Any], field: str) -> None:
    answer = write(world, "tam", 0, **texts)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert comments_of(world)["version"] == 0
