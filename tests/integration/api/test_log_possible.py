"""The log asks the rollups whether a filter can match at all. What it lists is all there is, whatever they know yet."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from gateway.domain import ids
from gateway.domain.messages import Transition
from gateway.domain.statuses import Status
from gateway.store import log_pages, log_possible, writes
from gateway.store.log_filter import LogFilter, Recipient, Search
from gateway.store.log_pages import Counted, question
from gateway.store.message_reads import list_messages
from gateway.store.tenancy import tenant_transaction
from tests.integration.api.test_numbers_agree import log_rows
from tests.support.api_world import NOW, World, random_messages

ZONE = "Asia/Kabul"
KABUL = "(submitted_at AT TIME ZONE 'Asia/Kabul')"
# The filters of the log, each with what it means in SQL that was written for this test alone.
FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "delivered": ({"status": "delivered"}, "status = 'delivered'"),
    "failed": ({"status": ["failed", "rejected"]}, "status IN ('failed', 'rejected')"),
    "operator": ({"operator": "Roshan"}, "operator = 'Roshan'"),
    "operators": ({"operator": ["AWCC", "Etisalat"]}, "operator IN ('AWCC', 'Etisalat')"),
    "sender": ({"senderId": "SHOP"}, "sender_id = 'SHOP'"),
    "error": ({"errorCode": ["throttled", "system_failure"]}, "error_code IN ('throttled', 'system_failure')"),
    "country": ({"country": "AF"}, "country = 'AF'"),
    "abroad": ({"country": ["GB", "DE"]}, "country IN ('GB', 'DE')"),
    "destination": ({"destination": ["+9379", "+9372"]}, "destination IN ('+9379', '+9372')"),
    "number": ({"to": "+9379*"}, "recipient LIKE '+9379%'"),
    "abroad number": ({"to": "+44*"}, "recipient LIKE '+44%'"),
    "search": ({"q": "bank"}, "sender_id ILIKE '%bank%'"),
    "digits": ({"q": "+9379"}, "recipient LIKE '+9379%'"),
    "days": (
        {"startDate": "2026-11-01", "endDate": "2026-11-12"},
        f"{KABUL}::date BETWEEN '2026-11-01' AND '2026-11-12'",
    ),
    "hour": ({"hour": 0}, f"extract(hour FROM {KABUL}) = 0"),
    "weekday": ({"weekday": 5}, f"extract(isodow FROM {KABUL}) = 5"),
}
EXCLUDE_EACH_OTHER = [
    {"delivered", "failed"},
    {"operator", "operators"},
    {"country", "abroad"},
    {"number", "abroad number"},
    {"search", "digits"},
]
CHOSEN = [
    names
    for size in (1, 2, 3)
    for names in combinations(FILTERS, size)
    if not any(pair <= set(names) for pair in EXCLUDE_EACH_OTHER)
]


def recounted(world: World, condition: str) -> list[str]:
    rows = world.sql(
        f"SELECT message_id FROM messages WHERE tenant_id = :tenant AND {condition}"
        " ORDER BY submitted_at DESC, message_id DESC",
        tenant=world.tenant,
    )
    return [ids.encode(row[0]) for row in rows]


def listed(world: World, query: dict[str, Any]) -> list[str]:
    return [row["messageId"] for row in log_rows(world, **query)]


@pytest.fixture(scope="module")
def half_counted(changing_world: World) -> Iterator[World]:
    """A world of which a good part waits to be counted: new days, old days, and messages that became something else."""
    world = changing_world
    world.add(random_messages(world.tenant, 250, seed=11))
    world.add(random_messages(world.tenant, 40, seed=12, until=NOW - timedelta(days=60), days=9))
    open_ones = world.sql(
        "SELECT message_id FROM messages WHERE tenant_id = :tenant AND status = 'sent' ORDER BY 1", tenant=world.tenant
    )
    draw = random.Random(13)
    news = [
        Transition(message_id, draw.choice((Status.DELIVERED, Status.FAILED)), NOW, "receipt")
        for (message_id,) in open_ones
    ]
    with world.worker_engine.begin() as connection:
        writes.apply_transitions(connection, world.tenant, news)
    return world


@pytest.mark.parametrize("part", range(4))
def test_log_lists_everything_that_fulfils_any_filters_together(half_counted: World, part: int) -> None:
    assert half_counted.sql("SELECT count(*) FROM rollup_deltas")[0][0] > 0
    found = 0
    for names in CHOSEN[part::4]:
        query = {key: value for name in names for key, value in FILTERS[name][0].items()}
        expected = recounted(half_counted, " AND ".join(FILTERS[name][1] for name in names))
        assert listed(half_counted, query) == expected, names
        found += bool(expected)
    assert found > len(CHOSEN) / 8


@pytest.mark.parametrize("limit", [1, 7])
def test_pages_join_without_gap_or_repeat(half_counted: World, limit: int) -> None:
    query = {"status": "delivered", "operator": "Roshan", "destination": ["+9379", "+9372"]}
    expected = recounted(
        half_counted, "status = 'delivered' AND operator = 'Roshan' AND destination IN ('+9379', '+9372')"
    )
    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        page = half_counted.get("owner", "/v1/messages", limit=limit, **query, **({"cursor": cursor} if cursor else {}))
        seen += [row["messageId"] for row in page.json["items"]]
        cursor = page.json["nextCursor"]
        if cursor is None:
            break
    assert len(expected) > 7
    assert seen == expected
    numbered = half_counted.get("owner", "/v1/messages", limit=limit, page=3, **query).json["items"]
    assert [row["messageId"] for row in numbered] == expected[2 * limit : 3 * limit]


def test_message_is_listed_from_the_moment_it_is_there(own_world: World) -> None:
    """By what it is, was never before, and before any rollup knows: as it came, and as it became something else."""
    rare = {"senderId": "NEW", "operator": "Roshan", "destination": "+9379"}
    assert listed(own_world, rare) == []
    for back in (0, 200):
        [row] = random_messages(own_world.tenant, 1, seed=90 + back, until=NOW - timedelta(days=back), days=1)
        row = row._replace(sender_id="NEW", operator="Roshan", destination="+9379", status=Status.SENT, error_code=None)
        own_world.add([row])
        assert ids.encode(row.message_id) in listed(own_world, rare)
        assert listed(own_world, {**rare, "status": "failed", "errorCode": "absent_subscriber"}) == []
        with own_world.worker_engine.begin() as connection:
            news = [Transition(row.message_id, Status.FAILED, NOW, "receipt", error_code="absent_subscriber")]
            writes.apply_transitions(connection, own_world.tenant, news)
        failed = {**rare, "status": "failed", "errorCode": "absent_subscriber"}
        assert listed(own_world, failed) == [ids.encode(row.message_id)]
        own_world.fold()
        assert listed(own_world, failed) == [ids.encode(row.message_id)]
        with own_world.worker_engine.begin() as connection:
            connection.execute(text("DELETE FROM messages WHERE sender_id = 'NEW'"))
        assert listed(own_world, rare) == []
        own_world.fold()


def read(world: World, wanted: LogFilter) -> tuple[int, list[dict[str, Any]]]:
    """How many rows there are, and the nodes of the plan that read messages and were run."""
    asked = question(wanted, limit=50, after=None, offset=0, counted=Counted(ZONE, None))
    assert asked is not None
    with tenant_transaction(world.api_engine, world.tenant) as connection:
        explained = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.statement}", asked.values
        ).scalar_one()
    [plan] = json.loads(explained) if isinstance(explained, str) else explained
    nodes = list(_nodes(plan["Plan"]))
    return plan["Plan"]["Actual Rows"], [
        node for node in nodes if str(node.get("Relation Name")).startswith("messages") and node["Actual Loops"]
    ]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def test_what_never_meets_is_not_looked_for(world: World) -> None:
    own, other = (
        world.sql(
            "SELECT operator, destination FROM messages WHERE tenant_id = :tenant AND operator = :operator LIMIT 1",
            tenant=world.tenant,
            operator=operator,
        )[0]
        for operator in ("Roshan", "AWCC")
    )
    rows, nodes = read(world, LogFilter(world.tenant, operators=(own[0],), destinations=(own[1],)))
    assert rows > 0
    assert nodes
    rows, nodes = read(world, LogFilter(world.tenant, operators=(own[0],), destinations=(other[1],)))
    assert rows == 0
    assert nodes == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"recipient": Recipient("+999", prefix=True)},
        {"recipient": Recipient("+93700", prefix=True), "operators": ("Roshan",)},
        {"search": Search("+999", ("nobody",))},
        {"recipient": Recipient("+999", prefix=True), "error_codes": ("throttled",), "statuses": ("failed",)},
    ],
    ids=["nowhere", "another operator's", "search", "beside an error"],
)
def test_numbers_that_no_network_has_are_not_looked_for(world: World, wanted: dict[str, Any]) -> None:
    assert read(world, LogFilter(world.tenant, **wanted)) == (0, [])
    rows, nodes = read(world, LogFilter(world.tenant, recipient=Recipient("+937", prefix=True)))
    assert rows > 0
    assert nodes


def test_days_that_are_gone_are_not_asked_about() -> None:
    kept = datetime(2026, 10, 1, tzinfo=UTC)
    wanted = LogFilter(UUID(int=1), operators=("Roshan",), destinations=("+9379",))
    asked = question(wanted, limit=50, after=None, offset=0, counted=Counted(ZONE, kept))
    assert asked is not None
    assert asked.values["first_day"] == date(2026, 9, 30)


def test_a_queue_that_has_grown_long_is_not_searched(own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the log itself is: what waits in the queue is found all the same."""
    [row] = random_messages(own_world.tenant, 1, seed=91)
    own_world.add([row._replace(sender_id="NEW", operator="Roshan", destination="+9379")])
    monkeypatch.setattr("gateway.store.log_possible.LONGEST_QUEUE_BYTES", 0)
    for remembered in (log_possible.can_match, log_pages._statement):
        remembered.cache_clear()
    wanted = LogFilter(own_world.tenant, sender_ids=("NEW",), operators=("Roshan",), destinations=("+9379",))
    assert read(own_world, wanted)[0] == 1
    rows, nodes = read(own_world, replace(wanted, destinations=("+9399",)))
    assert rows == 0
    assert nodes, "nobody knows that there is none"
    for remembered in (log_possible.can_match, log_pages._statement):
        remembered.cache_clear()


