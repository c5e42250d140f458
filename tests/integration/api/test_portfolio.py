"""The list of tenants with their scores: order, filters, pages, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from gateway.store.accounts import assign_tenant
from gateway.store.portfolio import SORTS
from tests.support.api_world import World

LIST, SCATTER = "/v1/internal/tenants", "/v1/internal/health/scatter"
BANDS = ("at_risk", "watch", "healthy", "unknown")
DRIVERS = ("delivery", "holds", None)
FIELDS = {
    "name": lambda item: item["name"].lower(),
    "score": lambda item: item["health"] and item["health"]["score"],
    "change7d": lambda item: item["health"] and item["health"]["change7d"],
    "change30d": lambda item: item["health"] and item["health"]["change30d"],
    "messages": lambda item: item["messages30d"],
    "deliveryRate": lambda item: item["deliveryRate30d"],
    "spend": lambda item: Decimal(item["spend30d"]["amount"]),
    "spendChange": lambda item: item["spendChange"],
    "openTickets": lambda item: item["openTickets"],
}


@pytest.fixture(scope="module")
def many(changing_world: World) -> World:
    """Some forty tenants more, of which every third is the TAM's; some have nothing known, some the same as another."""
    tam = changing_world.people["tam"].user_id
    with changing_world.worker_engine.begin() as connection:
        for number in range(40):
            tenant_id, known = uuid4(), number % 7 != 0
            connection.execute(
                text("INSERT INTO tenants (tenant_id, slug, name) VALUES (:id, :slug, :name)"),
                {
                    "id": tenant_id,
                    "slug": f"many-{number}",
                    "name": f"{'Zeta' if number % 2 else 'alpha'} {number // 3:02}",
                },
            )
            if number % 3 == 0:
                assign_tenant(connection, tenant_id, tam)
            if number % 11 == 5:
                continue  # not scored yet
            score = Decimal(number % 10 * 10) if known else None
            connection.execute(
                text(
                    "INSERT INTO health_current (tenant_id, day, score, band, known_weight, driver, driver_effect, change_7d,"
                    " change_30d, series, messages, delivery_rate, spend, spend_change, open_tickets)"
                    " VALUES (:id, '2026-11-18', :score, :band, 100, :driver, -5, :change, :change, '{}', :n, :rate, :n / 7.0,"
                    " :change, :open)"
                ),
                {
                    "id": tenant_id, "score": score, "band": BANDS[number % 3] if known else "unknown",
                    "driver": DRIVERS[number % 3], "n": number * 37 % 19,
                    "change": Decimal(number % 9 - 4) / 3 if number % 5 else None,
                    "rate": Decimal(number % 4) / 3 if number % 4 else None, "open": number % 3 or None,
                },
            )  # fmt: skip
    return changing_world


def pages(world: World, who: str, **query: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = world.get(who, LIST, **query, **({"cursor": cursor} if cursor else {})).json
        yield from page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return


@pytest.mark.parametrize(("sort", "order"), list(product(SORTS, ("asc", "desc"))))
def test_order_holds_over_pages_and_what_has_no_value_is_last(many: World, sort: str, order: str) -> None:
    whole = many.get("admin", LIST, sort=sort, order=order, limit=200).json["items"]
    assert list(pages(many, "admin", sort=sort, order=order, limit=3)) == whole
    assert len({item["tenantId"] for item in whole}) == len(whole) == 43
    values = [FIELDS[sort](item) for item in whole]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=order == "desc")
    assert set(SORTS) == set(FIELDS)


def test_filters_narrow_the_list_and_bands_are_counted_without_theirs(many: World) -> None:
    everything = many.get("admin", LIST, limit=200).json
    counted = dict.fromkeys(BANDS, 0)
    for item in everything["items"]:
        counted[item["health"]["band"] if item["health"] else "unknown"] += 1
    assert everything["bands"] == {"atRisk": counted["at_risk"], **{name: counted[name] for name in BANDS[1:]}}
    narrowed = many.get("admin", LIST, limit=200, band=["at_risk", "unknown"]).json
    assert narrowed["bands"] == everything["bands"]
    assert narrowed["items"] == [
        item
        for item in everything["items"]
        if item["health"] is None or item["health"]["band"] in ("at_risk", "unknown")
    ]
    driven = many.get("admin", LIST, limit=200, driver="holds", q="ZET").json
    assert driven["items"] == [
        item
        for item in everything["items"]
        if item["health"] and item["health"]["driver"] == "holds" and "zet" in item["name"].lower()
    ]
    assert sum(driven["bands"].values()) == len(driven["items"]) > 2
    assert many.get("admin", LIST, q="no such name").json["items"] == []


