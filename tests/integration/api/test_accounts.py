"""Account, balance, preferences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_world import World


def test_balance_is_the_sum_of_the_ledger_with_its_runway(world: World) -> None:
    answer = world.get("billing", "/v1/billing/balance").json
    assert answer["balance"] == {"amount": "749.5000", "currency": "AFN"}
    spend = world.get("billing", "/v1/analytics/summary", **{"from": "2026-10-23", "to": "2026-11-19"}).json["spend"]
    daily = float(spend["amount"]) / 28
    assert float(answer["averageDailySpend"]["amount"]) == pytest.approx(daily, abs=1e-4)
    assert answer["runwayDays"] == pytest.approx(749.5 / daily, abs=0.06)


def test_balance_without_traffic_has_no_runway(world: World) -> None:
    answer = world.get("admin", "/v1/billing/balance", tenantId=str(world.empty)).json
    assert answer["balance"]["amount"] == "0.0000"
    assert answer["runwayDays"] is None


def test_me_changes_only_what_is_given_and_null_takes_back(own_world: World) -> None:
    client = own_world.client("viewer")
    first = client.patch("/v1/me", json={"locale": "ps", "digits": "native", "timeZone": "Asia/Kabul"}).json
    assert (first["locale"], first["digits"], first["timeZone"], first["calendar"]) == (
        "ps",
        "native",
        "Asia/Kabul",
        None,
    )
    second = client.patch("/v1/me", json={"digits": None}).json
    assert second == {**first, "digits": None}
    assert client.get("/v1/me").json == second
    assert own_world.get("owner", "/v1/me").json["locale"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"locale": "de"},
        {"timeZone": "Mars/Olympus"},
        {"timeZone": "../etc/passwd"},
        {"calendar": "julian"},
        {"digits": 7},
        {"roles": ["owner"]},
        {"tenantId": "01890000-0000-7000-8000-000000000000"},
    ],
    ids=str,
)
def test_me_refuses_what_is_not_a_preference(world: World, change: dict[str, Any]) -> None:
    before = world.get("viewer", "/v1/me").json
    answer = world.client("viewer").patch("/v1/me", json=change)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, next(iter(change)))
    assert world.get("viewer", "/v1/me").json == before


def test_me_of_a_disabled_person_is_not_found(own_world: World) -> None:
    from sqlalchemy import text

    with own_world.worker_engine.begin() as connection:
        connection.execute(
            text("UPDATE users SET disabled_at = now() WHERE user_id = :id"), {"id": own_world.people["viewer"].user_id}
        )
    assert own_world.get("viewer", "/v1/me").status_code == 404
    assert own_world.client("viewer").patch("/v1/me", json={"locale": "en"}).status_code == 404


def test_filter_values_are_the_tenants_own(world: World) -> None:
    shown = world.get("owner", "/v1/analytics/filters").json
    assert shown["senderIds"] == sorted(shown["senderIds"])
    assert world.get("admin", "/v1/analytics/filters", tenantId=str(world.empty)).json == {
        "operators": [],
        "senderIds": [],
    }
