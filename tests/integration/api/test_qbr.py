"""A business review: its numbers by a recount of messages, by the analytics, by the ledger; periods."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.messages import Transition
from gateway.domain.statuses import RATED, Status
from gateway.store import ledger
from gateway.store.writes import apply_transitions
from tests.support.api_world import World, build_world, random_messages
from tests.support.postgres import NewDatabase

KABUL = ZoneInfo("Asia/Kabul")
AT = dt.datetime(2026, 8, 3, 6, tzinfo=dt.UTC)
OUTCOMES = tuple(status.value for status in Status)


@pytest.fixture(scope="module")
def reviewed(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With two quarters of traffic, decisions of compliance and entries of every kind. Its tests leave numbers alone."""
    folder: Path = tmp_path_factory.mktemp("reviewed")
    with new_database() as url, build_world(url, folder, messages=300) as world:
        world.add(random_messages(world.tenant, 900, 7, until=dt.datetime(2026, 10, 2, tzinfo=dt.UTC), days=190))
        _decide(world)
        _enter(world)
        world.fold()
        yield world


def _decide(world: World) -> None:
    """Some of the held messages are let go, some of those are held again and blocked."""
    held = world.sql(
        "SELECT message_id, submitted_at FROM messages WHERE tenant_id = :t AND status = 'held' ORDER BY submitted_at",
        t=world.tenant,
    )
    with world.worker_engine.begin() as connection:
        for place, row in enumerate(held[: len(held) // 2]):
            steps = [(Status.QUEUED, 3), (Status.HELD, 5), (Status.BLOCKED, 50)] if place % 3 else [(Status.QUEUED, 7)]
            for status, minutes in steps:
                at = row.submitted_at + dt.timedelta(minutes=minutes + place)
                news = Transition(row.message_id, status, at, "internal")
                assert apply_transitions(connection, world.tenant, [news]).applied == 1


def _enter(world: World) -> None:
    with world.worker_engine.begin() as connection:
        for days in (-60, -3, 4, 30, 80):
            at = AT + dt.timedelta(days=days)
            ledger.top_up(connection, world.tenant, Decimal("700.25"), "", at)
            ledger.charge(connection, world.tenant, [(at, Decimal("55.5")), (at, Decimal("-3.1234"))])
            ledger.adjust(connection, world.tenant, Decimal("-4"), "", at)
        for days in (-50, 1, 40):
            at = AT + dt.timedelta(days=days)
            ledger.credit_sla(connection, world.tenant, Decimal("12.5"), f"Outage {days}", at)


def path_of(tenant: UUID, what: str = "qbr-preview") -> str:
    return f"/v1/internal/tenants/{tenant}/{what}"


def preview(world: World, period: str = "2026-Q3", who: str = "tam") -> Any:
    answer = world.get(who, path_of(world.tenant), period=period)
    assert answer.status_code == 200, answer.json
    return answer.json


class Recount:
    """Of raw messages of local days, without any of the product's words."""

    def __init__(self, world: World, first: str, last: str) -> None:
        self.rows = world.sql(
            "SELECT *, (submitted_at AT TIME ZONE 'Asia/Kabul')::date AS day FROM messages WHERE tenant_id = :t"
            " AND (submitted_at AT TIME ZONE 'Asia/Kabul')::date BETWEEN :first AND :last",
            t=world.tenant,
            first=dt.date.fromisoformat(first),
            last=dt.date.fromisoformat(last),
        )

    def of(self, **wanted: Any) -> Recount:
        found = object.__new__(Recount)
        found.rows = [row for row in self.rows if all(getattr(row, name) == value for name, value in wanted.items())]
        return found

    def of_days(self, first: str, last: str) -> Recount:
        found = object.__new__(Recount)
        found.rows = [row for row in self.rows if first <= row.day.isoformat() <= last]
        return found

    @property
    def by_status(self) -> dict[str, int]:
        return {name: sum(row.status == name for row in self.rows) for name in OUTCOMES}

    @property
    def delivery_rate(self) -> float | None:
        rated = sum(row.status in {str(each) for each in RATED} for row in self.rows)
        return round(self.by_status["delivered"] / rated, 6) if rated else None

    @property
    def hold_rate(self) -> float | None:
        withheld = self.by_status["held"] + self.by_status["blocked"]
        return round(withheld / len(self.rows), 6) if self.rows else None

    @property
    def spend(self) -> str:
        return f"{sum((row.price for row in self.rows), Decimal(0)):.4f}"


def same(told: dict[str, Any], counted: Recount) -> None:
    assert told["messages"] == len(counted.rows)
    assert told["deliveryRate"] == counted.delivery_rate
    assert told["spend"]["amount"] == counted.spend
    if "byStatus" in told:
        assert told["byStatus"] == counted.by_status
    if "holdRate" in told:
        assert (told["holdRate"], told["segments"]) == (counted.hold_rate, sum(row.segments for row in counted.rows))


@pytest.mark.parametrize(
    ("period", "days", "before"),
    [
        ("2026-Q3", ("2026-07-01", "2026-09-30"), ("2026-04-01", "2026-06-30")),
        # So far: fifty-one days of October and November are compared with as many of July and August.
        ("2026-Q4", ("2026-10-01", "2026-11-20"), ("2026-07-01", "2026-08-20")),
    ],
)
def test_all_numbers_of_messages_equal_a_recount(
    reviewed: World, period: str, days: tuple[str, str], before: tuple[str, str]
) -> None:
    told = preview(reviewed, period)
    counted = Recount(reviewed, *days)
    assert (told["period"]["from"], told["period"]["through"]) == days
    assert (told["period"]["previous"]["from"], told["period"]["previous"]["to"]) == before
    same(told["totals"], counted)
    same(told["previous"], Recount(reviewed, *before))
    for month in told["months"]:
        same(month, counted.of_days(month["month"], month["month"][:8] + "31"))
    assert sum(month["messages"] for month in told["months"]) == told["totals"]["messages"]
    earlier = Recount(reviewed, *before)
    assert {each["operator"] for each in told["operators"]} == {row.operator for row in counted.rows}
    for each in told["operators"]:
        of = counted.of(operator=each["operator"])
        same(each, of)
        assert each["previousDeliveryRate"] == earlier.of(operator=each["operator"]).delivery_rate
        assert [month["month"] for month in each["months"]] == [month["month"] for month in told["months"]]
        for month in each["months"]:
            within = of.of_days(month["month"], month["month"][:8] + "31")
            assert (month["messages"], month["deliveryRate"]) == (len(within.rows), within.delivery_rate)
    for week in told["compliance"]["weeks"]:
        of = counted.of_days(week["from"], week["to"])
        assert (week["messages"], week["holdRate"]) == (len(of.rows), of.hold_rate)
        assert week["deliveryRate"] == of.delivery_rate
        assert (week["held"], week["blocked"]) == (of.by_status["held"], of.by_status["blocked"])
    edges = [(week["from"], week["to"]) for week in told["compliance"]["weeks"]]
    assert (edges[0][0], edges[-1][1]) == days
    assert all(dt.date.fromisoformat(first).isoweekday() == 6 for first, _ in edges[1:])
    for name, column in (("senders", "sender_id"), ("countries", "country"), ("destinations", "destination")):
        _same_ranking(told[name], counted, column)
    codes = Counter(row.error_code for row in counted.rows if row.error_code is not None)
    assert {each["code"]: each["messages"] for each in told["errors"]["items"]} == codes
    assert sum(each["share"] for each in told["errors"]["items"]) == pytest.approx(1, abs=1e-5)


def _same_ranking(told: dict[str, Any], counted: Recount, column: str) -> None:
    sizes = Counter(getattr(row, column) for row in counted.rows)
    ranked = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    assert [(each["key"], each["messages"]) for each in told["items"]] == ranked[:10]
    assert (told["others"], told["otherMessages"]) == (len(ranked[10:]), sum(count for _, count in ranked[10:]))
    for each in told["items"]:
        same(each, counted.of(**{column: each["key"]}))
        assert each["share"] == round(each["messages"] / len(counted.rows), 6)


def test_review_and_analytics_of_the_same_days_say_the_same(reviewed: World) -> None:
    told = preview(reviewed)
    period = {"from": told["period"]["from"], "to": told["period"]["to"], "tenantId": str(reviewed.tenant)}
    summary = reviewed.get("tam", "/v1/analytics/summary", **period).json
    for name in ("messages", "segments", "byStatus", "deliveryRate", "spend", "latencyP50", "latencyP95"):
        assert told["totals"][name] == summary[name], name
    for metric, name in (("volume", "messages"), ("deliveryRate", "deliveryRate"), ("latencyP95", "latencyP95")):
        chart = reviewed.get("tam", "/v1/analytics/timeseries", **period, metric=metric, interval="month").json
        assert [month[name] for month in told["months"]] == chart["series"][0]["values"], metric
    operators = reviewed.get("tam", "/v1/analytics/breakdown", **period, dimension="operator").json["items"]
    assert [{name: each[name] for name in ("operator", "deliveryRate", "spend")} for each in told["operators"]] == [
        {"operator": each["key"], "deliveryRate": each["deliveryRate"], "spend": each["spend"]} for each in operators
    ]
    for name, dimension in (("senders", "senderId"), ("destinations", "destination")):
        top = reviewed.get("tam", "/v1/analytics/top", **period, dimension=dimension, limit=10).json
        assert [(each["key"], each["messages"]) for each in told[name]["items"]] == [
            (each["key"], each["messages"]) for each in top["items"]
        ]
        assert told[name]["otherMessages"] == top["otherMessages"]


def test_queue_of_compliance_equals_a_recount_of_events(reviewed: World) -> None:
    queue = preview(reviewed)["compliance"]["queue"]
    events = reviewed.sql(
        "SELECT message_id, status::text, at, seq FROM message_events WHERE tenant_id = :t AND kind = 'status'"
        " ORDER BY message_id, seq",
        t=reviewed.tenant,
    )
    histories = defaultdict(list)
    for event in events:
        histories[event.message_id].append(event)
    happened: Counter[tuple[int, str]] = Counter()
    waits = []
    for history in histories.values():
        for before, event in zip([None, *history], history, strict=False):
            local = event.at.astimezone(KABUL)
            if not dt.date(2026, 7, 1) <= local.date() <= dt.date(2026, 9, 30):
                continue
            if event.status == "held":
                happened[local.month, "entered"] += 1
            elif before is not None and before.status == "held":
                happened[local.month, "released" if event.status == "queued" else "blocked"] += 1
                waits.append((event.at - before.at).total_seconds())
    names = ("entered", "released", "blocked")
    assert {(month, name): queue["months"][month - 7][name] for month in (7, 8, 9) for name in names} == {
        (month, name): happened[month, name] for month in (7, 8, 9) for name in names
    }
    assert {name: queue[name] for name in names} == {
        name: sum(happened[month, name] for month in (7, 8, 9)) for name in names
    }
    assert min(queue[name] for name in names) > 0, "the test is about all of them"
    waits.sort()
    assert queue["medianWaitSeconds"] == pytest.approx(waits[math.ceil(len(waits) / 2) - 1])
    assert queue["longestWaitSeconds"] == pytest.approx(waits[-1])
    held = reviewed.sql(
        "SELECT submitted_at FROM messages WHERE tenant_id = :t AND status = 'held' ORDER BY 1", t=reviewed.tenant
    )
    assert queue["waiting"] == len(held)
    assert queue["oldestWaitingSince"][:19] == held[0].submitted_at.isoformat()[:19]


@pytest.mark.parametrize(("period", "months"), [("2026-Q2", (4, 5, 6)), ("2026-Q3", (7, 8, 9)), ("2026-Q4", (10, 11))])
def test_balance_of_a_quarter_equals_a_recount_of_the_ledger(
    reviewed: World, period: str, months: tuple[int, ...]
) -> None:
    told = preview(reviewed, period)
    entries = reviewed.sql("SELECT * FROM ledger_entries WHERE tenant_id = :t", t=reviewed.tenant)

    def change(entry: Any) -> Decimal:
        return Decimal(entry.amount * ((entry.credit == "balance") - (entry.debit == "balance")))

    def local(entry: Any) -> dt.date:
        return dt.date.fromisoformat(entry.at.astimezone(KABUL).date().isoformat())

    first, last = dt.date(2026, months[0], 1), dt.date.fromisoformat(told["period"]["to"])
    start = sum((change(entry) for entry in entries if local(entry) < first), Decimal(0))
    end = sum((change(entry) for entry in entries if local(entry) <= last), Decimal(0))
    balance = told["balance"]
    assert (balance["start"]["amount"], balance["end"]["amount"]) == (f"{start:.4f}", f"{end:.4f}")
    kinds = {
        "topups": {"topup"}, "usage": {"reserve", "charge", "refund"}, "adjustments": {"adjustment"},
        "slaCredits": {"sla_credit"},
    }  # fmt: skip
    assert [movement["month"] for movement in balance["movements"]] == [f"2026-{month:02}-01" for month in months]
    moved = Decimal(0)
    for movement, month in zip(balance["movements"], months, strict=True):
        for name, of in kinds.items():
            counted = sum(
                (change(each) for each in entries if local(each).month == month and each.kind in of), Decimal(0)
            )
            assert Decimal(movement[name]["amount"]) == counted
            moved += counted
    assert start + moved == end
    credits = [entry for entry in entries if entry.kind == "sla_credit" and first <= local(entry) <= last]
    assert told["slaCredits"]["count"] == len(credits)
    assert Decimal(told["slaCredits"]["total"]["amount"]) == sum((each.amount for each in credits), Decimal(0))
    assert {each["note"] for each in told["slaCredits"]["items"]} == {each.note for each in credits}


def test_health_of_a_quarter_is_that_of_its_days(reviewed: World) -> None:
    told = preview(reviewed, "2026-Q4")["health"]
    whole = reviewed.get("tam", f"/v1/internal/tenants/{reviewed.tenant}/health", days=366).json
    assert told["day"] == whole["health"]["day"] == "2026-11-19"
    assert (told["score"], told["band"]) == (whole["health"]["score"], whole["health"]["band"])
    assert {part["input"]: part["effect"] for part in told["parts"]} == {
        part["input"]: part["effect"] for part in whole["health"]["parts"]
    }
    # One for each day from the first of October to today, of which today's is not made yet.
    assert told["series"][:-1] == whole["series"][-50:]
    assert told["series"][-1] is None
    assert told["change"] == pytest.approx(told["score"] - told["start"])


def test_quarter_that_runs_is_told_so_far(reviewed: World) -> None:
    told = preview(reviewed, "2026-Q4")
    assert (told["period"]["complete"], told["period"]["through"], told["period"]["to"]) == (
        False, "2026-11-20", "2026-12-31",
    )  # fmt: skip
    assert [(month["month"], month["complete"]) for month in told["months"]] == [
        ("2026-10-01", True), ("2026-11-01", False),
    ]  # fmt: skip
    assert preview(reviewed, "2026-Q3")["period"]["complete"] is True


def test_quarter_without_traffic_says_so(reviewed: World) -> None:
    for tenant, period in ((reviewed.tenant, "2025-Q1"), (reviewed.empty, "2026-Q4")):
        told = reviewed.get("admin", path_of(tenant), period=period).json
        assert (told["hasTraffic"], told["findings"], told["previous"], told["operators"]) == (False, [], None, [])
        assert (told["totals"]["messages"], told["totals"]["deliveryRate"]) == (0, None)
        assert len(told["months"]) in (2, 3)


@pytest.mark.parametrize(
    ("period", "code"),
    [("2027-Q1", "period_future"), ("2100-Q4", "period_future"), ("2026-Q5", "period"), ("2026Q3", "period"),
     ("2026-Q3 ", "period"), ("٢٠٢٦-Q3", "period"), ("", "period"), ("1999-Q4", "period_range"),
     ("2101-Q1", "period_range"), ("2026-Q3\x00", "period")],
)  # fmt: skip
def test_period_that_is_none_is_refused_by_its_field(reviewed: World, period: str, code: str) -> None:
    for what in ("qbr-preview", "qbr-comments"):
        if what == "qbr-comments" and code == "period_future":
            continue  # nothing was written for it, which is no error
        answer = reviewed.get("tam", path_of(reviewed.tenant, what), period=period)
        assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
        assert [(each["field"], each["code"]) for each in answer.json["errors"]] == [("period", code)]
    assert reviewed.get("tam", path_of(reviewed.tenant)).json["errors"][0]["code"] == "missing"


def test_findings_say_trouble_first_and_only_what_the_numbers_say(reviewed: World) -> None:
    told = preview(reviewed)
    tones = [finding["tone"] for finding in told["findings"]]
    assert tones == sorted(tones, key=["bad", "good", "neutral"].index)
    kinds = {finding["kind"]: finding for finding in told["findings"]}
    (delivery,) = (finding for kind, finding in kinds.items() if kind.startswith("delivery"))
    assert (delivery["value"], delivery["before"]) == (
        told["totals"]["deliveryRate"], told["previous"]["deliveryRate"],
    )  # fmt: skip
    (traffic,) = (finding for kind, finding in kinds.items() if kind.startswith("traffic"))
    assert (traffic["value"], traffic["before"]) == (told["totals"]["messages"], told["previous"]["messages"])
    if "operator_behind" in kinds:
        rates = {each["operator"]: each["deliveryRate"] for each in told["operators"]}
        assert kinds["operator_behind"]["value"] == rates[kinds["operator_behind"]["name"]]


def test_each_look_is_in_the_customers_audit_log(own_world: World) -> None:
    before = len(own_world.get("owner", "/v1/account/audit-events").json["items"])
    assert own_world.get("unassigned_tam", path_of(own_world.tenant), period="2026-Q4").status_code == 404
    assert own_world.get("tam", path_of(own_world.tenant), period="2027-Q1").status_code == 422
    assert own_world.get("tam", path_of(own_world.tenant), period="2026-Q4").status_code == 200
    events = own_world.get("owner", "/v1/account/audit-events").json["items"]
    assert len(events) == before + 1
    assert (events[0]["action"], events[0]["details"]) == ("qbr.viewed", {"period": "2026-Q4"})
