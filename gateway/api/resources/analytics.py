"""Analytics: each call is one permission, one entity tag, one or two statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Response
from pydantic import BaseModel

from gateway.api import anomalies, series
from gateway.api.access import open_account
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.local_time import day_range
from gateway.api.models import analytics as models
from gateway.api.models.filters import TenantQuery
from gateway.api.models.shape import Money
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.api.tally import Tally, tally_by
from gateway.domain.errors import CATALOGUE
from gateway.store import analytics as store
from gateway.store.accounts import Account, list_incidents
from gateway.store.analytics import Bucket, Dimension, TrafficScope
from gateway.store.connections import Connection

api = blueprint("analytics", __name__, "Analytics")

FILTER_VALUES_DAYS = 120
DIMENSIONS = {
    "status": Dimension.STATUS,
    "operator": Dimension.OPERATOR,
    "senderId": Dimension.SENDER_ID,
    "country": Dimension.COUNTRY,
    "destination": Dimension.DESTINATION,
    "errorCode": Dimension.ERROR_CODE,
}
Builder = Callable[[Connection, Account, TrafficScope], BaseModel]


@api.get("/analytics/summary", responses=answers(models.Summary, etag=True))
def get_summary(query: models.SummaryQuery) -> Response:
    """Totals of a period

    Messages, segments, delivery rate, spend and latency of the messages submitted in the period, and with
    `compare=previous` the same of the equally long period before it.
    """

    def build(connection: Connection, account: Account, scope: TrafficScope) -> BaseModel:
        compared = query.compare == "previous"
        counts = store.count_messages(connection, scope, with_previous=compared)
        latencies = store.count_latencies(connection, scope, with_previous=compared)
        tallies = tally_by(counts, lambda item: item.bucket)

        def numbers(of: TrafficScope) -> models.PeriodNumbers:
            tally = tallies[of.start]
            histogram = next((item.histogram for item in latencies if item.bucket == of.start), {})
            return models.PeriodNumbers(
                period=models.Period(from_=of.start, to=of.end),
                messages=tally.messages,
                segments=tally.segments,
                by_status=tally.status_counts(),
                delivery_rate=tally.delivery_rate,
                spend=Money.of(tally.spend, account.currency),
                latency_p50=series.seconds(histogram, "latencyP50"),
                latency_p95=series.seconds(histogram, "latencyP95"),
            )

        return models.Summary(
            **dict(numbers(scope)),
            previous=numbers(scope.previous()) if compared else None,
            revision=account.revision,
            as_of=dependencies().now(),
        )

    return _answer(query, build)


@api.get("/analytics/timeseries", responses=answers(models.Timeseries, etag=True))
def get_timeseries(query: models.TimeseriesQuery) -> Response:
    """A metric over time

    Every bucket of the period is present: volumes are 0 where nothing was sent, rates and latencies null. Weeks begin
    on Saturday and are named by it. Buckets are local to the account's time zone.
    """

    def build(connection: Connection, account: Account, scope: TrafficScope) -> BaseModel:
        labels = series.bucket_labels(scope.start, scope.end, query.interval)
        by = DIMENSIONS[query.group_by] if query.group_by else None
        chart = _chart(connection, scope, query, labels, by)
        span = day_range(scope.start, scope.end, ZoneInfo(account.time_zone))
        incidents = list_incidents(connection, account.tenant_id, span.start, span.end)
        units = {"spend": account.currency, "deliveryRate": "ratio", "volume": "messages", "delivered": "messages"}
        return models.Timeseries(
            metric=query.metric,
            interval=query.interval,
            group_by=query.group_by,
            unit=units.get(query.metric, "seconds"),
            buckets=labels,
            series=chart.series,
            rest=chart.rest,
            incidents=[
                models.Incident(from_=item.starts_at, to=item.ends_at, operator=item.operator, title_key=item.title_key)
                for item in incidents
                if not query.operator or item.operator is None or item.operator in query.operator
            ],
        )

    return _answer(query, build)


@api.get("/analytics/breakdown", responses=answers(models.Breakdown, etag=True))
def get_breakdown(query: models.BreakdownQuery) -> Response:
    """Totals by operator, sender ID or country

    Operators whose delivery rate is far from their 28 days before are marked with what was expected.
    """

    def build(connection: Connection, account: Account, scope: TrafficScope) -> BaseModel:
        by = DIMENSIONS[query.dimension]
        tallies = tally_by(store.count_messages(connection, scope, by=by), lambda item: item.key)
        marked = _anomalies(connection, scope, tallies) if by is Dimension.OPERATOR and not scope.statuses else {}
        items = [
            models.BreakdownItem(
                key=key,
                messages=tally.messages,
                by_status=tally.status_counts(),
                delivery_rate=tally.delivery_rate,
                segments=tally.segments,
                spend=Money.of(tally.spend, account.currency),
                anomaly=marked.get(key),
            )
            for key, tally in sorted(tallies.items(), key=lambda item: (-item[1].messages, item[0]))
        ]
        return models.Breakdown(dimension=query.dimension, items=items)

    return _answer(query, build)


@api.get("/analytics/heatmap", responses=answers(models.Heatmap, etag=True))
def get_heatmap(query: models.HeatmapQuery) -> Response:
    """Messages by local weekday and hour: all 168 cells"""

    def build(connection: Connection, _account: Account, scope: TrafficScope) -> BaseModel:
        cells = {(weekday, hour): Tally() for weekday in range(1, 8) for hour in range(24)}
        for item in store.count_hours(connection, scope, weekdays=True):
            for hour, messages in enumerate(item.values):
                cells[item.weekday, hour].add(item.status, int(messages))
        return models.Heatmap(
            cells=[
                models.HeatmapCell(weekday=weekday, hour=hour, messages=tally.messages, delivered=tally.delivered)
                for (weekday, hour), tally in cells.items()
            ]
        )

    return _answer(query, build)


@api.get("/analytics/top", responses=answers(models.Top, etag=True))
def get_top(query: models.TopQuery) -> Response:
    """The largest sender IDs, destinations or error codes

    Items and `otherMessages` add up to `total`. By error code only messages that have one are counted.
    """

    def build(connection: Connection, account: Account, scope: TrafficScope) -> BaseModel:
        counts = store.count_messages(connection, scope, by=DIMENSIONS[query.dimension])
        tallies = tally_by(counts, lambda item: item.key)
        ranked = sorted(tallies.items(), key=lambda item: (-item[1].messages, item[0]))
        return models.Top(
            dimension=query.dimension,
            items=[
                models.TopItem(
                    key=key,
                    messages=tally.messages,
                    delivered=tally.delivered,
                    delivery_rate=tally.delivery_rate,
                    spend=Money.of(tally.spend, account.currency),
                    permanent=_permanent(key) if query.dimension == "errorCode" else None,
                )
                for key, tally in ranked[: query.limit]
            ],
            other_messages=sum(tally.messages for _, tally in ranked[query.limit :]),
            total=sum(tally.messages for _, tally in ranked),
        )

    return _answer(query, build)


@api.get("/analytics/filters", responses=answers(models.FilterValues, etag=True))
def get_filter_values(query: TenantQuery) -> Response:
    """Operators and sender IDs with traffic in the last 120 days"""
    with open_account(query.tenant_id) as (connection, account):
        today = dependencies().now().astimezone(ZoneInfo(account.time_zone)).date()
        tag = revision_tag(account.tenant_id, account.revision, today)
        unchanged = not_modified(tag)
        if unchanged is not None:
            return unchanged
        since = today - timedelta(days=FILTER_VALUES_DAYS)
        found = models.FilterValues(
            operators=store.list_operators(connection, account.tenant_id, since),
            sender_ids=store.list_sender_ids(connection, account.tenant_id, since),
        )
    return reply(found, etag=tag)


@api.get("/analytics/revision", responses=answers(models.Revision, etag=True))
def get_revision(query: TenantQuery) -> Response:
    """A number that grows whenever the account's numbers change: cheap to poll"""
    with open_account(query.tenant_id) as (_connection, account):
        tag = revision_tag(account.tenant_id, account.revision)
        return not_modified(tag) or reply(models.Revision(revision=account.revision), etag=tag)


