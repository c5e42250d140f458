"""Accounts and their health on the platform's API, read from the published samples."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_portfolio import RestPortfolio
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.health import Band, HealthInput
from portal.domain.portfolio import PortfolioFilter
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
TAM = actor(None, roles=("tam",))
TENANT = "00000000-0000-7000-8000-000000000001"
ALL = PortfolioFilter()


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["payload"]


def answer(platform: Platform, body: Any, status: int = 200) -> RestPortfolio:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestPortfolio(platform.upstream())


def test_accounts_are_read_as_published(platform: Platform) -> None:
    page = answer(platform, sample("tenants")).list_tenants(ALL, actor=TAM)
    published = sample("tenants")
    assert [tenant.name for tenant in page.items] == [item["name"] for item in published["items"]]
    counts = published["bands"]
    assert page.bands == dict(zip(Band, (counts[n] for n in ("atRisk", "watch", "healthy", "unknown")), strict=True))
    empty, bank = page.items[0], next(tenant for tenant in page.items if tenant.name == "Demo Bank")
    assert empty.health is None
    assert empty.spend_change is None
    assert bank.health is not None
    assert (bank.health.band, bank.health.driver, len(bank.health.series)) == (Band.AT_RISK, HealthInput.DELIVERY, 90)
    assert bank.health.series[0] is None


def test_filter_order_and_place_are_asked_for_by_the_platforms_names(platform: Platform) -> None:
    wanted = PortfolioFilter.from_search("q=bank&band=watch&band=at_risk&driver=nps&sort=change7d&order=desc")
    answer(platform, sample("tenants")).list_tenants(wanted, cursor="c1", limit=7, actor=TAM)
    assert platform.seen[-1][1] == (
        "/v1/internal/tenants?q=bank&band=at_risk&band=watch&driver=nps&sort=change7d&order=desc&limit=7&cursor=c1"
    )


def test_worst_score_comes_first_where_nothing_is_said(platform: Platform) -> None:
    answer(platform, sample("tenants")).list_tenants(ALL, actor=TAM)
    assert "sort=score&order=asc" in platform.seen[-1][1]


def test_picture_is_read_from_its_columns_and_has_no_order(platform: Platform) -> None:
    wanted = PortfolioFilter.from_search("band=at_risk&sort=spend&order=desc")
    dots = answer(platform, sample("tenant_dots")).list_dots(wanted, most=300, actor=TAM)
    published = sample("tenant_dots")
    assert [(dot.tenant_id, dot.score, dot.messages) for dot in dots.items] == list(
        zip(published["tenantId"], published["score"], published["messages30d"], strict=True)
    )
    assert platform.seen[-1][1] == "/v1/internal/health/scatter?band=at_risk&sample=300"
    assert [each.tenants for each in dots.sums] == [each["tenants"] for each in published["sums"]]


def test_columns_of_unequal_length_are_the_platforms_failure(platform: Platform) -> None:
    body = sample("tenant_dots")
    body["name"] = body["name"][:-1]
    with pytest.raises(UpstreamUnavailable):
        answer(platform, body).list_dots(ALL, most=300, actor=TAM)


def test_score_taken_apart_is_read_as_published(platform: Platform) -> None:
    found = answer(platform, sample("tenant_health")).get_health(TENANT, actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/tenants/{TENANT}/health"
    health = found.health
    assert health is not None
    assert health.score is not None
    assert round(100 + sum(part.effect for part in health.parts), 1) == health.score
    assert health.start == health.day - dt.timedelta(days=29)
    week = health.since_last_week
    assert week is not None
    assert round(sum(part.change for part in week.parts), 1) == week.change == round(health.score - week.score, 1)
    assert [answer.score for answer in health.answers] == [9, 3]
    assert found.series[-1] == health.score


def test_account_before_its_first_night_has_no_score(platform: Platform) -> None:
    found = answer(platform, {**sample("tenant_health"), "health": None, "series": []}).get_health(TENANT, actor=TAM)
    assert (found.health, found.series) == (None, ())


@pytest.mark.parametrize("tenant_id", ["", "x", "../health/weights", TENANT.replace("-", ""), f"{TENANT}/health"])
def test_id_of_another_form_is_not_asked_about(platform: Platform, tenant_id: str) -> None:
    with pytest.raises(NotFound):
        RestPortfolio(platform.upstream()).get_health(tenant_id, actor=TAM)
    assert platform.seen == []


@pytest.mark.parametrize(
    "change",
    [
        {"band": "purple"},
        {"driver": "weather"},
        {"score": "30"},
        {"score": True},
        {"series": [1, "2"]},
        {"day": "today"},
    ],
)
def test_answer_that_makes_no_sense_is_the_platforms_failure(platform: Platform, change: dict[str, Any]) -> None:
    body = sample("tenants")
    bank = next(item for item in body["items"] if item["name"] == "Demo Bank")
    bank["health"] |= change
    with pytest.raises(UpstreamUnavailable):
        answer(platform, body).list_tenants(ALL, actor=TAM)


def test_tenant_at_a_glance_is_read_and_what_is_of_an_unknown_kind_is_left_out(platform: Platform) -> None:
    body = sample("tenant")
    body["incidents"].append({**body["incidents"][0], "kind": "of_tomorrow"})
    found = answer(platform, body).get_tenant(TENANT, actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/tenants/{TENANT}"
    assert (found.listed.name, found.held_now) == (body["name"], 12)
    assert found.arrears is not None
    assert (found.arrears.invoices, str(found.arrears.due.amount)) == (2, "81654.7000")
    assert [str(each.kind) for each in found.incidents] == [each["kind"] for each in body["incidents"][:-1]]
    assert found.incidents[0].reason == "gone"
    assert found.incidents[2].ends_at is not None
    with pytest.raises(NotFound):
        answer(platform, body).get_tenant("../health", actor=TAM)


def test_tickets_are_read_and_unknown_words_become_the_nearest(platform: Platform) -> None:
    body = sample("tickets")
    found = answer(platform, body).list_tickets(TENANT, actor=TAM)
    assert platform.seen[-1][1] == f"/v1/internal/tenants/{TENANT}/tickets"
    assert (found.state, found.source, found.problem) == ("unavailable", "zendesk", "rate_limited")
    assert [(each.status, each.priority) for each in found.items] == [("open", "urgent"), ("on_hold", None)]
    strange = {**body["items"][0], "status": "of_tomorrow", "priority": "of_tomorrow", "url": "javascript:alert(1)"}
    found = answer(platform, {**body, "problem": "of_tomorrow", "items": [strange]}).list_tickets(TENANT, actor=TAM)
    assert found.problem == "other"
    assert (found.items[0].status, found.items[0].priority, found.items[0].url) == ("unknown", None, None)
