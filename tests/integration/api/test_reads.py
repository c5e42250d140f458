"""Who of the platform's own people looked at a customer's data is in the customer's audit log: every call, condensed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from gateway.api import reads
from gateway.api.context import EXTENSION
from gateway.api.permissions import CUSTOMER_ROLES, INTERNAL_ROLES, PERMISSIONS, Door
from gateway.store.tenancy import tenant_transaction
from tests.support.api_calls import call_of, perform
from tests.support.api_world import FIRST_DAY, LAST_DAY, NOW, World, as_superuser

LOG = "/v1/account/audit-events"
READS = sorted(
    route
    for (method, route), rule in PERMISSIONS.items()
    if method == "GET"
    and rule.door is Door.BEARER
    and (rule.tenant or "<tenantId>" in route)
    and rule.roles & INTERNAL_ROLES
)
PERIOD = {"from": FIRST_DAY, "to": LAST_DAY}


def lines(world: World, who: str = "owner", **query: Any) -> list[dict[str, Any]]:
    named = {"tenantId": str(world.tenant)} if world.people[who].internal else {}
    found: list[dict[str, Any]] = world.get(who, LOG, **named, **query).json["items"]
    return found


def at(world: World, moment: Any) -> None:
    world.app.extensions[EXTENSION] = replace(world.app.extensions[EXTENSION], now=lambda: moment)


@pytest.fixture
def clean(changing_world: World) -> Iterator[World]:
    """Nobody has read anything yet."""
    with as_superuser(changing_world) as database:
        database.execute("TRUNCATE audit_events, internal_reads")
    at(changing_world, NOW)
    yield changing_world
    at(changing_world, NOW)


@pytest.mark.parametrize("route", READS)
def test_every_read_of_a_tenant_by_the_platforms_people_is_in_its_log(clean: World, route: str) -> None:
    rule, kind = PERMISSIONS[("GET", route)], reads.kind_of(route)
    for who in ("tam", "admin"):
        named = call_of("GET", route).make(clean, who)
        answer = perform(clean, who, "GET", route, named, tenant=clean.tenant if rule.tenant else None)
        assert answer.status_code == 200
    found = clean.sql(
        "SELECT action, actor_id, platform_name, subject FROM audit_events WHERE tenant_id = :t"
        " AND action LIKE '%.viewed' ORDER BY audit_id",
        t=clean.tenant,
    )
    assert [tuple(row) for row in found] == [
        (f"{kind}.viewed", clean.people[who].user_id, who, str(clean.tenant)) for who in ("tam", "admin") if kind
    ]


@pytest.mark.parametrize("route", READS)
def test_read_by_a_customer_or_one_that_is_refused_is_not_in_the_log(clean: World, route: str) -> None:
    rule = PERMISSIONS[("GET", route)]
    named = call_of("GET", route).make(clean, "tam")
    for who in ("owner", "developer", "billing", "viewer", "impostor", "unassigned_tam"):
        internal = clean.people[who].internal
        answer = perform(clean, who, "GET", route, named, tenant=clean.tenant if internal and rule.tenant else None)
        allowed = not internal and bool(clean.people[who].roles & CUSTOMER_ROLES & rule.roles)
        assert (answer.status_code == 200) is allowed or "viewId" in named, who
    assert clean.sql("SELECT * FROM audit_events WHERE action LIKE '%.viewed'") == []
    assert clean.sql("SELECT * FROM internal_reads") == []


def test_calls_of_one_page_are_one_line_and_counted(clean: World) -> None:
    pages = ("summary", "timeseries", "breakdown", "heatmap")
    with ThreadPoolExecutor(8) as pool:  # as a page asks for them
        asked = [pool.submit(_ask, clean, f"/v1/analytics/{name}") for name in pages * 5]
    assert {future.result() for future in asked} == {200}
    (line,) = lines(clean)
    assert (line["action"], line["actorKind"], line["actorName"], line["reads"]) == (
        "analytics.viewed", "internal", "tam", 20,
    )  # fmt: skip
    assert line["at"] == line["lastAt"] == "2026-11-20T09:00:00.000Z"


def test_calls_whose_numbers_are_of_one_moment_are_counted_beside_each_other(clean: World) -> None:
    path = f"/v1/internal/tenants/{clean.tenant}/qbr-preview"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: clean.get("tam", path, period="2026-Q4").status_code, range(6)))
    assert answers == [200] * 6
    (line,) = lines(clean)
    assert (line["action"], line["reads"], line["details"]) == ("qbr.viewed", 6, {"period": "2026-Q4"})


def _ask(world: World, path: str) -> int:
    return int(world.get("tam", path, tenantId=str(world.tenant), **PERIOD).status_code)


def test_another_kind_another_person_and_another_time_are_lines_of_their_own(clean: World) -> None:
    tenant = str(clean.tenant)
    for who, path, minutes in (
        ("tam", "/v1/messages", 0),
        ("tam", "/v1/messages", 14),
        ("tam", "/v1/billing/balance", 14),
        ("admin", "/v1/messages", 14),
        ("tam", "/v1/messages", 15),
    ):
        at(clean, NOW + timedelta(minutes=minutes))
        assert clean.get(who, path, tenantId=tenant).status_code == 200
    told = [(line["action"], line["actorName"], line["reads"], line["lastAt"][11:16]) for line in lines(clean)]
    assert told == [
        ("messages.viewed", "tam", 1, "09:15"),
        ("messages.viewed", "admin", 1, "09:14"),
        ("billing.viewed", "tam", 1, "09:14"),
        ("messages.viewed", "tam", 2, "09:14"),
    ]


def test_answer_that_is_not_new_is_a_read_too(clean: World) -> None:
    tenant = str(clean.tenant)
    first = clean.get("tam", "/v1/analytics/summary", tenantId=tenant, **PERIOD)
    client = clean.client("tam")
    again = client.get(
        "/v1/analytics/summary",
        query_string={"tenantId": tenant, **PERIOD},
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert again.status_code == 304
    assert lines(clean)[0]["reads"] == 2


def test_what_is_about_the_customer_and_not_theirs_is_for_the_platforms_people(clean: World) -> None:
    for name in reads.UNSEEN:
        assert clean.get("tam", f"/v1/internal/tenants/{clean.tenant}/{name}").status_code == 200
    assert lines(clean) == []
    assert {line["action"] for line in lines(clean, "admin")} == {f"{name}.viewed" for name in reads.UNSEEN}


def test_owner_asks_who_looked_and_what_was_changed(clean: World) -> None:
    made = clean.client("owner").post("/v1/api-keys", json={"name": "A key", "scopes": ["sms:read"]}).json
    key = {"Authorization": f"Bearer {made['rawKey']}"}
    assert clean.client(None).get("/v1/messages", headers=key).status_code == 200
    clean.get("tam", "/v1/api-keys", tenantId=str(clean.tenant))
    clean.client("tam").post(f"/v1/internal/tenants/{clean.tenant}/health/recompute", json={})
    (looked,) = lines(clean, what="reads")
    assert (looked["action"], looked["actorName"]) == ("api_keys.viewed", "tam")
    changes = lines(clean, what="changes")
    assert [(line["action"], line["actorKind"], line["actorName"], line["reads"]) for line in changes] == [
        ("health.recompute_asked", "internal", "tam", None), ("api_key.created", "person", "owner", None),
    ]  # fmt: skip
    tam = str(clean.people["tam"].user_id)
    assert [line["action"] for line in lines(clean, actorId=tam)] == ["health.recompute_asked", "api_keys.viewed"]
    first = clean.get("owner", LOG, limit=1, what="changes").json
    rest = clean.get("owner", LOG, limit=1, what="changes", cursor=first["nextCursor"]).json
    assert first["items"] + rest["items"] == changes
    assert clean.get("owner", LOG, limit=1, cursor=first["nextCursor"]).status_code == 422
    assert clean.get("owner", LOG, what="all").status_code == 422


def test_name_stays_when_the_person_is_gone(clean: World) -> None:
    clean.get("tam", "/v1/messages", tenantId=str(clean.tenant))
    rename = text("UPDATE users SET name = :name, disabled_at = :at WHERE user_id = :user")
    tam = {"user": clean.people["tam"].user_id}
    with clean.worker_engine.begin() as connection:
        connection.execute(rename, {"name": "Somebody else", "at": NOW, **tam})
    try:
        assert lines(clean)[0]["actorName"] == "tam"
    finally:
        with clean.worker_engine.begin() as connection:
            connection.execute(rename, {"name": "tam", "at": None, **tam})


def test_read_whose_line_cannot_be_written_is_not_answered(clean: World) -> None:
    """Rather no answer than one that nobody is told of."""
    asked = ("tam", "/v1/billing/balance")
    with as_superuser(clean) as database:
        database.execute("ALTER TABLE internal_reads ADD CONSTRAINT broken CHECK (kind <> 'billing')")
    try:
        answer = clean.get(*asked, tenantId=str(clean.tenant))
        assert (answer.status_code, answer.json["code"]) == (500, "internal")
        assert clean.get("owner", asked[1]).status_code == 200
    finally:
        with as_superuser(clean) as database:
            database.execute("ALTER TABLE internal_reads DROP CONSTRAINT broken")
    assert clean.get(*asked, tenantId=str(clean.tenant)).status_code == 200
    assert len(lines(clean)) == 1


def test_customer_reads_who_looked_and_changes_nothing_of_it(clean: World) -> None:
    clean.get("tam", "/v1/messages", tenantId=str(clean.tenant))
    owner = str(clean.people["owner"].user_id)
    with tenant_transaction(clean.api_engine, clean.tenant, actor=owner) as connection:
        assert connection.execute(text("SELECT reads FROM internal_reads")).scalar_one() == 1
        assert connection.execute(text("UPDATE internal_reads SET reads = 0")).rowcount == 0
    forged = "INSERT INTO internal_reads (tenant_id, person_id, kind, slot, last_at) VALUES (:tenant, :tam, 'x', now(), now())"
    named = {"tenant": clean.tenant, "tam": clean.people["tam"].user_id}
    for statement in (
        forged,
        "DELETE FROM internal_reads",
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
    ):
        with (
            pytest.raises(Exception, match=r"permission denied|row-level security"),
            tenant_transaction(clean.api_engine, clean.tenant, actor=owner) as connection,
        ):
            connection.execute(text(statement), named)
