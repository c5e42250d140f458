"""How fast messages arrive, over time."""

from __future__ import annotations

from components.charts import axes, summary
from components.charts.incidents import incident_bands, incident_summary
from components.charts.log_links import log_link, narrow
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series, finite
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t


def latency_chart(p50: TimeSeries, p95: TimeSeries, query: AnalyticsQuery, period: Summary | None = None) -> Chart:
    """Seconds from submission to delivery, of delivered messages: the median, and what 95 % stay under."""
    x = axes.time_axis(p50.buckets, p50.interval, query)
    lines = (
        _line(p50, "latencyP50", Role.ACCENT, t("chart.latency.p50"), len(x.keys)),
        _line(p95, "latencyP95", Role.SECOND, t("chart.latency.p95"), len(x.keys)),
    )
    bands = incident_bands(p50, query.operators)
    values = [value for line in lines for value in line.values]
    return Chart(
        id="latency",
        kind=Kind.LINE,
        title=_finding(period, values),
        question=t("chart.latency.question"),
        summary=summary.sentences(
            *(summary.named(line.name, summary.extremes(line, x)) for line in lines if any(line.values)),
            incident_summary(bands),
        ),
        x=x,
        y=axes.amounts(values, t("chart.unit.seconds"), fmt.compact),
        series=lines,
        bands=bands,
        notes=tuple(band.text for band in bands),
        direction=locale().dir,
        link=log_link(query, narrowed={"startDate", "status"}),
        row_link=narrow("status", "delivered"),
    )


def _line(data: TimeSeries, key: str, role: Role, name: str, length: int) -> Series:
    values = tuple(map(finite, data.series[0].values)) if data.series else ()
    values = (*values, *([None] * length))[:length]
    texts = tuple(fmt.duration(value) for value in values)
    return Series(key, name, role, values, texts, link=narrow("status", "delivered"))


def _finding(period: Summary | None, values: list[float | None]) -> str:
    if period and period.totals.latency_p50 is not None and period.totals.latency_p95 is not None:
        p50, p95 = fmt.duration(period.totals.latency_p50), fmt.duration(period.totals.latency_p95)
        return t("chart.latency.finding", p50=p50, p95=p95)
    return t("chart.latency.question") if any(value is not None for value in values) else t("chart.latency.none")
