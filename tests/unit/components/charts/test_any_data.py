"""Whatever the platform answers, every drawing of it is made, and no number in it is not one."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.charts import Chart, figure
from components.charts.card import CardIds, build_words, card_values
from components.charts.delivery_rate import delivery_rate_chart
from components.charts.latency import latency_chart
from components.charts.operators import operators_chart
from components.charts.portfolio import MOST_POINTS, portfolio_chart
from components.charts.ranking import errors_chart, senders_chart
from components.charts.sparkline import sparkline
from components.charts.spend import spend_chart
from components.charts.volume import volume_chart
from components.charts.when import when_chart
from portal.domain.analytics import (
    Anomaly,
    Breakdown,
    BreakdownItem,
    GroupBy,
    Heatmap,
    HeatmapCell,
    Incident,
    Line,
    Metric,
    TimeSeries,
    Top,
    TopItem,
)
from portal.domain.periods import Interval, Period
from portal.domain.portfolio import DotSums, TenantDot, TenantDots
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus
from portal.i18n import SUPPORTED, use
from tests.support.chart_table import table
from tests.support.fakes_analytics import afn
from tests.unit.components.charts.drawings import drawn, misplaced

START = dt.date(2026, 3, 1)
COUNTS = st.integers(min_value=0, max_value=10**13)
RATES = st.none() | st.floats(min_value=0, max_value=1)
AMOUNTS = st.none() | st.floats(min_value=0, max_value=1e15) | st.sampled_from([math.nan, math.inf, -math.inf])
NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40)
LOCALES = st.sampled_from(list(SUPPORTED.values()))
INTERVALS = st.sampled_from(list(Interval))


def check(chart: Chart) -> None:
    assert misplaced(drawn(chart)) == []
    json.dumps(figure(chart), allow_nan=False)
    assert len(table(chart).rows) == len(chart.x.keys)
    assert chart.title
    build_words(chart)
    card_values(CardIds("page", "chart"), chart)


def buckets(count: int, interval: Interval) -> tuple[str, ...]:
    if interval is Interval.HOUR:
        first = dt.datetime.fromisoformat("2026-03-01T00:00")
        return tuple((first + dt.timedelta(hours=at)).isoformat(timespec="minutes") for at in range(count))
    days = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 30}[interval]
    return tuple((START + dt.timedelta(days=days * at)).isoformat() for at in range(count))


@st.composite
def series(draw: Any, values: Any, keys: tuple[str, ...] = ("all",)) -> TimeSeries:
    count, interval = draw(st.integers(min_value=0, max_value=40)), draw(INTERVALS)
    lines = tuple(
        Line(key, tuple(draw(st.lists(values, min_size=count, max_size=count))))
        for key in draw(st.sampled_from([keys, ()]))
    )
    moment = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    ends = draw(st.none() | st.just(moment + dt.timedelta(days=3)))
    return TimeSeries(
        Metric.VOLUME,
        interval,
        GroupBy.STATUS,
        "AFN",
        buckets(count, interval),
        lines,
        (Incident(moment, ends, None, "incident.nothing"),),
    )


def query(data: TimeSeries | None = None) -> AnalyticsQuery:
    return AnalyticsQuery(
        Period(START, START + dt.timedelta(days=399)), interval=data.interval if data else Interval.DAY
    )


@settings(max_examples=25, deadline=None)
@given(LOCALES, series(COUNTS.map(float) | st.none(), tuple(status.value for status in MessageStatus)))
def test_any_volume_is_drawn(reader: Any, data: TimeSeries) -> None:
    with use(reader):
        check(volume_chart(data, query(data)))


@settings(max_examples=25, deadline=None)
@given(LOCALES, series(RATES), series(RATES))
def test_any_delivery_rate_is_drawn(reader: Any, data: TimeSeries, previous: TimeSeries) -> None:
    with use(reader):
        check(delivery_rate_chart(data, query(data), None, previous))


@settings(max_examples=25, deadline=None)
@given(LOCALES, series(AMOUNTS), series(AMOUNTS))
def test_any_latency_and_spend_are_drawn(reader: Any, one: TimeSeries, other: TimeSeries) -> None:
    with use(reader):
        check(latency_chart(one, other, query(one)))
        check(spend_chart(one, query(one)))


@st.composite
def items(draw: Any) -> Breakdown:
    keys = draw(st.lists(NAMES, max_size=8, unique=True))
    return Breakdown(
        tuple(
            BreakdownItem(
                key,
                draw(COUNTS),
                {},
                draw(RATES),
                0,
                afn("1"),
                draw(st.none() | st.builds(Anomaly, st.floats(0, 1), st.floats(-9, 9))),
            )
            for key in keys
        )
    )


@settings(max_examples=25, deadline=None)
@given(LOCALES, items())
def test_any_breakdown_is_drawn(reader: Any, data: Breakdown) -> None:
    with use(reader):
        check(operators_chart(data, query()))


@st.composite
def ranks(draw: Any) -> Top:
    found = tuple(
        TopItem(key, draw(COUNTS), 0, draw(RATES), afn("1"), draw(st.none() | st.booleans()))
        for key in draw(st.lists(NAMES, max_size=10, unique=True))
    )
    others = draw(COUNTS)
    return Top(found, others, sum(item.messages for item in found) + others)


@settings(max_examples=25, deadline=None)
@given(LOCALES, ranks())
def test_any_ranking_is_drawn(reader: Any, data: Top) -> None:
    with use(reader):
        check(errors_chart(data, query()))
        check(senders_chart(data, query()))


CELLS = st.lists(st.builds(HeatmapCell, st.integers(1, 7), st.integers(0, 23), COUNTS, COUNTS), max_size=168).map(
    lambda cells: Heatmap(tuple(cells))
)


@settings(max_examples=20, deadline=None)
@given(LOCALES, CELLS)
def test_any_week_is_drawn(reader: Any, data: Heatmap) -> None:
    with use(reader):
        check(when_chart(data, query()))


@given(st.lists(AMOUNTS, max_size=50), st.booleans())
def test_any_course_is_a_thumbnail_or_nothing(values: list[float | None], rtl: bool) -> None:
    picture = sparkline(values, rtl=rtl)
    assert picture == "" or picture.startswith("data:image/svg+xml,")
    assert "nan" not in picture


@st.composite
def dots(draw: Any) -> TenantDots:
    count = draw(st.integers(min_value=0, max_value=12))
    spend = st.sampled_from([0.0, 0.003, 1.0, 999.99]) | st.floats(min_value=0, max_value=1e15)
    items = tuple(
        TenantDot(
            f"00000000-0000-7000-8000-{number:012d}",
            draw(NAMES),
            draw(st.floats(min_value=0, max_value=100)),
            draw(spend),
            draw(st.sampled_from(["AFN", "EUR", "JPY"])),
            draw(COUNTS),
        )
        for number in range(count)
    )
    counted = Counter(item.currency for item in items)
    more = draw(st.integers(min_value=0, max_value=5_000))
    sums = tuple(DotSums(code, count + more, more, draw(spend)) for code, count in counted.most_common())
    return TenantDots(items * draw(st.sampled_from([1, 1, MOST_POINTS])), sums)


@settings(max_examples=40, deadline=None)
@given(LOCALES, dots())
def test_any_accounts_are_drawn_within_the_picture_and_no_more_than_it_holds(reader: Any, found: TenantDots) -> None:
    with use(reader):
        chart = portfolio_chart(found, "/health-score")
        check(chart)
    assert chart.cloud is not None
    assert all(0 <= place <= 1 for place in chart.cloud.places)
    assert all(0 <= tick.at <= 1 for tick in chart.cloud.ticks)
    assert len(chart.cloud.places) <= MOST_POINTS
    assert len({dot.currency for dot in found.items if dot.tenant_id in chart.x.keys}) <= 1
    assert chart.empty is (not found.items)