def _answer(query: models.PeriodQuery, build: Builder) -> Response:
    """Open the account, spare the work when the client's copy is still good, else build the answer."""
    with open_account(query.tenant_id) as (connection, account):
        tag = revision_tag(account.tenant_id, account.revision, account.time_zone, account.currency)
        unchanged = not_modified(tag)
        if unchanged is not None:
            return unchanged
        scope = TrafficScope(
            tenant_id=account.tenant_id,
            start=query.from_,
            end=query.to,
            operators=tuple(sorted(set(query.operator))),
            sender_ids=tuple(sorted(set(query.sender_id))),
            statuses=tuple(sorted(set(query.status))),
        )
        answer = build(connection, account, scope)
    return reply(answer, etag=tag)


def _chart(
    connection: Connection, scope: TrafficScope, query: models.TimeseriesQuery, labels: list[str], by: Dimension | None
) -> series.Chart:
    grouped = by is not None
    if query.metric in {"latencyP50", "latencyP95"}:
        latencies = store.count_latencies(connection, scope, by=by, bucket=series.BUCKETS[query.interval])
        return series.chart_of_latencies(latencies, labels, query.metric, grouped=grouped)
    if query.interval == "hour":
        spend = query.metric == "spend"
        tallies = series.tallies_of_hours(store.count_hours(connection, scope, by=by, spend=spend), spend=spend)
    else:
        if by is Dimension.STATUS and query.metric == "volume":
            return series.chart_of_statuses(
                store.count_messages(connection, scope, bucket=series.BUCKETS[query.interval]), labels
            )
        counts = store.count_messages(connection, scope, by=by, bucket=series.BUCKETS[query.interval])
        tallies = series.tallies_of_days(counts)
    return series.chart_of_tallies(tallies, labels, query.metric, grouped=grouped, statuses=by is Dimension.STATUS)


def _anomalies(connection: Connection, scope: TrafficScope, tallies: dict[str, Tally]) -> dict[str, models.Anomaly]:
    before = TrafficScope(
        tenant_id=scope.tenant_id,
        start=scope.start - timedelta(days=anomalies.BASELINE_DAYS),
        end=scope.start - timedelta(days=1),
        operators=scope.operators,
        sender_ids=scope.sender_ids,
    )
    counts = store.count_messages(connection, before, by=Dimension.OPERATOR, bucket=Bucket.DAY)
    daily = tally_by(counts, lambda item: (item.key, item.bucket))
    days = (scope.end - scope.start).days + 1
    found = {}
    for key, tally in tallies.items():
        anomaly = anomalies.find_anomaly(tally, days, [day for (name, _), day in daily.items() if name == key])
        if anomaly is not None:
            found[key] = anomaly
    return found


def _permanent(code: str) -> bool | None:
    known = CATALOGUE.get(code)
    return known.permanent if known else None
