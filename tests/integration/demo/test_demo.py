from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway import demo
from gateway.demo import loading
from gateway.demo.cast import PASSWORD, PEOPLE, TAM_TENANTS, TENANTS, TERM_DAYS
from gateway.demo.plan import ZONE, make_plan
from gateway.domain import ids, numbers, segments
from gateway.domain.pricing import price_of
from gateway.domain.statuses import FINAL, Status, path
from gateway.identity.policy import sealer_of
from gateway.settings import GatewaySettings
from gateway.store import rollups
from gateway.store.invoices import list_invoices
from gateway.store.tenancy import tenant_transaction
from gateway.webhooks.schedule import budget_used, warning_level
from gateway.webhooks.secrets import valid_secrets
from tests.integration.demo.conftest import MESSAGES, UNTIL, Demo
from tests.support.postgres import NewDatabase

CONTENTS = (
    "SELECT tenant_id, submitted_at, message_id, sent_at, final_at, status, segments, price, country, operator,"
    " destination, recipient, sender_id, encoding, error_code, carrier_code, body, updated_at FROM messages ORDER BY 3, 1"
)


def test_demo_has_exactly_the_messages_asked_for(world: Demo) -> None:
    assert world.rows("SELECT count(*) FROM messages")[0][0] == MESSAGES
    assert world.report.messages == MESSAGES
    assert world.rows("SELECT sum(messages) FROM rollup_daily")[0][0] == MESSAGES
    assert f"{MESSAGES:,}" in str(world.report)


def test_same_arguments_make_the_same_rows_and_another_seed_others(world: Demo, make_demo: Callable[..., Any]) -> None:
    rows = world.rows(CONTENTS)
    with make_demo() as same:
        assert same.rows(CONTENTS) == rows
        ledger = "SELECT tenant_id, at, kind, amount FROM ledger_entries ORDER BY 1, 2, 3"
        assert same.rows(ledger) == world.rows(ledger)
    with make_demo(seed=1) as other:
        assert other.rows(CONTENTS) != rows


