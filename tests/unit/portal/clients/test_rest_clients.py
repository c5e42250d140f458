"""The ports on the platform's API: what is asked, and what becomes of the answers."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from portal.clients.rest_account import RestAccount
from portal.clients.rest_analytics import RestAnalytics
from portal.clients.rest_messages import RestMessages
from portal.domain.account import Profile
from portal.domain.analytics import GroupBy, Metric, TopDimension
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.message_filter import MessageFilter
from portal.domain.money import Money
from portal.domain.periods import Interval
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

TENANT = "00000000-0000-7000-8000-000000000001"
CUSTOMER, TAM = actor(), actor(None, roles=("tam",))
QUERY = AnalyticsQuery.from_search(
    f"from=2026-11-01&to=2026-11-02&operator=AWCC&operator=Roshan&status=failed&tenantId={TENANT}",
    dt.date(2026, 11, 21),
)
AFN = {"amount": "12.3400", "currency": "AFN"}
NUMBERS: dict[str, Any] = {
    "period": {"from": "2026-11-01", "to": "2026-11-02"},
    "messages": 10,
    "segments": 12,
    "byStatus": {"delivered": 9, "failed": 1},
    "deliveryRate": 0.9,
    "spend": AFN,
    "latencyP50": 3.2,
    "latencyP95": None,
}
ROW: dict[str, Any] = {
    "messageId": "msg_1",
    "to": "+93701234567",
    "from": "OTP",
    "status": "delivered",
    "operator": "AWCC",
    "country": "AF",
    "errorCode": None,
    "submittedAt": "2026-11-01T08:00:00.250Z",
    "deliveredAt": "2026-11-01T08:00:04.000Z",
    "segments": 1,
    "price": AFN,
}


def answer(platform: Platform, body: dict[str, Any]) -> None:
    platform.answers = [reply(body=json.dumps(body).encode())]


def asked(platform: Platform) -> str:
    return platform.seen[-1][1]


def test_summary_asks_for_the_query_and_reads_exact_money(platform: Platform) -> None:
    answer(platform, {**NUMBERS, "previous": NUMBERS, "revision": 7, "asOf": "2026-11-21T08:00:00Z"})
    summary = RestAnalytics(platform.upstream()).summary(QUERY, actor=CUSTOMER)
    assert asked(platform) == (
        "/v1/analytics/summary?from=2026-11-01&to=2026-11-02&operator=AWCC&operator=Roshan&status=failed&compare=previous"
    )
    assert summary.totals.spend == Money(Decimal("12.3400"), "AFN")
    assert summary.totals.by_status[MessageStatus.HELD] == 0
    assert summary.totals.latency_p95 is None
    assert summary.previous is not None
    assert summary.revision == 7


def test_internal_user_names_the_tenant_and_a_customer_never_does(platform: Platform) -> None:
    answer(platform, {"operators": ["AWCC"], "senderIds": []})
    analytics = RestAnalytics(platform.upstream())
    analytics.filter_options(TENANT, actor=TAM)
    assert asked(platform) == f"/v1/analytics/filters?tenantId={TENANT}"
    analytics.filter_options(TENANT, actor=CUSTOMER)
    assert asked(platform) == "/v1/analytics/filters"


def test_timeseries_keeps_gaps_and_reads_incidents(platform: Platform) -> None:
    answer(
        platform,
        {
            "unit": "ratio",
            "buckets": ["2026-11-01", "2026-11-02"],
            "series": [{"key": "AWCC", "values": [0.9, None]}],
            "rest": {"keys": 2, "values": [1, 2]},
            "incidents": [
                {"from": "2026-11-01T00:00:00Z", "to": None, "operator": None, "titleKey": "incident.outage"}
            ],
        },
    )
    series = RestAnalytics(platform.upstream()).timeseries(
        QUERY, Metric.DELIVERY_RATE, GroupBy.OPERATOR, actor=CUSTOMER
    )
    assert series.series[0].values == (0.9, None)
    assert series.rest == (1, 2)
    assert series.incidents[0].ends_at is None
    assert "metric=deliveryRate" in asked(platform)


def test_timeseries_of_latency_is_by_day_where_hours_are_not_kept(platform: Platform) -> None:
    answer(platform, {"unit": "seconds", "buckets": [], "series": [], "incidents": []})
    assert QUERY.interval is Interval.HOUR
    series = RestAnalytics(platform.upstream()).timeseries(QUERY, Metric.LATENCY_P50, actor=CUSTOMER)
    assert series.interval is Interval.DAY
    assert "interval=day" in asked(platform)


def test_top_and_breakdown_and_heatmap_are_read(platform: Platform) -> None:
    analytics = RestAnalytics(platform.upstream())
    item = {"key": "27", "messages": 3, "delivered": 0, "deliveryRate": 0.0, "spend": AFN, "permanent": False}
    answer(platform, {"items": [item], "otherMessages": 1, "total": 4})
    top = analytics.top(QUERY, TopDimension.ERROR_CODE, 5, actor=CUSTOMER)
    assert (top.items[0].permanent, top.other_messages, top.total) == (False, 1, 4)
    row = {**NUMBERS, "key": "AWCC", "anomaly": {"expected": 0.95, "zScore": -4.1}}
    answer(platform, {"items": [row]})
    anomaly = analytics.breakdown(QUERY, actor=CUSTOMER).items[0].anomaly
    assert anomaly is not None
    assert (anomaly.expected, anomaly.z_score) == (0.95, -4.1)
    answer(platform, {"cells": [{"weekday": 6, "hour": 23, "messages": 2, "delivered": 1}]})
    assert analytics.heatmap(QUERY, actor=CUSTOMER).cells[0].weekday == 6
    answer(platform, {"revision": 9})
    assert analytics.revision(actor=CUSTOMER) == 9


@pytest.mark.parametrize(
    "broken",
    [
        {"deliveryRate": "90%"},
        {"messages": 1.5},
        {"messages": True},
        {"spend": {"amount": "NaN", "currency": "AFN"}},
        {"spend": {"amount": 12.34, "currency": "AFN"}},
        {"period": None},
        {"byStatus": []},
        {"asOf": "2026-11-21T08:00:00"},
        {"revision": None},
    ],
)
def test_answer_with_a_senseless_field_counts_as_unavailable(platform: Platform, broken: dict[str, Any]) -> None:
    answer(platform, {**NUMBERS, "previous": None, "revision": 7, "asOf": "2026-11-21T08:00:00Z", **broken})
    with pytest.raises(UpstreamUnavailable, match="not understood"):
        RestAnalytics(platform.upstream()).summary(QUERY, actor=CUSTOMER)


def test_timeseries_with_too_few_values_counts_as_unavailable(platform: Platform) -> None:
    answer(platform, {"unit": "messages", "buckets": ["2026-11-01"], "series": [{"key": "all", "values": []}]})
    with pytest.raises(UpstreamUnavailable, match="not understood"):
        RestAnalytics(platform.upstream()).timeseries(QUERY, Metric.VOLUME, actor=CUSTOMER)


def test_log_page_is_asked_for_by_filter_and_cursor(platform: Platform) -> None:
    answer(platform, {"items": [ROW], "nextCursor": "c2"})
    wanted = MessageFilter.from_search(f"status=failed&to=%2B9370*&hour=0&tenantId={TENANT}")
    page = RestMessages(platform.upstream()).list_messages(wanted, cursor="c1", limit=50, actor=CUSTOMER)
    assert asked(platform) == "/v1/messages?status=failed&to=%2B9370%2A&hour=0&limit=50&cursor=c1"
    assert page.next_cursor == "c2"
    assert page.items[0].submitted_at == dt.datetime(2026, 11, 1, 8, 0, 0, 250_000, tzinfo=dt.UTC)


def test_message_is_read_with_its_timeline(platform: Platform) -> None:
    entry = {"seq": 1, "at": "2026-11-01T08:00:00Z", "kind": "receipt", "status": None, "source": "carrier"}
    detail = {
        **ROW, "body": "", "encoding": "GSM-7", "sentAt": None, "finalAt": None, "carrierCode": "000", "externalId": "",
        "source": "api", "timeline": [entry],
    }  # fmt: skip
    answer(platform, detail)
    found = RestMessages(platform.upstream()).get_message("msg_1", actor=CUSTOMER)
    assert (found.body, found.external_id, found.timeline[0].status) == ("", None, None)


@pytest.mark.parametrize("status", [404, 422])
def test_message_that_is_not_there_is_not_found(platform: Platform, status: int) -> None:
    platform.answers = [reply(status)]
    with pytest.raises(NotFound):
        RestMessages(platform.upstream()).get_message("msg_1", actor=CUSTOMER)


def test_message_id_cannot_lead_to_another_path(platform: Platform) -> None:
    platform.answers = [reply(404)]
    with pytest.raises(NotFound):
        RestMessages(platform.upstream()).get_message("../internal/tenants?x=", actor=CUSTOMER)
    assert asked(platform) == "/v1/messages/..%2Finternal%2Ftenants%3Fx%3D"


def test_message_id_that_is_empty_or_far_too_long_is_not_asked_for(platform: Platform) -> None:
    for message_id in ("", "x" * 1_000):
        with pytest.raises(NotFound):
            RestMessages(platform.upstream()).get_message(message_id, actor=CUSTOMER)
    assert platform.seen == []


def test_error_codes_come_in_the_readers_language(platform: Platform) -> None:
    answer(platform, {"items": [{"code": "x", "permanent": True, "title": "T", "advice": "A"}]})
    codes = RestMessages(platform.upstream()).list_error_codes("ps", actor=CUSTOMER)
    assert codes[0].permanent
    assert platform.seen[0][2]["Accept-Language"] == "ps"


def test_account_and_balance_are_read(platform: Platform) -> None:
    account = RestAccount(platform.upstream())
    answer(
        platform,
        {
            "tenantId": TENANT,
            "name": "Demo Bank",
            "timeZone": "Asia/Kabul",
            "currency": "AFN",
            "locale": "ps",
            "isDemo": True,
        },
    )
    assert account.get_account(actor=CUSTOMER).is_demo
    answer(platform, {"balance": AFN, "asOf": "2026-11-21T08:00:00Z", "averageDailySpend": AFN, "runwayDays": None})
    assert account.get_balance(actor=CUSTOMER).runway_days is None


def test_profile_change_sends_only_what_changes(platform: Platform) -> None:
    answer(
        platform, {"locale": "ps", "timeZone": None, "calendar": "persian", "digits": None, "email": "x@example.org"}
    )
    profile = RestAccount(platform.upstream()).update_profile({"locale": "ps", "digits": None}, actor=CUSTOMER)
    assert json.loads(platform.seen[0][3]) == {"locale": "ps", "digits": None}
    assert profile == Profile("ps", None, "persian", None, email="x@example.org")
