"""What messages cost, over time."""

from __future__ import annotations

from components.charts import axes, summary
from components.charts.log_links import log_link
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series, finite
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t


def spend_chart(data: TimeSeries, query: AnalyticsQuery, period: Summary | None = None) -> Chart:
    """Bars of money a bucket. ``data.unit`` is the currency; the exact total comes from ``period``."""
    x = axes.time_axis(data.buckets, data.interval, query)
    values = tuple(map(finite, data.series[0].values)) if data.series else (None,) * len(x.keys)
    bars = Series(
        key="spend",
        name=t("chart.spend.series"),
        role=Role.ACCENT,
        values=values,
        texts=tuple(fmt.money(value or 0.0, data.unit) for value in values),
        link="",
    )
    return Chart(
        id="spend",
        kind=Kind.BAR,
        title=_finding(values, data, period),
        question=t("chart.spend.question"),
        summary=summary.extremes(bars, x),
        x=x,
        y=axes.amounts(values, data.unit, fmt.compact),
        series=(bars,),
        direction=locale().dir,
        link=log_link(query, narrowed={"startDate"}),
    )


def _finding(values: tuple[float | None, ...], data: TimeSeries, period: Summary | None) -> str:
    if not any(values):
        return t("chart.spend.none")
    peak = max(range(len(values)), key=lambda index: values[index] or 0)
    total = fmt.money(period.totals.spend) if period else fmt.money(sum(value or 0 for value in values), data.unit)
    return t("chart.spend.finding", total=total, when=axes.point_label(data.buckets[peak], data.interval))
