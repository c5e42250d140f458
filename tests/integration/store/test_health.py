"""Health scores equal a recount from the raw rows, day by day and zone by zone, and doing them again changes nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text

from gateway.domain.billing_periods import GRACE, Month, months_over
from gateway.domain.health import DEFAULT_WEIGHTS, NPS_DAYS, PAYMENT_DAYS, Facts, Input, assess, points_of
from gateway.settings import GatewaySettings
from gateway.store import ledger, rollups
from gateway.store.accounts import get_account
from gateway.store.engine import create_engine
from gateway.store.health import weights as weights_store
from gateway.store.health.counting import count_facts
from gateway.store.health.scores import (
    LONGEST_ABSENCE_DAYS,
    SERIES_DAYS,
    compute_day,
    due_days,
    get_score,
    latest_days,
    list_series,
    refresh_current,
)
from gateway.store.invoices import list_invoices
from gateway.store.invoicing import issue_due
from gateway.store.partitions import ensure_months
from gateway.store.writes import insert_messages
from tests.integration.store.tenants import add_tenant
from tests.support.api_world import random_messages
from tests.support.postgres import NewDatabase

DAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ZONES = ("Asia/Kabul", "Pacific/Auckland", "America/St_Johns", "Europe/Berlin")
RATED = {"delivered", "failed", "expired", "rejected"}


@dataclass(frozen=True)
class Filled:
    """Tenants with traffic, invoices, payments, tickets and answers, none later than two days after DAY."""

    engine: Engine
    tenants: dict[UUID, ZoneInfo]


@pytest.fixture(scope="module")
def filled(new_database: NewDatabase) -> Iterator[Filled]:
    with new_database() as url:
        engine = create_engine(GatewaySettings(database_url=url), "worker")
        try:
            tenants = {add_tenant(engine, zone): ZoneInfo(zone) for zone in ZONES}
            with engine.begin() as connection:
                ensure_months(connection, [DAY - timedelta(days=30 * back) for back in range(9)])
                for seed, (tenant_id, zone) in enumerate(tenants.items()):
                    fill(connection, tenant_id, zone, random.Random(seed))
                rollups.fold_all(connection)
            yield Filled(engine, tenants)
        finally:
            engine.dispose()


def fill(connection: Connection, tenant_id: UUID, zone: ZoneInfo, draw: random.Random) -> None:
    insert_messages(connection, random_messages(tenant_id, 500, draw.randrange(99), days=70))
    for back in range(8):
        at = datetime(2026, 3 + back, 5 + back, 12, tzinfo=zone)
        ledger.charge(connection, tenant_id, [(at, Decimal(draw.randrange(1, 900)) / 7)], "")
        ledger.top_up(
            connection, tenant_id, Decimal(draw.randrange(50, 700)) / 9, "", at + timedelta(days=draw.randrange(99))
        )
    ledger.adjust(connection, tenant_id, Decimal("-11.5"), "", datetime(2026, 9, 1, tzinfo=UTC))
    account = get_account(connection, tenant_id)
    assert account is not None
    for month in months_over(Month.of(datetime(2026, 3, 1, tzinfo=zone), zone), NOW):
        issue_due(connection, account, month.stop + GRACE)
    for back in range(50):
        if draw.random() < 0.7 or back <= 2:  # the latest days themselves, without which none is known
            values = {"t": tenant_id, "day": DAY - timedelta(days=back - 2), "n": draw.randrange(3)}
            connection.execute(text("INSERT INTO ticket_days VALUES (:t, :day, :n, :n + 1)"), values)
    people = [uuid4() for _ in range(4)]
    edge = datetime.combine(DAY + timedelta(days=1), time(), zone)
    moments = [edge, edge - timedelta(microseconds=1), edge - timedelta(days=NPS_DAYS)]
    moments += [edge - timedelta(hours=draw.randrange(24 * 300)) for _ in range(12)]
    for at in moments:
        values = {"t": tenant_id, "u": draw.choice(people), "at": at, "s": draw.choice((None, *range(11)))}
        connection.execute(
            text("INSERT INTO nps_answers (tenant_id, user_id, at, score) VALUES (:t, :u, :at, :s)"), values
        )


def recounted(connection: Connection, tenant_id: UUID, zone: ZoneInfo, day: date) -> Facts:
    """Everything worked out row by row in Python, without the rollups."""

    def rows(statement: str) -> list[Any]:
        return list(connection.execute(text(f"{statement} WHERE tenant_id = :t"), {"t": tenant_id}))

    first, stop = day - timedelta(days=29), datetime.combine(day + timedelta(days=1), time(), zone)
    statuses = Counter(
        row.status
        for row in rows("SELECT submitted_at, status::text AS status FROM messages")
        if first <= row.submitted_at.astimezone(zone).date() <= day
    )
    latest: dict[UUID, tuple[datetime, int]] = {}
    for row in rows("SELECT user_id, at, score FROM nps_answers"):
        if row.score is not None and stop - timedelta(days=NPS_DAYS) <= row.at < stop:
            latest[row.user_id] = max(latest.get(row.user_id, (row.at, row.score)), (row.at, row.score))
    days = {row.day: row.opened for row in rows("SELECT day, opened FROM ticket_days")}
    tickets = [opened for each, opened in days.items() if first <= each <= day] if day in days else []
    scores = [score for _, score in latest.values()]
    return Facts(
        messages=statuses.total(),
        delivered=statuses["delivered"],
        rated=sum(statuses[status] for status in RATED),
        withheld=statuses["held"] + statuses["blocked"],
        late_days=late_days(rows, zone, day, stop),
        tickets=sum(tickets) if tickets else None,
        promoters=sum(score >= 9 for score in scores),
        detractors=sum(score <= 6 for score in scores),
        answers=len(scores),
    )


def late_days(rows: Any, zone: ZoneInfo, day: date, stop: datetime) -> Decimal | None:
    """What came in pays what was billed, oldest first, walked through in order of time."""
    credits: list[tuple[datetime, Decimal]] = []
    paid = Decimal(0)
    entries = [row for row in rows("SELECT at, entry_id, kind, credit, amount FROM ledger_entries") if row.at < stop]
    for row in sorted(entries, key=lambda row: (row.at, row.entry_id)):
        if row.kind in ("topup", "adjustment"):
            paid += row.amount if row.credit == "balance" else -row.amount
            credits.append((row.at, paid))
    amount = late = Decimal(0)
    for row in rows("SELECT issued_at, due_on, total, billed_through FROM invoices"):
        if row.issued_at >= stop or row.due_on > day or row.total <= 0:
            continue
        if row.billed_through <= paid:
            if row.due_on <= day - timedelta(days=PAYMENT_DAYS):
                continue
            until = next(at for at, so_far in credits if so_far >= row.billed_through).astimezone(zone).date()
        else:
            until = day
        amount += row.total
        late += row.total * max((until - row.due_on).days, 0)
    return round(late / amount, 2) if amount else None


@pytest.mark.parametrize("day", [DAY - timedelta(days=60), DAY - timedelta(days=17), DAY - timedelta(days=1), DAY])
def test_facts_and_score_equal_a_recount_from_the_raw_rows(filled: Filled, day: date) -> None:
    with filled.engine.begin() as connection:
        counted = {each.tenant_id: each for each in count_facts(connection, day, list(filled.tenants))}
        compute_day(connection, day, list(filled.tenants), NOW)
        version = weights_store.current_version(connection).weights
        for tenant_id, zone in filled.tenants.items():
            expected = recounted(connection, tenant_id, zone, day)
            assert counted[tenant_id].facts == expected
            stored = get_score(connection, tenant_id, day)
            assert stored is not None
            assert (stored.facts, stored.points) == (expected, points_of(expected))
            assert stored.score == assess(points_of(expected), version).score


def test_facts_say_something_about_every_input(filled: Filled) -> None:
    """Otherwise the recount would hold nothing."""
    with filled.engine.begin() as connection:
        found = [each.facts for each in count_facts(connection, DAY, list(filled.tenants))]
    assert all(each.value(wanted) is not None for each in found for wanted in Input)
    assert any(each.late_days for each in found)
    assert any(each.withheld for each in found)


def test_days_late_are_those_of_the_invoices_as_they_are_shown(filled: Filled) -> None:
    with filled.engine.begin() as connection:
        (last,) = {row.day for row in connection.execute(text("SELECT max(at)::date AS day FROM ledger_entries"))}
        day = max(last, DAY) + timedelta(days=2)  # everything is entered by then
        for each in count_facts(connection, day, list(filled.tenants)):
            zone, amount, late = filled.tenants[each.tenant_id], Decimal(0), Decimal(0)
            for invoice in list_invoices(connection, each.tenant_id, today=day, limit=99):
                recent = invoice.due_on > day - timedelta(days=PAYMENT_DAYS)
                if invoice.due_on <= day and (recent or invoice.status != "paid"):
                    until = invoice.paid_at.astimezone(zone).date() if invoice.paid_at else day
                    # What is paid before it is billed is shown as paid when it was billed: on time either way.
                    amount += invoice.total
                    late += invoice.total * max((until - invoice.due_on).days, 0)
            assert each.facts.late_days == round(late / amount, 2)


def test_same_day_again_is_the_same_whatever_came_later(filled: Filled) -> None:
    tenants = list(filled.tenants)
    with filled.engine.begin() as connection:
        compute_day(connection, DAY, tenants, NOW)
        before = [get_score(connection, tenant_id, DAY) for tenant_id in tenants]
        for tenant_id, zone in filled.tenants.items():
            past = datetime.combine(DAY + timedelta(days=1), time(), zone)
            ledger.top_up(connection, tenant_id, Decimal(9999), "", past)
            for statement in (
                "INSERT INTO nps_answers (tenant_id, user_id, at, score) VALUES (:t, gen_random_uuid(), :past, 0)",
                "INSERT INTO ticket_days VALUES (:t, :after, 99, 99)",
            ):
                connection.execute(text(statement), {"t": tenant_id, "past": past, "after": DAY + timedelta(days=9)})
        compute_day(connection, DAY, tenants, NOW)
        assert [get_score(connection, tenant_id, DAY) for tenant_id in tenants] == before
        compute_day(connection, DAY + timedelta(days=9), tenants, NOW)
        later = [get_score(connection, tenant_id, DAY + timedelta(days=9)) for tenant_id in tenants]
        assert [each.facts.answers if each else 0 for each in later] != [
            each.facts.answers if each else 0 for each in before
        ]
        connection.rollback()


@pytest.mark.parametrize(
    ("changed", "version"), [("2026-11-19T20:29:59Z", 2), ("2026-11-19T20:30:00Z", 1), ("2026-11-01T00:00:00Z", 2)]
)
def test_day_is_scored_by_the_weights_that_held_when_it_was_the_latest(
    filled: Filled, changed: str, version: int
) -> None:
    """In Kabul the 18th is the latest day until the 19th is over, at 19:30 UTC, and an hour of grace."""
    kabul = next(iter(filled.tenants))
    other = {**dict.fromkeys(Input, 0), Input.DELIVERY: 100}
    with filled.engine.begin() as connection:
        weights_store.add_version(connection, other, now=datetime.fromisoformat(changed), person=uuid4(), name="Ada")
        compute_day(connection, DAY, [kabul], NOW)
        score = get_score(connection, kabul, DAY)
        assert score is not None
        assert score.weights_version == version
        expected = score.points[Input.DELIVERY] if version == 2 else None
        assert (score.score == expected) is (version == 2)
        connection.rollback()


def test_days_are_due_an_hour_after_their_end_by_each_tenants_calendar(filled: Filled) -> None:
    names = {tenant_id: zone.key for tenant_id, zone in filled.tenants.items()}
    with filled.engine.begin() as connection:
        connection.execute(text("DELETE FROM health_current"))

        def latest(now: str) -> dict[str, date]:
            due = due_days(connection, datetime.fromisoformat(now))
            return {names[tenant_id]: day for day, tenants in due for tenant_id in tenants}

        # Midnight is at 19:30 UTC in Kabul, 11:00 in Auckland, 3:30 in St. John's, 23:00 in Berlin.
        assert latest("2026-11-18T20:29:59Z")["Asia/Kabul"] == date(2026, 11, 17)
        at = latest("2026-11-18T20:30:00Z")
        assert at == {
            "Asia/Kabul": DAY, "Pacific/Auckland": DAY, "America/St_Johns": date(2026, 11, 17),
            "Europe/Berlin": date(2026, 11, 17),
        }  # fmt: skip
        connection.rollback()


def test_missed_nights_are_caught_up_and_only_those(filled: Filled) -> None:
    tenants = list(filled.tenants)
    with filled.engine.begin() as connection:
        connection.execute(text("DELETE FROM health_scores"))
        connection.execute(text("DELETE FROM health_current"))
        for tenant_id in tenants[:2]:
            compute_day(connection, DAY - timedelta(days=4), [tenant_id], NOW)
        refresh_current(connection, tenants[:2])
        due = due_days(connection, NOW)
        of_first = [day for day, found in due if tenants[0] in found]
        assert of_first == [DAY - timedelta(days=3 - step) for step in range(5)]  # to the 19th, which is over in Kabul
        of_third = [day for day, found in due if tenants[2] in found]
        zone, first = filled.tenants[tenants[2]], text("SELECT min(submitted_at) FROM messages WHERE tenant_id = :t")
        begun = connection.execute(first, {"t": tenants[2]}).scalar_one().astimezone(zone).date()
        assert of_third[0] == begun > of_third[-1] - timedelta(days=LONGEST_ABSENCE_DAYS)
        assert of_third == [begun + timedelta(days=step) for step in range(len(of_third))]
        for day, found in due:
            compute_day(connection, day, found, NOW)
        # Interrupted before the latest scores were written: the same days are due.
        assert due_days(connection, NOW) == due
        refresh_current(connection, tenants)
        assert due_days(connection, NOW) == []
        assert due_days(connection, NOW + timedelta(days=400), tenants[:1])[0][0] > DAY + timedelta(days=250)
        connection.rollback()


def test_days_asked_for_begin_with_the_tenants_first(filled: Filled) -> None:
    tenants = list(filled.tenants)
    with filled.engine.begin() as connection:
        asked = latest_days(connection, NOW, 3, tenants[:1])
        assert [day for day, _ in asked] == [DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)]
        everything = latest_days(connection, NOW, 366)
        assert len(everything) < 80
        assert {tenant_id for _, found in everything for tenant_id in found} == set(tenants)


def test_latest_scores_are_what_the_scores_say(filled: Filled) -> None:
    tenants = list(filled.tenants)
    with filled.engine.begin() as connection:
        for day, found in latest_days(connection, NOW, 40):
            if day != DAY - timedelta(days=10):
                compute_day(connection, day, found, NOW)
        refresh_current(connection, tenants)
        rows = {row.tenant_id: row for row in connection.execute(text("SELECT * FROM health_current"))}
        assert set(rows) == set(tenants)
        for tenant_id, row in rows.items():
            score = get_score(connection, tenant_id)
            assert score is not None
            found = assess(score.points, weights_store.current_version(connection).weights)
            by_day = {row.day - timedelta(days=SERIES_DAYS - 1 - place): each for place, each in enumerate(row.series)}
            assert (row.day, row.score, row.band) == (score.day, score.score, str(found.band))
            assert row.series == list_series(connection, tenant_id, score.day, SERIES_DAYS)
            assert row.series[-1] == row.score
            assert by_day.get(DAY - timedelta(days=10)) is None
            assert row.change_7d == row.score - by_day[row.day - timedelta(days=7)]
            assert row.change_30d == row.score - by_day[row.day - timedelta(days=30)]
            assert row.driver == (str(found.driver) if found.driver else None)
            assert row.driver_effect == min(part.effect for part in found.parts)
            assert row.known_weight == found.known_weight == 100
            assert row.messages == score.facts.messages
            assert row.delivery_rate == round(Decimal(score.facts.delivered) / score.facts.rated, 6)
            assert row.spend_change == round((score.spend - score.spend_before) / score.spend_before, 4)
        connection.rollback()


def test_default_weights_are_the_first_version(filled: Filled) -> None:
    with filled.engine.begin() as connection:
        (first,) = weights_store.list_versions(connection, limit=9)
    assert first.weights.of == DEFAULT_WEIGHTS
    assert (first.weights.version, first.changed_by, first.changed_by_name) == (1, None, None)
