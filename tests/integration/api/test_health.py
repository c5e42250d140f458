"""A score taken apart, weights and what they would do, runs on demand: what the API says of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.health import CURVES, DEFAULT_WEIGHTS, Input
from gateway.jobs.health import perform, score_due
from tests.support.api_calls import WEIGHTS
from tests.support.api_world import NOW, World

WEIGHTS_PATH, PREVIEW = "/v1/internal/health/weights", "/v1/internal/health/weights/preview"
DELIVERY_ONLY = {**dict.fromkeys(WEIGHTS, 0), "delivery": 100}


def path_of(tenant: UUID) -> str:
    return f"/v1/internal/tenants/{tenant}/health"


def decimal(value: float) -> Decimal:
    return Decimal(str(value))


@pytest.fixture
def work(own_world: World) -> Callable[[], None]:
    """Does the runs that were asked for, by this world's clock."""

    def perform_all() -> None:
        for row in own_world.sql("SELECT run_id FROM health_runs WHERE finished_at IS NULL"):
            perform(own_world.worker_engine, row.run_id, NOW)

    return perform_all


def test_parts_are_the_score_and_its_change_exactly(world: World) -> None:
    for tenant in (world.tenant, world.other):
        health = world.get("admin", path_of(tenant)).json["health"]
        effects = [decimal(part["effect"]) for part in health["parts"]]
        assert 100 + sum(effects) == decimal(health["score"])
        assert [part["input"] for part in health["parts"]] == list(Input)
        assert sum(part["share"] for part in health["parts"]) == pytest.approx(1, abs=1e-5)
        since = health["sinceLastWeek"]
        assert decimal(since["score"]) + decimal(since["change"]) == decimal(health["score"])
        assert sum(decimal(part["change"]) for part in since["parts"]) == decimal(since["change"])
        assert since["weightsChanged"] is False


def test_missing_inputs_are_said_and_their_weight_is_shared(world: World) -> None:
    told = world.get("admin", path_of(world.other)).json["health"]
    parts = {part["input"]: part for part in told["parts"]}
    for name in ("tickets", "nps"):
        assert (parts[name]["value"], parts[name]["points"], parts[name]["share"], parts[name]["effect"]) == (
            None, None, 0, 0,
        )  # fmt: skip
    known = sum(part["weight"] for part in told["parts"] if part["points"] is not None)
    assert told["knownWeight"] == known < 100
    assert parts["delivery"]["share"] == pytest.approx(35 / known, abs=1e-6)
    assert (told["basis"]["tickets"], told["basis"]["openTickets"]) == (None, None)


def test_value_and_curve_say_where_the_points_are_from(world: World) -> None:
    health = world.get("tam", path_of(world.tenant)).json["health"]
    basis = health["basis"]
    parts = {part["input"]: part for part in health["parts"]}
    assert parts["delivery"]["value"] == pytest.approx(basis["delivered"] / basis["rated"], abs=1e-6)
    assert parts["holds"]["value"] == pytest.approx(basis["withheld"] / basis["messages"], abs=1e-6)
    assert (parts["tickets"]["value"], basis["openTickets"]) == (basis["tickets"], 2)
    assert (basis["promoters"], basis["detractors"], basis["answers"], parts["nps"]["value"]) == (1, 1, 2, 0)
    assert parts["nps"]["points"] == 50
    for part in health["parts"]:
        corners = [(corner["value"], corner["points"]) for corner in part["curve"]]
        assert corners == [(float(value), float(points)) for value, points in CURVES[Input(part["input"])]]
    assert [part["page"] for part in health["parts"]] == ["analytics", "messages", "invoices", "tickets", "nps"]


def test_traffic_is_that_of_the_days_that_are_said(world: World) -> None:
    """By the analytics of the same days: the page that shows why must not show other numbers."""
    told = world.get("admin", path_of(world.tenant)).json["health"]
    period = {"from": told["from"], "to": told["day"], "tenantId": str(world.tenant)}
    summary = world.get("admin", "/v1/analytics/summary", **period).json
    assert (told["from"], told["day"]) == ("2026-10-21", "2026-11-19")
    assert told["basis"]["messages"] == summary["messages"]
    assert told["basis"]["delivered"] / told["basis"]["rated"] == pytest.approx(summary["deliveryRate"], abs=1e-6)
    assert told["spend"] == summary["spend"]


