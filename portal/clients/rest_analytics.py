"""Analytics over REST: ``/v1/analytics/*``."""

from __future__ import annotations

from portal.clients import decode
from portal.clients.decode import Json
from portal.clients.tenants import tenant_parameter
from portal.clients.upstream import Upstream
from portal.domain.actor import Actor
from portal.domain.analytics import (
    Anomaly,
    Breakdown,
    BreakdownItem,
    FilterOptions,
    GroupBy,
    Heatmap,
    HeatmapCell,
    Incident,
    Line,
    Metric,
    Summary,
    TimeSeries,
    Top,
    TopDimension,
    TopItem,
    Totals,
)
from portal.domain.periods import Interval, Period
from portal.domain.query import AnalyticsQuery

_LATENCIES = (Metric.LATENCY_P50, Metric.LATENCY_P95)


class RestAnalytics:
    """:class:`portal.domain.ports.AnalyticsPort` on the platform's API."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def summary(self, query: AnalyticsQuery, *, actor: Actor) -> Summary:
        parameters = [*_common(query, actor), ("compare", "previous" if query.compare else "none")]
        body = self._upstream.get("/v1/analytics/summary", parameters, actor=actor)
        with decode.answer():
            previous = body.get("previous")
            return Summary(
                period=Period(decode.day(body["period"]["from"]), decode.day(body["period"]["to"])),
                totals=totals(body),
                previous=totals(decode.mapping(previous)) if previous is not None else None,
                revision=decode.integer(body["revision"]),
                as_of=decode.instant(body["asOf"]),
            )

    def timeseries(
        self, query: AnalyticsQuery, metric: Metric, group_by: GroupBy | None = None, *, actor: Actor
    ) -> TimeSeries:
        """``interval`` of the answer is ``day`` where hours were asked for but are not kept (latency)."""
        interval = query.interval
        if metric in _LATENCIES and interval is Interval.HOUR:
            interval = Interval.DAY
        parameters = [*_common(query, actor), ("metric", metric), ("interval", interval), ("groupBy", group_by or "")]
        body = self._upstream.get("/v1/analytics/timeseries", parameters, actor=actor)
        with decode.answer():
            return _timeseries(body, metric, interval, group_by)

    def breakdown(self, query: AnalyticsQuery, dimension: str = "operator", *, actor: Actor) -> Breakdown:
        parameters = [*_common(query, actor), ("dimension", dimension)]
        body = self._upstream.get("/v1/analytics/breakdown", parameters, actor=actor)
        with decode.answer():
            return Breakdown(tuple(_breakdown_item(item) for item in decode.items(body["items"])))

    def heatmap(self, query: AnalyticsQuery, *, actor: Actor) -> Heatmap:
        body = self._upstream.get("/v1/analytics/heatmap", _common(query, actor), actor=actor)
        with decode.answer():
            return Heatmap(tuple(_cell(cell) for cell in decode.items(body["cells"])))

    def top(self, query: AnalyticsQuery, dimension: TopDimension, limit: int = 10, *, actor: Actor) -> Top:
        parameters = [*_common(query, actor), ("dimension", dimension), ("limit", str(limit))]
        body = self._upstream.get("/v1/analytics/top", parameters, actor=actor)
        with decode.answer():
            return Top(
                items=tuple(_top_item(item) for item in decode.items(body["items"])),
                other_messages=decode.integer(body["otherMessages"]),
                total=decode.integer(body["total"]),
            )

    def filter_options(self, tenant_id: str | None = None, *, actor: Actor) -> FilterOptions:
        body = self._upstream.get("/v1/analytics/filters", tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return FilterOptions(
                operators=tuple(decode.text(name) for name in decode.items(body["operators"])),
                sender_ids=tuple(decode.text(name) for name in decode.items(body["senderIds"])),
            )

    def revision(self, tenant_id: str | None = None, *, actor: Actor) -> int:
        body = self._upstream.get("/v1/analytics/revision", tenant_parameter(tenant_id, actor), actor=actor)
        with decode.answer():
            return decode.integer(body["revision"])


def _common(query: AnalyticsQuery, actor: Actor) -> list[tuple[str, str]]:
    return [
        ("from", query.period.start.isoformat()),
        ("to", query.period.end.isoformat()),
        *(("operator", name) for name in query.operators),
        *(("senderId", name) for name in query.sender_ids),
        *(("status", name) for name in query.statuses),
        *tenant_parameter(query.tenant_id, actor),
    ]


def totals(body: Json) -> Totals:
    """A period in numbers."""
    return Totals(
        messages=decode.integer(body["messages"]),
        segments=decode.integer(body["segments"]),
        by_status=decode.status_counts(body["byStatus"]),
        delivery_rate=decode.maybe_number(body["deliveryRate"]),
        spend=decode.money(body["spend"]),
        latency_p50=decode.maybe_number(body["latencyP50"]),
        latency_p95=decode.maybe_number(body["latencyP95"]),
    )


def _timeseries(body: Json, metric: Metric, interval: Interval, group_by: GroupBy | None) -> TimeSeries:
    buckets = tuple(decode.text(bucket) for bucket in decode.items(body["buckets"]))
    series = tuple(
        Line(decode.text(line["key"]), _values(line["values"], len(buckets))) for line in decode.items(body["series"])
    )
    rest = body.get("rest")
    return TimeSeries(
        metric=metric,
        interval=interval,
        group_by=group_by,
        unit=decode.text(body["unit"]),
        buckets=buckets,
        series=series,
        incidents=tuple(incident(entry) for entry in decode.items(body.get("incidents", []))),
        rest=_values(decode.mapping(rest)["values"], len(buckets)) if rest is not None else None,
    )


def _values(raw: object, expected: int) -> tuple[float | None, ...]:
    values = tuple(decode.maybe_number(value) for value in decode.items(raw))
    if len(values) != expected:
        raise decode.Malformed("one value for each bucket expected")
    return values


def incident(body: Json) -> Incident:
    return Incident(
        starts_at=decode.instant(body["from"]),
        ends_at=decode.maybe_instant(body.get("to")),
        operator=decode.maybe_text(body.get("operator")),
        title_key=decode.text(body["titleKey"]),
    )


def _breakdown_item(body: Json) -> BreakdownItem:
    anomaly = body.get("anomaly")
    return BreakdownItem(
        key=decode.text(body["key"]),
        messages=decode.integer(body["messages"]),
        by_status=decode.status_counts(body["byStatus"]),
        delivery_rate=decode.maybe_number(body["deliveryRate"]),
        segments=decode.integer(body["segments"]),
        spend=decode.money(body["spend"]),
        anomaly=(
            Anomaly(expected=decode.number(anomaly["expected"]), z_score=decode.number(anomaly["zScore"]))
            if anomaly is not None
            else None
        ),
    )


def _cell(body: Json) -> HeatmapCell:
    weekday, hour = decode.integer(body["weekday"]), decode.integer(body["hour"])
    if not (1 <= weekday <= 7 and 0 <= hour <= 23):
        raise decode.Malformed("weekday 1-7 and hour 0-23 expected")
    return HeatmapCell(weekday, hour, decode.integer(body["messages"]), decode.integer(body["delivered"]))


def _top_item(body: Json) -> TopItem:
    permanent = body.get("permanent")
    return TopItem(
        key=decode.text(body["key"]),
        messages=decode.integer(body["messages"]),
        delivered=decode.integer(body["delivered"]),
        delivery_rate=decode.maybe_number(body["deliveryRate"]),
        spend=decode.money(body["spend"]),
        permanent=decode.flag(permanent) if permanent is not None else None,
    )
