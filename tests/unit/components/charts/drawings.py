"""Charts to test with, and what is to be seen in a drawing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from components.charts import Chart
from components.charts.delivery_rate import delivery_rate_chart
from components.charts.latency import latency_chart
from components.charts.operators import operators_chart
from components.charts.portfolio import portfolio_chart
from components.charts.ranking import destinations_chart, errors_chart, senders_chart
from components.charts.spend import spend_chart
from components.charts.svg import svg
from components.charts.volume import volume_chart
from components.charts.waterfall import change_chart, course_chart, score_chart
from components.charts.when import when_chart
from portal.domain.analytics import GroupBy, Metric, TopDimension
from portal.domain.health import Health, WeekChange
from portal.domain.periods import Interval, Period
from portal.domain.portfolio import PortfolioFilter
from portal.domain.query import AnalyticsQuery
from tests.support.fakes_analytics import FakeAnalytics, actor
from tests.support.fakes_portfolio import FakePortfolio, health, tenant_id

ADA = actor()
PERIOD = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 20))
QUERY = AnalyticsQuery(PERIOD)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:%|px)?")
_PATH = re.compile(r"(?:[MLHVhvlz]|-?\d*\.?\d+|\s)*")
_PLACES = ("x", "y", "x1", "x2", "y1", "y2", "dx", "width", "height", "cx", "cy", "stroke-width", "fill-opacity")


def all_charts(query: AnalyticsQuery = QUERY, *, empty: bool = False) -> dict[str, Chart]:
    """One chart for each question, from the fake platform's answers."""
    port = FakeAnalytics(empty=empty)
    summary = port.summary(query, actor=ADA)

    def series(metric: Metric, group_by: GroupBy | None = None) -> Any:
        return port.timeseries(query, metric, group_by, actor=ADA)

    def top(dimension: TopDimension) -> Any:
        return port.top(query, dimension, actor=ADA)

    return {
        "volume": volume_chart(series(Metric.VOLUME, GroupBy.STATUS), query, summary),
        "rate": delivery_rate_chart(series(Metric.DELIVERY_RATE), query, summary, series(Metric.DELIVERY_RATE)),
        "operators": operators_chart(port.breakdown(query, actor=ADA), query),
        "errors": errors_chart(top(TopDimension.ERROR_CODE), query),
        "latency": latency_chart(series(Metric.LATENCY_P50), series(Metric.LATENCY_P95), query, summary),
        "when": when_chart(port.heatmap(query, actor=ADA), query),
        "senders": senders_chart(top(TopDimension.SENDER_ID), query),
        "destinations": destinations_chart(top(TopDimension.DESTINATION), query),
        "spend": spend_chart(series(Metric.SPEND), query, summary),
    }


def health_charts(count: int = 60) -> dict[str, Chart]:
    """Those of internal people: all accounts in one picture, and a score taken apart."""
    accounts, score = FakePortfolio(count), health()
    return {
        "portfolio": portfolio_chart(accounts.list_dots(PortfolioFilter(), most=300, actor=ADA), "/health-score"),
        "health": score_chart(score),
        "health_change": change_chart(week_of(score), score.score or 0.0),
        "health_course": course_chart(accounts.get_health(tenant_id(0), actor=ADA)),
    }


def week_of(score: Health) -> WeekChange:
    assert score.since_last_week is not None
    return score.since_last_week


NAMES = ("volume", "rate", "operators", "errors", "latency", "when", "senders", "destinations", "spend")
#: With those that are not about messages, and lead to no log.
EVERY = (*NAMES, "portfolio", "health", "health_change", "health_course")


def drawn(chart: Chart) -> ElementTree.Element:
    """The SVG, parsed: fails where it is not well-formed."""
    return ElementTree.fromstring(svg(chart))  # noqa: S314 - our own drawing


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter("text")]


def attributes(root: ElementTree.Element) -> set[str]:
    return {name for node in root.iter() for name in node.attrib}


def misplaced(root: ElementTree.Element) -> list[str]:
    """Places and paths that are not plain decimal numbers (an exponent, a NaN, a None would be)."""
    found = [
        value
        for node in root.iter()
        for name, value in node.attrib.items()
        if name in _PLACES and not _NUMBER.fullmatch(value)
    ]
    return found + [
        node.attrib["d"] for node in root.iter() if "d" in node.attrib and not _PATH.fullmatch(node.attrib["d"])
    ]


def patterned(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Bars that have a pattern, as (left, top, right, bottom) in fractions of the plot."""
    cuts = {cut.attrib["id"]: cut[0].attrib["d"] for cut in root.iter("clipPath")}
    found = []
    for rect in root.iter("rect"):
        path = cuts.get(rect.attrib.get("clip-path", "")[5:-1], "")
        for left, top, width, bottom in re.findall(r"M(\S+) ([^h]+)h([^V]+)V([^h]+)h-[^z]+z", path):
            found.append((float(left), float(top), float(left) + float(width), float(bottom)))
    return found


def hours(query: AnalyticsQuery = QUERY) -> AnalyticsQuery:
    """One day by the hour."""
    day = query.period.end
    return AnalyticsQuery(Period(day, day), interval=Interval.HOUR)


def walk(value: Any, visit: Callable[[Any], None]) -> None:
    """Every leaf of a figure."""
    if isinstance(value, dict):
        for item in value.values():
            walk(item, visit)
    elif isinstance(value, (list, tuple)):
        for item in value:
            walk(item, visit)
    else:
        visit(value)