def test_answers_that_count_are_shown_without_who_gave_them(world: World) -> None:
    found = world.get("tam", path_of(world.tenant)).json["health"]["answers"]
    assert [(each["score"], each["comment"]) for each in found] == [(9, "Well done"), (3, "Slow")]
    assert set(found[0]) == {"at", "score", "comment"}


def test_series_has_as_many_days_as_asked_for(world: World) -> None:
    told = world.get("admin", path_of(world.tenant), days=5).json
    whole = world.get("admin", path_of(world.tenant), days=366).json["series"]
    assert (len(told["series"]), len(whole)) == (5, 366)
    assert told["series"] == whole[-5:]
    assert told["series"][-1] == told["health"]["score"]
    assert whole[0] is None
    assert world.get("admin", path_of(world.tenant), days=367).status_code == 422


def test_tenant_before_its_first_night_has_no_health(world: World) -> None:
    told = world.get("admin", path_of(world.empty)).json
    assert (told["name"], told["health"], told["series"]) == ("An Empty One", None, [])


def test_reading_a_tenants_health_is_in_its_audit_log(own_world: World) -> None:
    def events() -> list[Any]:
        return list(own_world.sql("SELECT tenant_id, actor_id, action FROM audit_events WHERE action LIKE 'health%'"))

    assert own_world.get("tam", path_of(own_world.tenant)).status_code == 200
    assert own_world.get("tam", path_of(own_world.other)).status_code == 404
    tam = own_world.people["tam"].user_id
    assert events() == [(own_world.tenant, tam, "health.viewed")]
    own_world.client("tam").post(f"{path_of(own_world.tenant)}/recompute", json={})
    assert events()[1:] == [(own_world.tenant, tam, "health.recompute_asked")]


def test_weights_are_told_with_their_history(own_world: World) -> None:
    told = own_world.get("tam", WEIGHTS_PATH).json
    assert told["defaults"] == WEIGHTS == {str(each): weight for each, weight in DEFAULT_WEIGHTS.items()}
    assert told["history"] == [told["current"]]
    assert (told["current"]["version"], told["current"]["changedByName"]) == (1, None)
    changed = own_world.client("admin").put(WEIGHTS_PATH, json={**DELIVERY_ONLY, "basedOn": 1}).json["weights"]
    assert changed["current"] == {
        **DELIVERY_ONLY, "version": 2, "changedAt": "2026-11-20T09:00:00.000Z", "changedByName": "admin", "reason": "",
    }  # fmt: skip
    assert own_world.get("tam", WEIGHTS_PATH).json == changed
    assert [each["version"] for each in changed["history"]] == [2, 1]