def test_writing_in_parallel_makes_the_same_rows(
    world: Demo, make_demo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_ONE_TRANSACTION_ROWS", 0)
    monkeypatch.setattr(loading, "_CHUNK_ROWS", 900)
    said: list[str] = []
    with make_demo(say=said.append) as parallel:
        assert said[-1] == f"{MESSAGES:,} of {MESSAGES:,} messages"
        assert parallel.rows(CONTENTS) == world.rows(CONTENTS)
        table = "SELECT tenant_id, day, operator, status, error_code, messages, segments, spend FROM rollup_daily ORDER BY 1, 2, 3, 4, 5"
        assert parallel.rows(table) == world.rows(table)
        assert parallel.rows("SELECT count(*) FROM rollup_deltas") == [(0,)]


def test_rollups_equal_a_recount(world: Demo) -> None:
    tables = [rollup.table for rollup in rollups.ROLLUPS]
    before = {table: sorted(map(repr, world.rows(f"SELECT * FROM {table}"))) for table in tables}
    with world.engine.begin() as connection:
        for row in connection.exec_driver_sql("SELECT tenant_id FROM tenants").all():
            rollups.recount(connection, row[0])
    assert {table: sorted(map(repr, world.rows(f"SELECT * FROM {table}"))) for table in tables} == before


def test_everything_is_marked_as_demo(world: Demo) -> None:
    assert world.rows("SELECT bool_and(is_demo), count(*) FROM tenants") == [(True, len(TENANTS))]
    assert world.rows("SELECT bool_and(is_demo), count(*) FROM users") == [(True, len(PEOPLE))]
    assert world.rows("SELECT DISTINCT source FROM messages") == [("demo",)]


def test_rows_say_what_the_platform_would_say(world: Demo) -> None:
    for row in world.rows("SELECT * FROM messages"):
        assert numbers.operator_of(row.recipient) == (row.operator, row.country, row.destination)
        assert numbers.normalise(row.recipient) == row.recipient
        counted = segments.segment(row.body)
        assert (counted.encoding, counted.segments) == (row.encoding, row.segments)
        assert row.price == price_of(row.operator, row.segments, Status(row.status))
        assert ids.submitted_at_of(row.message_id) == row.submitted_at
        assert ids.decode(ids.encode(row.message_id)) == row.message_id


def test_histories_are_paths_of_the_status_machine(world: Demo) -> None:
    events: dict[Any, list[Any]] = {}
    for event in world.rows("SELECT message_id, seq, at, status FROM message_events ORDER BY message_id, seq"):
        events.setdefault(event.message_id, []).append(event)
    for row in world.rows("SELECT message_id, submitted_at, sent_at, final_at, status, error_code FROM messages"):
        history = events.pop(row.message_id)
        steps = [Status(event.status) for event in history]
        assert steps[0] is Status.QUEUED
        assert steps[-1] is Status(row.status)
        for before, after in pairwise(steps):
            assert path(before, after) == (after,)
        assert [event.seq for event in history] == list(range(1, len(history) + 1))
        times = [event.at for event in history]
        assert times == sorted(times)
        assert times[0] == row.submitted_at
        assert times[-1] <= UNTIL
        assert (row.final_at is not None) == (Status(row.status) in FINAL)
        assert (row.error_code is not None) == (row.status in ("failed", "expired", "rejected", "blocked"))
    assert not events


def test_traffic_ends_at_the_end_and_spans_the_days(world: Demo) -> None:
    first, last = world.rows("SELECT min(submitted_at), max(submitted_at) FROM messages")[0]
    assert (UNTIL - last).total_seconds() < 3600
    assert 118 <= (UNTIL - first).days <= 120


def test_largest_account_is_the_bank(world: Demo) -> None:
    shares = world.rows(
        "SELECT t.name, count(*) / sum(count(*)) OVER () FROM messages m JOIN tenants t USING (tenant_id)"
        " GROUP BY 1 ORDER BY 2 DESC"
    )
    assert shares[0][0] == "Demo Bank"
    assert 0.16 < shares[0][1] < 0.18
    assert len(shares) == 12


def test_fridays_are_quiet(world: Demo) -> None:
    days = dict(
        map(tuple, world.rows("SELECT extract(isodow FROM day)::int, sum(messages) FROM rollup_daily GROUP BY 1"))
    )
    assert min(days, key=lambda day: days[day]) == 5
    assert days[5] < Decimal("0.6") * max(days.values())


def test_nights_are_quiet(world: Demo) -> None:
    hours = dict(
        map(
            tuple,
            world.rows(
                "SELECT extract(hour FROM submitted_at AT TIME ZONE 'Asia/Kabul')::int, count(*) FROM messages GROUP BY 1"
            ),
        )
    )
    assert hours.get(3, 0) * 10 < hours[10]


def test_outage_is_in_the_numbers_and_among_the_incidents(world: Demo) -> None:
    incident = world.rows("SELECT operator, starts_at, ends_at, title_key FROM incidents")
    assert len(incident) == 1
    assert (incident[0].ends_at - incident[0].starts_at).days == 2
    rate = (
        "SELECT avg((status = 'delivered')::int) FROM messages WHERE operator = :operator"
        " AND submitted_at >= :start AND submitted_at < :end"
    )
    span = {"start": incident[0].starts_at, "end": incident[0].ends_at}
    down = world.rows(rate, operator=incident[0].operator, **span)[0][0]
    others = world.rows(rate.replace("operator = ", "operator <> "), operator=incident[0].operator, **span)[0][0]
    usual = world.rows(
        "SELECT avg((status = 'delivered')::int) FROM messages WHERE operator = :operator",
        operator=incident[0].operator,
    )[0][0]
    assert down < Decimal("0.4") < Decimal("0.85") < min(others, usual)


def test_every_outcome_occurs(world: Demo) -> None:
    found = {row[0] for row in world.rows("SELECT DISTINCT status::text FROM messages")}
    assert found >= {"sent", "delivered", "failed", "expired", "rejected", "blocked"}
    operators = {row[0] for row in world.rows("SELECT DISTINCT operator FROM messages")}
    assert operators == {"AWCC", "Roshan", "ATOMA", "Etisalat", "Salaam", "other"}


def test_balance_is_what_was_paid_in_less_what_was_spent(world: Demo) -> None:
    for tenant in TENANTS:
        found = world.rows(
            "SELECT (SELECT available FROM ledger_balances l WHERE l.tenant_id = t.tenant_id) AS balance,"
            " (SELECT sum(amount) FROM ledger_entries l WHERE l.tenant_id = t.tenant_id AND kind = 'charge') AS charged,"
            " (SELECT sum(price) FROM messages m WHERE m.tenant_id = t.tenant_id) AS spent FROM tenants t"
            " WHERE t.slug = :slug",
            slug=tenant.slug,
        )[0]
        assert found.charged == found.spent
        assert (found.balance < 0) if tenant.owes_days else (found.balance > 0)


def test_one_account_owes_an_overdue_and_an_open_invoice_and_nobody_else_any(world: Demo) -> None:
    today = UNTIL.astimezone(ZONE).date()
    for slug, tenant_id in world.rows("SELECT slug, tenant_id FROM tenants"):
        with tenant_transaction(world.engine, tenant_id) as connection:
            found = [
                (str(invoice.period_start)[:7], invoice.status, invoice.total - invoice.due > 0)
                for invoice in list_invoices(connection, tenant_id, today=today, limit=9)
            ]
        if slug == "other-market":
            assert found == [
                ("2026-04", "open", False), ("2026-03", "overdue", True), ("2026-02", "paid", True),
                ("2026-01", "paid", True),
            ]  # fmt: skip
        else:
            assert {status for _, status, _ in found} == {"paid"}, slug


def test_account_in_arrears_has_something_open_and_something_overdue_on_every_day() -> None:
    (behind,) = [tenant for tenant in TENANTS if tenant.owes_days]
    for number in range(4 * 366):
        today = date(2026, 1, 1) + timedelta(days=number)
        issued = [day for day in (today - timedelta(days=back) for back in range(behind.owes_days)) if day.day == 1]
        late = [day for day in issued if day + timedelta(days=TERM_DAYS) < today]
        assert 0 < len(late) < len(issued), today


def test_months_that_are_over_are_billed_by_message_to_the_last_digit(world: Demo) -> None:
    rows = world.rows("""
        SELECT i.total, sum(l.amount), bool_and(l.kind = 'messages'), i.issued_at > i.period_end
        FROM invoices i JOIN invoice_lines l USING (tenant_id, invoice_id) GROUP BY i.tenant_id, i.invoice_id""")
    assert rows
    assert all(total == lines and by_message and late for total, lines, by_message, late in rows)


def test_people_can_sign_in_and_the_tam_has_some_accounts(world: Demo) -> None:
    from gateway.identity.passwords import Passwords

    people = {row.email: row for row in world.rows("SELECT * FROM users")}
    assert set(people) == {person.email for person in PEOPLE}
    assert Passwords().verify(people["owner@demo.example"].password_hash, PASSWORD)
    slugs = world.rows(
        "SELECT slug FROM tam_assignments JOIN tenants USING (tenant_id) JOIN users u ON u.user_id = tam_assignments.user_id"
        " WHERE u.email = 'tam@demo.example' ORDER BY 1"
    )
    assert [row[0] for row in slugs] == sorted(TAM_TENANTS)
    assert people["owner@other.example"].tenant_id != people["owner@demo.example"].tenant_id


def test_manager_has_written_about_some_of_their_accounts(world: Demo) -> None:
    rows = world.rows(
        "SELECT t.slug, n.version, n.author_name = u.name FROM tenant_notes n JOIN tenants t USING (tenant_id)"
        " JOIN tam_assignments a USING (tenant_id) JOIN users u ON u.user_id = a.user_id AND u.user_id = n.author_id"
    )
    assert {"spinghar-wallet", "demo-bank"} <= {slug for slug, _, _ in rows}
    assert {version for _, version, _ in rows} == {1, 2}
    assert all(signed for _, _, signed in rows)


def test_second_load_is_refused_and_changes_nothing(world: Demo) -> None:
    with pytest.raises(demo.DemoExists):
        demo.load(world.settings, messages=10, until=UNTIL)
    assert world.rows("SELECT count(*) FROM messages")[0][0] == MESSAGES


@pytest.mark.parametrize("limit", [0, 10**9])
def test_load_that_fails_leaves_nothing(
    new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(loading, "_ONE_TRANSACTION_ROWS", limit)
    with new_database() as url:
        settings = GatewaySettings(database_url=url, data_dir=tmp_path)
        with monkeypatch.context() as broken:
            broken.setattr(loading._Loader, "_end", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                demo.load(settings, messages=300, days=5, until=UNTIL)
        with psycopg.connect(url) as connection:
            for table in ("tenants", "messages", "message_events", "ledger_entries", "users"):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        assert demo.load(settings, messages=300, days=5, until=UNTIL).messages == 300


@pytest.mark.parametrize(("messages", "tenants", "days"), [(1, 1, 1), (7, 3, 2), (500, 12, 40)])
def test_small_plans_are_exact(messages: int, tenants: int, days: int) -> None:
    plan = make_plan(messages, tenants, days, 1, datetime(2026, 5, 20, 0, 10, tzinfo=UTC))
    assert plan.counts.sum() == messages
    assert plan.counts.shape[0] == days


def test_bank_has_keys_of_every_kind_that_nobody_can_use(world: Demo) -> None:
    keys = world.rows(
        "SELECT k.name, mode, expires_at, revoked_at, last_used_at, octet_length(key_hash) FROM api_keys k"
        " JOIN tenants USING (tenant_id) WHERE slug = 'demo-bank'"
    )
    assert len(keys) == 7
    assert {key[1] for key in keys} == {"live", "test"}
    assert any(key[2] is None and key[4] < UNTIL - timedelta(days=90) for key in keys if key[4])
    assert [key[0] for key in keys if key[3]] == ["Loan reminders (leaked)"]
    assert world.rows("SELECT min(calls), sum(refused) FROM api_key_usage")[0][1] == 15
    assert world.rows("SELECT count(*) FROM refused_calls")[0][0] == 15
    assert world.rows("SELECT count(*) FROM api_key_usage WHERE refused > calls")[0][0] == 0


def test_bank_has_endpoints_that_are_well_that_fail_and_that_are_disabled(world: Demo) -> None:
    rows = world.rows(
        "SELECT e.*, t.slug FROM webhook_endpoints e JOIN tenants t USING (tenant_id) ORDER BY e.created_at"
    )
    assert {row.slug for row in rows} == {"demo-bank"}
    well, reports, crm, staging = rows
    assert (well.status, well.failing_since) == ("enabled", None)
    assert (reports.status, reports.status_reason) == ("auto_disabled", "failing")
    assert (staging.status, staging.status_reason) == ("disabled", "by_user")
    assert crm.status == "enabled"
    # More than half of the failure budget: the first warning, and not disabled yet.
    assert 50 <= warning_level(budget_used(crm.failing_since, crm.last_failure_at)) < 70
    assert budget_used(reports.failing_since, reports.last_failure_at) > 0.95
    sealer = sealer_of(world.settings)
    for row in rows:
        assert valid_secrets(sealer, row.endpoint_id, row.sealed_secret, None, None, UNTIL)


def test_demo_deliveries_agree_with_their_attempts_and_are_about_messages_of_the_bank(world: Demo) -> None:
    rows = world.rows(
        "SELECT d.*, m.status::text AS message_status, (SELECT count(*) FROM webhook_attempts a"
        "   WHERE a.delivery_id = d.delivery_id AND a.at <= :until) AS made,"
        " (SELECT a.error_kind IS NULL FROM webhook_attempts a WHERE a.delivery_id = d.delivery_id"
        "   ORDER BY number DESC LIMIT 1) AS well"
        " FROM webhook_deliveries d LEFT JOIN messages m ON m.tenant_id = d.tenant_id AND m.message_id = d.message_id",
        until=UNTIL,
    )
    assert {row.status for row in rows} == {"succeeded", "pending", "failed"}
    for row in rows:
        assert row.attempts == row.made > 0
        assert (row.status == "succeeded") == row.well
        assert (row.status == "pending") == (row.due_at is not None)
        assert row.is_test or json.loads(row.payload)["data"]["status"] == row.message_status
    counted = world.rows("SELECT sum(succeeded + failed) FROM webhook_hours")[0][0]
    assert counted == sum(row.attempts for row in rows)
