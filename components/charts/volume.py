"""How many messages, by status, over time."""

from __future__ import annotations

from components.charts import axes, summary
from components.charts.incidents import incident_bands, incident_summary
from components.charts.log_links import chosen_statuses, log_link, narrow
from components.charts.palette import STATUS_ORDER
from components.charts.spec import Chart, Kind, Series
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t

#: A smaller change than this is not worth a headline.
NOTEWORTHY = 0.02


def volume_chart(data: TimeSeries, query: AnalyticsQuery, period: Summary | None = None) -> Chart:
    """Stacked bars. ``data`` is volume grouped by status; ``period`` (with the one before) gives the finding."""
    x = axes.time_axis(data.buckets, data.interval, query)
    found = {entry.key: entry.values for entry in data.series}
    series = tuple(
        Series(
            key=role.value,
            name=t(f"status.{role.value}"),
            role=role,
            values=tuple(found[role.value]),
            texts=tuple(fmt.number(value or 0) for value in found[role.value]),
            link=narrow("status", role.value),
        )
        for role in STATUS_ORDER
        if any(found.get(role.value, ()))
    )
    stacks = [sum(one.values[index] or 0 for one in series) for index in range(len(x.keys))]
    bands = incident_bands(data, query.operators)
    return Chart(
        id="volume",
        kind=Kind.BAR_STACKED,
        title=_finding(stacks, data, period),
        question=t("chart.volume.question"),
        summary=summary.sentences(
            summary.values([(one.name, fmt.number(sum(value or 0 for value in one.values))) for one in series]),
            incident_summary(bands),
        ),
        x=x,
        y=axes.amounts(stacks, t("chart.unit.messages"), fmt.compact, whole=True),
        series=series,
        bands=bands,
        notes=tuple(band.text for band in bands),
        direction=locale().dir,
        link=log_link(query, narrowed={"startDate", "status"}),
        row_link=chosen_statuses(query),
    )


def _finding(stacks: list[float], data: TimeSeries, period: Summary | None) -> str:
    count = period.totals.messages if period else int(sum(stacks))
    if not count:
        return t("chart.volume.none")
    if period and period.previous and period.previous.messages:
        change = (count - period.previous.messages) / period.previous.messages
        if abs(change) < NOTEWORTHY:
            return t("chart.volume.flat", count=count)
        key = "chart.volume.rose" if change > 0 else "chart.volume.fell"
        return t(key, count=count, change=fmt.percent(abs(change)))
    if len(stacks) > 1:
        peak = data.buckets[stacks.index(max(stacks))]
        return t("chart.volume.peak", count=count, when=axes.point_label(peak, data.interval))
    return t("chart.messages", count=count)
