"""When messages are sent: hour of the day by day of the week."""

from __future__ import annotations

from components.charts import summary
from components.charts.log_links import log_link, narrow
from components.charts.palette import Role
from components.charts.spec import Categories, Chart, Kind, Scale, Series, Tick
from portal.domain.analytics import Heatmap
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, locale, t

HOURS = 24
LABEL_EVERY = 3


def when_chart(data: Heatmap, query: AnalyticsQuery) -> Chart:
    """One row a weekday, from the first of the reader's week, with its weekend marked; one column an hour, where the
    account is."""
    cells = {(cell.weekday, cell.hour): cell for cell in data.cells}
    rows = []
    for weekday in fmt.week():
        counts = [cells[weekday, hour].messages if (weekday, hour) in cells else 0 for hour in range(HOURS)]
        delivered = [cells[weekday, hour].delivered if (weekday, hour) in cells else 0 for hour in range(HOURS)]
        rows.append(
            Series(
                key=str(weekday),
                name=f"• {fmt.weekday(weekday)}" if fmt.is_weekend(weekday) else fmt.weekday(weekday),
                role=Role.ACCENT,
                values=tuple(float(count) for count in counts),
                labels=tuple(fmt.number(count) for count in counts),
                texts=tuple(_cell(weekday, hour, counts[hour], delivered[hour]) for hour in range(HOURS)),
                link=narrow("weekday", str(weekday)),
            )
        )
    top = max((cell.messages for cell in data.cells), default=0)
    busiest = max(data.cells, key=lambda cell: cell.messages, default=None)
    finding = (
        t("chart.when.finding", weekday=fmt.weekday(busiest.weekday, short=False), hour=fmt.hour(busiest.hour))
        if busiest and busiest.messages
        else t("chart.volume.none")
    )
    return Chart(
        id="when",
        kind=Kind.HEATMAP,
        title=finding,
        question=t("chart.when.question"),
        summary=summary.values([(row.name, fmt.number(sum(value or 0 for value in row.values))) for row in rows]),
        x=Categories(
            title=t("chart.axis.hour"),
            keys=tuple(f"{hour:02d}:00" for hour in range(HOURS)),
            labels=tuple(fmt.hour(hour) for hour in range(HOURS)),
            ticks=tuple(Tick(hour, fmt.hour(hour)) for hour in range(0, HOURS, LABEL_EVERY)),
            links=tuple(narrow("hour", str(hour)) for hour in range(HOURS)),
        ),
        y=Scale(t("chart.unit.messages"), 0.0, float(top or 1)),
        series=tuple(rows),
        direction=locale().dir,
        link=log_link(query),
    )


def _cell(weekday: int, hour: int, messages: int, delivered: int) -> str:
    name = fmt.weekday(weekday, short=False)
    return t(
        "chart.when.cell",
        weekday=t("chart.when.weekend", weekday=name) if fmt.is_weekend(weekday) else name,
        hour=fmt.hour(hour),
        messages=t("chart.messages", count=messages),
        delivered=fmt.number(delivered),
    )
