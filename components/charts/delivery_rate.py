"""How reliably messages arrive, over time."""

from __future__ import annotations

from components.charts import axes, summary
from components.charts.incidents import incident_bands, incident_summary
from components.charts.log_links import log_link, rated_statuses
from components.charts.palette import Role
from components.charts.spec import Chart, Kind, Series, finite
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t

#: How far below the period's rate a point must lie to be called a fall.
FALL = 0.03


def delivery_rate_chart(
    data: TimeSeries, query: AnalyticsQuery, period: Summary | None = None, previous: TimeSeries | None = None
) -> Chart:
    """One line with gaps where nothing is final, the previous period as a quiet line bucket by bucket."""
    x = axes.time_axis(data.buckets, data.interval, query)
    rates = tuple(map(finite, data.series[0].values)) if data.series else (None,) * len(x.keys)
    line = Series(
        key="deliveryRate",
        name=t("chart.rate.series"),
        role=Role.DELIVERED,
        values=rates,
        texts=tuple(fmt.percent(rate) for rate in rates),
        link=rated_statuses(query),
    )
    quiet = _quiet(previous, len(rates))
    bands = incident_bands(data, query.operators)
    return Chart(
        id="delivery-rate",
        kind=Kind.LINE,
        title=_finding(rates, data, period.totals.delivery_rate if period else None),
        question=t("chart.rate.question"),
        summary=summary.sentences(summary.extremes(line, x), incident_summary(bands)),
        x=x,
        y=axes.ratios([*rates, *(quiet.values if quiet else ())], t("chart.unit.delivered")),
        series=(line,),
        comparison=quiet,
        bands=bands,
        notes=tuple(band.text for band in bands),
        direction=locale().dir,
        link=log_link(query, narrowed={"startDate", "status"}),
        row_link=rated_statuses(query),
    )


def _quiet(previous: TimeSeries | None, length: int) -> Series | None:
    if previous is None or not previous.series:
        return None
    values = (*previous.series[0].values, *([None] * length))[:length]
    if all(value is None for value in values):
        return None
    texts = tuple(fmt.percent(value) for value in values)
    return Series("previous", t("chart.previous"), Role.PREVIOUS, values, texts)


def _finding(rates: tuple[float | None, ...], data: TimeSeries, overall: float | None) -> str:
    known = [rate for rate in rates if rate is not None]
    if not known:
        return t("chart.rate.none")
    low, high = min(known), max(known)
    typical = overall if overall is not None else sorted(known)[len(known) // 2]
    if len(known) > 1 and typical - low >= FALL:
        when = axes.point_label(data.buckets[rates.index(low)], data.interval)
        return t("chart.rate.fell", rate=fmt.percent(low), when=when)
    if len(known) > 1 and fmt.percent(low) != fmt.percent(high):
        return t("chart.rate.steady", low=fmt.percent(low), high=fmt.percent(high))
    return t("chart.rate.level", rate=fmt.percent(typical))