def test_of_what_waits_the_api_sees_its_own_tenants_alone(own_world: World) -> None:
    waiting = text("SELECT operator, sender_id, status FROM rollup_deltas WHERE grain = 'c'")
    own_world.add(random_messages(own_world.tenant, 3, seed=5))
    with tenant_transaction(own_world.api_engine, own_world.other) as connection:
        assert connection.execute(waiting).all() == []
    with tenant_transaction(own_world.api_engine, own_world.tenant) as connection:
        assert connection.execute(waiting).all() != []
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("SELECT spend FROM rollup_deltas"))


def test_question_with_a_beginning_as_a_value_is_planned_each_time(own_world: World) -> None:
    """What PostgreSQL plans without knowing it walks a month of a large log to find one number."""
    common = LogFilter(own_world.tenant, operators=("Roshan",))
    searched = LogFilter(own_world.tenant, search=Search("+9330301234", ("3030",)))
    plans: dict[str, list[tuple[int, int]]] = {}
    for name, wanted in (("common", common), ("searched", searched)):
        with own_world.api_engine.begin() as connection:
            connection.exec_driver_sql("DEALLOCATE ALL")
            connection.execute(text("SELECT FROM enter_account(:tenant, '', NULL)"), {"tenant": own_world.tenant})
            for _ in range(8):
                list_messages(connection, wanted, limit=50)
            kept = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%FROM messages%%'"
            plans[name] = [(row[0], row[1]) for row in connection.exec_driver_sql(kept)]
    [(generic, custom)] = plans["common"]
    assert generic > 0
    assert custom == 0
    [(generic, custom)] = plans["searched"]
    assert generic == 0
    assert custom > 0
