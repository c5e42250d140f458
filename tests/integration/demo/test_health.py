"""The demo's health scores: computed like any others, with one account clearly in trouble."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from gateway.demo.cast import TAM_TENANTS, TENANTS, TROUBLE_DAYS
from gateway.demo.plan import ZONE
from gateway.domain.health import Input
from gateway.store.health.scores import compute_day, due_days, refresh_current
from tests.integration.demo.conftest import UNTIL, Demo

SCORES = "SELECT * FROM health_scores ORDER BY tenant_id, day"
CURRENT = "SELECT t.slug, c.* FROM health_current c JOIN tenants t USING (tenant_id) ORDER BY t.slug"


def test_every_account_has_a_score_for_each_of_ninety_days(world: Demo) -> None:
    rows = world.rows(CURRENT)
    assert {row.slug for row in rows} == {tenant.slug for tenant in TENANTS}
    yesterday = UNTIL.astimezone(ZONE).date() - timedelta(days=1)
    assert {row.day for row in rows} == {yesterday}
    assert all(len(row.series) == 90 and None not in row.series for row in rows)
    with world.engine.begin() as connection:
        assert due_days(connection, UNTIL) == []


def test_scores_are_what_computing_them_again_makes_of_the_rows(world: Demo) -> None:
    before, current = world.rows(SCORES), world.rows(CURRENT)
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM health_scores"))
        connection.execute(text("DELETE FROM health_current"))
        tenants = [row[0] for row in connection.execute(text("SELECT tenant_id FROM tenants"))]
        for day, found in due_days(connection, UNTIL):
            compute_day(connection, day, found, UNTIL)
        refresh_current(connection, tenants)
    assert world.rows(SCORES) == before
    assert world.rows(CURRENT) == current


def test_same_arguments_make_the_same_scores(world: Demo, make_demo: Callable[..., Any]) -> None:
    with make_demo() as same:
        assert same.rows(SCORES) == world.rows(SCORES)


def test_one_account_is_in_trouble_and_was_not_before(world: Demo) -> None:
    rows = {row.slug: row for row in world.rows(CURRENT)}
    (ill,) = [row for row in rows.values() if row.band == "at_risk"]
    (meant,) = [tenant.slug for tenant in TENANTS if tenant.trouble]
    assert ill.slug == meant
    assert meant in TAM_TENANTS, "the demo's manager is to find it"
    assert (ill.driver, ill.known_weight) == ("delivery", 100)
    assert ill.change_30d < -20
    assert min(ill.series[: -TROUBLE_DAYS - 2]) >= 60
    assert rows["other-market"].band == "watch"
    assert sum(row.band == "healthy" for row in rows.values()) >= 8


def test_of_some_accounts_something_is_not_known(world: Demo) -> None:
    rows = {row.slug: row for row in world.rows(CURRENT)}
    assert {slug for slug, row in rows.items() if row.known_weight < 100} == {
        "orchard-export",
        "noor-school",
        "balkh-power",
    }
    assert rows["orchard-export"].open_tickets is None
    columns = ", ".join(f"count({each}_points)" for each in Input)
    assert all(world.rows(f"SELECT {columns} FROM health_scores")[0])
    assert world.rows("SELECT count(*) FROM nps_answers WHERE score IS NULL")[0][0] == 1


def test_nobody_who_signs_in_has_been_asked(world: Demo) -> None:
    assert world.rows("SELECT count(*) FROM nps_answers JOIN users USING (user_id)")[0][0] == 0