def test_preview_says_what_saving_then_does(own_world: World, work: Callable[[], None]) -> None:
    tenants = (own_world.tenant, own_world.other)

    def scores() -> dict[str, tuple[Any, Any]]:
        told = [own_world.get("admin", path_of(tenant)).json for tenant in tenants]
        return {each["tenantId"]: (each["health"]["score"], each["health"]["band"]) for each in told}

    before, stored = scores(), own_world.sql("SELECT * FROM health_scores ORDER BY tenant_id, day")
    preview = own_world.client("admin").post(PREVIEW, json=DELIVERY_ONLY).json
    assert own_world.sql("SELECT * FROM health_scores ORDER BY tenant_id, day") == stored
    run = own_world.client("admin").put(WEIGHTS_PATH, json={**DELIVERY_ONLY, "basedOn": 1}).json["run"]
    assert (run["status"], run["tenantId"], run["days"]) == ("queued", None, 1)
    work()
    done = own_world.get("admin", f"/v1/internal/health/runs/{run['runId']}").json
    assert (done["status"], done["scores"]) == ("done", 2)
    after = scores()
    assert after != before
    for move in preview["largest"]:
        assert (move["before"], move["bandBefore"]) == before[move["tenantId"]]
        assert (move["after"], move["bandAfter"]) == after[move["tenantId"]]
    assert preview["otherBand"] == sum(before[each][1] != after[each][1] for each in before)
    for name, found in (("before", before), ("after", after)):
        assert sum(preview[name].values()) == 2
        assert preview[name]["atRisk"] == sum(band == "at_risk" for _, band in found.values())
    moved = [abs(move["after"] - move["before"]) for move in preview["largest"]]
    assert moved == sorted(moved, reverse=True)
    assert all(moved)
    # The days before keep what they were scored by, and the change says so.
    versions = own_world.sql("SELECT DISTINCT day = '2026-11-19', weights_version FROM health_scores ORDER BY 1")
    assert [tuple(row) for row in versions] == [(False, 1), (True, 2)]
    assert own_world.get("admin", path_of(own_world.tenant)).json["health"]["sinceLastWeek"]["weightsChanged"] is True


def test_weights_changed_meanwhile_are_not_overwritten(own_world: World) -> None:
    client = own_world.client("admin")
    assert client.put(WEIGHTS_PATH, json={**DELIVERY_ONLY, "basedOn": 1}).status_code == 200
    late = client.put(WEIGHTS_PATH, json={**WEIGHTS, "basedOn": 1})
    assert (late.status_code, late.json["code"]) == (409, "conflict")
    same = client.put(WEIGHTS_PATH, json={**DELIVERY_ONLY, "basedOn": 2}).json
    assert (same["run"], same["weights"]["current"]["version"]) == (None, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"nps": 16}, "weights_sum"), ({"nps": 14}, "weights_sum"), ({"nps": -1}, "greater_than_equal"),
     ({"nps": 14.5}, "int_type"), ({"luck": 0}, "extra_forbidden")],
)  # fmt: skip
def test_weights_that_are_none_are_refused(world: World, change: dict[str, Any], code: str) -> None:
    for method, path, more in (("PUT", WEIGHTS_PATH, {"basedOn": 1}), ("POST", PREVIEW, {})):
        answer = world.client("admin").open(path, method=method, json={**WEIGHTS, **more, **change})
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)
    assert world.get("admin", WEIGHTS_PATH).json["current"]["version"] == 1


def test_run_of_a_tenant_makes_its_scores_anew(own_world: World, work: Callable[[], None]) -> None:
    with own_world.worker_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE health_scores SET score = 1")
        connection.exec_driver_sql("UPDATE health_current SET score = 1")
    asked = own_world.client("tam").post(f"{path_of(own_world.tenant)}/recompute", json={"days": 3})
    assert asked.status_code == 202
    again = own_world.client("admin").post(f"{path_of(own_world.tenant)}/recompute", json={"days": 2})
    assert again.json == asked.json, "one run is waiting already, and does what this one asks for"
    work()
    assert own_world.get("tam", f"/v1/internal/health/runs/{asked.json['runId']}").json["status"] == "done"
    rows = own_world.sql("SELECT tenant_id, day::text FROM health_scores WHERE score <> 1 ORDER BY day")
    assert [tuple(row) for row in rows] == [(own_world.tenant, f"2026-11-{day}") for day in (17, 18, 19)]
    current = own_world.sql("SELECT tenant_id, score FROM health_current ORDER BY score")
    assert {row.tenant_id for row in current if row.score == 1} == {own_world.other}


def test_night_is_written_down_once(own_world: World) -> None:
    runs = own_world.sql("SELECT tenant_id, asked_by, scores FROM health_runs")
    assert len(runs) == 1
    assert (runs[0].tenant_id, runs[0].asked_by) == (None, None)
    assert runs[0].scores == own_world.sql("SELECT count(*) FROM health_scores")[0][0] > 60
    assert score_due(own_world.worker_engine, NOW) == 0
