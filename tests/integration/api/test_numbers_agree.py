"""Analytics, the message log and a recount by SQL give the same numbers, whatever is filtered."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.domain.statuses import Status
from tests.support.api_world import FIRST_DAY, LAST_DAY, SENDERS, World

STATUSES = [status.value for status in Status]
OPERATORS = ("AWCC", "Roshan", "ATOMA", "Etisalat", "Salaam", "other", "nobody")
FIRST = dt.date.fromisoformat(FIRST_DAY)

filters = st.fixed_dictionaries(
    {
        "operator": st.lists(st.sampled_from(OPERATORS), max_size=3, unique=True),
        "senderId": st.lists(st.sampled_from(SENDERS), max_size=3, unique=True),
        "status": st.lists(st.sampled_from(STATUSES), max_size=4, unique=True),
    }
)
periods = st.tuples(st.integers(0, 31), st.integers(0, 31)).map(lambda pair: (min(pair), max(pair)))
few = settings(
    max_examples=12, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def log_rows(world: World, **query: Any) -> list[dict[str, Any]]:
    """All rows the log lists, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = world.get("owner", "/v1/messages", limit=200, **query, **({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.json
        rows += page.json["items"]
        cursor = page.json["nextCursor"]
        if cursor is None:
            return rows


def recount(world: World, start: dt.date, end: dt.date, wanted: dict[str, list[str]]) -> Counter[str]:
    rows = world.sql(
        "SELECT status::text, count(*) FROM messages WHERE tenant_id = :tenant"
        " AND (submitted_at AT TIME ZONE 'Asia/Kabul')::date BETWEEN :start AND :end"
        " AND (cardinality(CAST(:operators AS text[])) = 0 OR operator = ANY (:operators))"
        " AND (cardinality(CAST(:senders AS text[])) = 0 OR sender_id = ANY (:senders))"
        " AND (cardinality(CAST(:statuses AS text[])) = 0 OR status::text = ANY (:statuses)) GROUP BY 1",
        tenant=world.tenant,
        start=start,
        end=end,
        operators=wanted["operator"],
        senders=wanted["senderId"],
        statuses=wanted["status"],
    )
    return Counter(dict(map(tuple, rows)))


@few
@given(wanted=filters, days=periods)
def test_summary_any_filter_equals_log_and_recount(
    world: World, wanted: dict[str, list[str]], days: tuple[int, int]
) -> None:
    start, end = (FIRST + dt.timedelta(days=day) for day in days)
    period = {"from": start.isoformat(), "to": end.isoformat()}
    truth = recount(world, start, end, wanted)
    summary = world.get("owner", "/v1/analytics/summary", **period, **wanted).json
    assert {name: count for name, count in summary["byStatus"].items() if count} == dict(truth)
    assert summary["messages"] == truth.total()
    listed = log_rows(world, startDate=period["from"], endDate=period["to"], **wanted)
    assert Counter(row["status"] for row in listed) == truth
    assert sum(row["segments"] for row in listed) == summary["segments"]
    assert f"{sum(float(row['price']['amount']) for row in listed):.4f}" == summary["spend"]["amount"]


@few
@given(wanted=filters, days=periods, group=st.sampled_from([None, "status", "operator", "senderId", "country"]))
def test_every_chart_any_filter_adds_up_to_the_summary(
    world: World, wanted: dict[str, list[str]], days: tuple[int, int], group: str | None
) -> None:
    start, end = (FIRST + dt.timedelta(days=day) for day in days)
    query = {"from": start.isoformat(), "to": end.isoformat(), **wanted}
    total = world.get("owner", "/v1/analytics/summary", **query).json
    intervals = ["day", "week", "month"]
    if days[1] - days[0] < 14 and group != "country":
        intervals.append("hour")
    for interval in intervals:
        grouping = {"groupBy": group} if group else {}
        chart = world.get("owner", "/v1/analytics/timeseries", **query, interval=interval, **grouping).json
        assert sum(sum(line["values"]) for line in chart["series"]) == total["messages"], interval
        spend = world.get(
            "owner", "/v1/analytics/timeseries", **query, interval=interval, metric="spend", **grouping
        ).json
        assert sum(sum(line["values"]) for line in spend["series"]) == pytest.approx(float(total["spend"]["amount"]))
    heatmap = world.get("owner", "/v1/analytics/heatmap", **query).json["cells"]
    assert sum(cell["messages"] for cell in heatmap) == total["messages"]
    assert sum(cell["delivered"] for cell in heatmap) == total["byStatus"]["delivered"]
    for dimension in ("operator", "senderId", "country"):
        items = world.get("owner", "/v1/analytics/breakdown", **query, dimension=dimension).json["items"]
        assert sum(item["messages"] for item in items) == total["messages"]
        assert sum(item["segments"] for item in items) == total["segments"]
    for dimension in ("senderId", "destination"):
        top = world.get("owner", "/v1/analytics/top", **query, dimension=dimension, limit=2).json
        assert top["total"] == total["messages"]


@few
@given(wanted=filters, weekday=st.integers(1, 7), hour=st.integers(0, 23))
def test_heatmap_cell_links_to_exactly_its_messages(
    world: World, wanted: dict[str, list[str]], weekday: int, hour: int
) -> None:
    cells = world.get("owner", "/v1/analytics/heatmap", **{"from": FIRST_DAY, "to": LAST_DAY}, **wanted).json["cells"]
    cell = next(item for item in cells if (item["weekday"], item["hour"]) == (weekday, hour))
    listed = log_rows(world, startDate=FIRST_DAY, endDate=LAST_DAY, weekday=weekday, hour=hour, **wanted)
    assert len(listed) == cell["messages"]
    assert sum(row["status"] == "delivered" for row in listed) == cell["delivered"]


@pytest.mark.parametrize(
    ("dimension", "parameter"), [("senderId", "senderId"), ("destination", "destination"), ("errorCode", "errorCode")]
)
def test_top_item_links_to_exactly_its_messages(world: World, dimension: str, parameter: str) -> None:
    period = {"from": FIRST_DAY, "to": LAST_DAY}
    top = world.get("owner", "/v1/analytics/top", **period, dimension=dimension, limit=100).json
    assert top["items"]
    for item in top["items"]:
        listed = log_rows(world, startDate=FIRST_DAY, endDate=LAST_DAY, **{parameter: item["key"]})
        assert len(listed) == item["messages"], item["key"]
        assert sum(row["status"] == "delivered" for row in listed) == item["delivered"]


def test_error_chart_counts_only_messages_with_an_error(world: World) -> None:
    period = {"from": FIRST_DAY, "to": LAST_DAY}
    chart = world.get("owner", "/v1/analytics/timeseries", **period, groupBy="errorCode").json
    top = world.get("owner", "/v1/analytics/top", **period, dimension="errorCode", limit=100).json
    assert {line["key"]: sum(line["values"]) for line in chart["series"]} == {
        item["key"]: item["messages"] for item in top["items"]
    }


def test_summary_previous_period_equals_that_period_asked_for_alone(world: World) -> None:
    both = world.get(
        "owner", "/v1/analytics/summary", **{"from": "2026-11-11", "to": "2026-11-20", "compare": "previous"}
    ).json
    alone = world.get("owner", "/v1/analytics/summary", **{"from": "2026-11-01", "to": "2026-11-10"}).json
    assert both["previous"] == {name: alone[name] for name in both["previous"]}
    assert alone["previous"] is None


def test_delivery_rate_divides_by_final_outcomes_only(world: World) -> None:
    summary = world.get("owner", "/v1/analytics/summary", **{"from": FIRST_DAY, "to": LAST_DAY}).json
    counts = summary["byStatus"]
    final = counts["delivered"] + counts["failed"] + counts["expired"] + counts["rejected"]
    assert summary["deliveryRate"] == pytest.approx(counts["delivered"] / final, abs=1e-6)


def test_latency_series_by_month_surrounds_the_periods_percentile(world: World) -> None:
    period = {"from": FIRST_DAY, "to": LAST_DAY}
    chart = world.get("owner", "/v1/analytics/timeseries", **period, metric="latencyP50", interval="month").json
    values = [value for value in chart["series"][0]["values"] if value is not None]
    summary = world.get("owner", "/v1/analytics/summary", **period).json
    assert min(values) <= summary["latencyP50"] <= max(values)
    assert summary["latencyP50"] < summary["latencyP95"]
    assert chart["unit"] == "seconds"