def test_tam_sees_and_counts_their_own(many: World) -> None:
    own = many.get("tam", LIST, limit=200).json
    assigned = many.sql("SELECT tenant_id::text FROM tam_assignments WHERE user_id = :u", u=many.people["tam"].user_id)
    assert {item["tenantId"] for item in own["items"]} == {row[0] for row in assigned}
    assert sum(own["bands"].values()) == len(own["items"]) == 15
    dots = many.get("tam", SCATTER).json
    assert set(dots["tenantId"]) == {
        item["tenantId"] for item in own["items"] if item["health"] and item["health"]["score"] is not None
    }
    for who, path in product(["unassigned_tam"], (LIST, SCATTER)):
        answer = many.get(who, path).json
        assert answer.get("items", answer.get("tenantId")) == []


def test_scatter_has_the_lists_numbers_as_columns(many: World) -> None:
    listed = {item["tenantId"]: item for item in many.get("admin", LIST, limit=200, band="watch").json["items"]}
    dots = many.get("admin", SCATTER, band="watch").json
    assert dots["leftOff"] is False
    columns = (dots[name] for name in ("tenantId", "name", "score", "spend30d", "currency", "messages30d"))
    for tenant_id, name, score, spend, currency, messages in zip(*columns, strict=True):
        item = listed.pop(tenant_id)
        assert (item["name"], item["health"]["score"], item["messages30d"]) == (name, score, messages)
        assert item["spend30d"]["currency"] == currency
        assert float(item["spend30d"]["amount"]) == pytest.approx(spend, abs=1e-4)
    assert all(item["health"]["score"] is None for item in listed.values())
    assert dots["messages30d"] == sorted(dots["messages30d"], reverse=True)


def test_listed_numbers_are_those_of_the_score(world: World) -> None:
    items = {item["tenantId"]: item for item in world.get("admin", LIST).json["items"]}
    assert items[str(world.empty)]["health"] is None
    for tenant in (world.tenant, world.other):
        item, told = items[str(tenant)], world.get("admin", f"/v1/internal/tenants/{tenant}/health").json
        health, explained = item["health"], told["health"]
        for name in ("day", "score", "band", "knownWeight"):
            assert health[name] == explained[name]
        assert health["series"] == told["series"]
        assert len(health["series"]) == 90
        assert (item["spend30d"], item["spendChange"]) == (explained["spend"], explained["spendChange"])
        assert item["messages30d"] == explained["basis"]["messages"] > 0
        assert item["openTickets"] == explained["basis"]["openTickets"]
        most = min(explained["parts"], key=lambda part: part["effect"])
        assert (health["driver"], health["driverEffect"]) == (most["input"], most["effect"])
        since = explained["sinceLastWeek"]
        assert health["change7d"] == (since["change"] if since else None)


@pytest.mark.parametrize("key", ["NaN", "sNaN", "1e999999", "x", "1_0", "", "\0"])
def test_cursor_of_no_number_is_refused(world: World, key: str) -> None:
    """Its check value is no secret, so whoever wants to can make one."""
    from gateway.api import cursors
    from gateway.store.portfolio import TenantFilter

    described = f"tenants:{world.people['admin'].user_id}:score:asc:{TenantFilter(None)}"
    forged = cursors.from_name(key, UUID(int=1), described)
    answer = world.get("admin", LIST, sort="score", cursor=forged)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")
    well = cursors.from_name("-5", UUID(int=1), described)
    assert world.get("admin", LIST, sort="score", cursor=well).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"sort": "tenantId"}, {"order": "up"}, {"band": "red"}, {"driver": "luck"}, {"q": "a\0"}, {"limit": 0}],
    ids=str,
)
def test_list_refuses_what_it_does_not_know(world: World, query: dict[str, Any]) -> None:
    answer = world.get("admin", LIST, **query)
    assert (answer.status_code, answer.json["errors"][0]["field"].partition(".")[0]) == (422, next(iter(query)))


def test_sample_has_those_at_risk_first_and_says_what_it_leaves_out(many: World) -> None:
    whole = many.get("admin", SCATTER).json
    assert sum(each["tenants"] for each in whole["sums"]) == len(whole["tenantId"])
    commonest = whole["sums"][0]
    risky = set(many.get("admin", SCATTER, band="at_risk").json["tenantId"])
    alike = [
        (tenant not in risky, -spend, tenant)
        for tenant, spend, currency in zip(whole["tenantId"], whole["spend30d"], whole["currency"], strict=True)
        if currency == commonest["currency"]
    ]
    assert commonest["tenants"] == len(alike)
    assert commonest["atRisk"] == sum(not calm for calm, _, _ in alike)
    for most in (1, 5, 10_000):
        sample = many.get("admin", SCATTER, sample=most).json
        assert sample["tenantId"] == [tenant for _, _, tenant in sorted(alike)[:most]]
        assert sample["leftOff"] is (len(sample["tenantId"]) < len(whole["tenantId"]))
        assert sample["sums"] == whole["sums"]
    assert many.get("admin", SCATTER, sample=0).status_code == 422
