"""Days, hours and weeks are the tenant's: Kabul is four and a half hours ahead, its weeks begin on Saturday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.messages import new_message
from tests.support.api_world import World

# Kabul's Saturday 14 November 2026 begins at 19:30 UTC on Friday.
SATURDAY = datetime(2026, 11, 13, 19, 30, tzinfo=UTC)
PERIOD = {"from": "2026-11-01", "to": "2026-11-20", "senderId": "BORDER"}
MILLISECOND = timedelta(milliseconds=1)


def add(world: World, *moments: datetime) -> None:
    world.add(
        [
            new_message(
                tenant_id=world.tenant,
                submitted_at=moment,
                recipient="+93701234567",
                sender_id="BORDER",
                source="internal",
                external_id=f"border-{moment.isoformat()}",
            )
            for moment in moments
        ]
    )
    world.fold()


def series(world: World, **query: str) -> dict[str, int]:
    chart = world.get("owner", "/v1/analytics/timeseries", **{**PERIOD, **query}).json
    return {
        bucket: value for bucket, value in zip(chart["buckets"], chart["series"][0]["values"], strict=True) if value
    }


def test_last_and_first_millisecond_of_a_local_day_fall_on_both_sides(own_world: World) -> None:
    add(own_world, SATURDAY - MILLISECOND, SATURDAY)
    assert series(own_world) == {"2026-11-13": 1, "2026-11-14": 1}
    for day in ("2026-11-13", "2026-11-14"):
        listed = own_world.get("owner", "/v1/messages", senderId="BORDER", startDate=day, endDate=day).json["items"]
        assert len(listed) == 1


def test_week_begins_on_saturday_and_is_named_by_it(own_world: World) -> None:
    add(own_world, SATURDAY - MILLISECOND, SATURDAY, SATURDAY + timedelta(days=6))
    assert series(own_world, interval="week") == {"2026-11-07": 1, "2026-11-14": 2}


def test_hour_is_the_local_clocks(own_world: World) -> None:
    add(own_world, SATURDAY - MILLISECOND, SATURDAY, SATURDAY + timedelta(hours=1) - MILLISECOND)
    hours = series(own_world, **{"from": "2026-11-13", "to": "2026-11-14", "interval": "hour"})
    assert hours == {"2026-11-13T23:00": 1, "2026-11-14T00:00": 2}
    cells = own_world.get("owner", "/v1/analytics/heatmap", **PERIOD).json["cells"]
    assert {(cell["weekday"], cell["hour"]): cell["messages"] for cell in cells if cell["messages"]} == {
        (5, 23): 1,
        (6, 0): 2,
    }
    listed = own_world.get("owner", "/v1/messages", senderId="BORDER", weekday=6, hour=0).json["items"]
    assert len(listed) == 2


def test_month_begins_at_local_midnight(own_world: World) -> None:
    midnight = datetime(2026, 10, 31, 19, 30, tzinfo=UTC)
    add(own_world, midnight - MILLISECOND, midnight)
    assert series(own_world, **{"from": "2026-10-01", "interval": "month"}) == {"2026-10-01": 1, "2026-11-01": 1}


@pytest.mark.parametrize(("interval", "count"), [("day", 20), ("week", 3), ("month", 1)])
def test_every_bucket_is_present_where_nothing_was_sent(world: World, interval: str, count: int) -> None:
    chart = world.get("owner", "/v1/analytics/timeseries", **{**PERIOD, "senderId": "NOBODY"}, interval=interval).json
    assert len(chart["buckets"]) == count
    assert chart["series"] == [{"key": "all", "values": [0] * count}]
    rates = world.get(
        "owner", "/v1/analytics/timeseries", **{**PERIOD, "senderId": "NOBODY"}, metric="deliveryRate"
    ).json
    assert set(rates["series"][0]["values"]) == {None}


def test_incidents_of_the_tenant_and_of_everyone_are_shown_and_no_others(world: World) -> None:
    shown = world.get("owner", "/v1/analytics/timeseries", **PERIOD).json["incidents"]
    assert sorted(str(item["operator"]) for item in shown) == ["None", "Roshan"]
    awcc = world.get("owner", "/v1/analytics/timeseries", **PERIOD, operator="AWCC").json["incidents"]
    assert [item["operator"] for item in awcc] == [None]
