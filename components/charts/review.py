"""A quarter in pictures: the portal's own charts, by months and weeks, of one business review."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from components.charts import axes, summary
from components.charts.delivery_rate import delivery_rate_chart
from components.charts.log_links import log_link, narrow
from components.charts.operators import operators_chart
from components.charts.palette import Role
from components.charts.ranking import destinations_chart, errors_chart, senders_chart
from components.charts.spec import Categories, Chart, Kind, Series
from components.charts.spend import spend_chart
from components.charts.volume import volume_chart
from components.charts.waterfall import change_chart, scores_chart
from portal.domain.analytics import Breakdown, BreakdownItem, GroupBy, Line, Metric, Summary, TimeSeries, Top, TopItem
from portal.domain.health import PartChange, WeekChange
from portal.domain.money import Money
from portal.domain.periods import Interval, Period
from portal.domain.qbr import Ranking, Review
from portal.domain.query import AnalyticsQuery
from portal.domain.statuses import MessageStatus
from portal.i18n import fmt, locale, spans, t

#: Their names take two lines; more of them have no room.
MOST_ERRORS = 7
HELD_BACK = narrow("status", "held", "blocked")


def review_charts(review: Review) -> dict[str, Chart | None]:
    """Every chart of the page by its name; None where there is nothing that it could be made of."""
    query, period = query_of(review), _summary(review)
    total = period.totals.messages
    return {
        "volume": _named_months(_volume_chart(review, query, period), review),
        "rate": replace(delivery_rate_chart(_weekly_rates(review), query, period), x=_weeks(review)),
        "operators": operators_chart(_operators(review), query),
        "errors": errors_chart(_errors(review), query),
        "holds": holds_chart(review, query),
        "senders": senders_chart(_top(review.senders, total), query),
        "destinations": destinations_chart(_top(review.destinations, total), query),
        "spend": _named_months(_spend_chart(review, query), review),
        "health_course": scores_chart(review.health.series, review.period.through, review.incidents)
        if review.health
        else None,
        "health_change": _drivers(review),
    }


def query_of(review: Review) -> AnalyticsQuery:
    """The days of the review as a query: for links into the log."""
    span = Period(review.period.start, review.period.through)
    return AnalyticsQuery(span, interval=Interval.MONTH, tenant_id=review.tenant.tenant_id)


def month_name(month: dt.date, review: Review, *, alone: bool = False) -> str:
    """A month of the quarter, as ``spans.month`` writes it."""
    return spans.month(*axes.bucket_days(month, "month", query_of(review).period), year=False, alone=alone)


def months_are_short() -> bool:
    """Whether the names of months stand below bars however narrow the picture is."""
    return locale().calendar == "gregory"


def holds_chart(review: Review, query: AnalyticsQuery) -> Chart:
    """The share of each week's messages that compliance holds or has blocked."""
    weeks, x = review.weeks, _weeks(review)
    rates = tuple(week.hold_rate for week in weeks)
    line = Series(
        key="holdRate",
        name=t("chart.holds.series"),
        role=Role.HELD,
        values=rates,
        texts=tuple(
            t("chart.holds.value", rate=fmt.percent(week.hold_rate, 2), count=week.held + week.blocked)
            for week in weeks
        ),
        link=HELD_BACK,
    )
    return Chart(
        id="holds",
        kind=Kind.LINE,
        title=_holds_finding(rates, x.labels),
        question=t("chart.holds.question"),
        summary=summary.extremes(line, x),
        x=x,
        y=axes.amounts(rates, t("chart.unit.held"), lambda rate: fmt.percent(rate, 1)),
        series=(line,),
        direction=locale().dir,
        link=log_link(query, narrowed={"startDate", "status"}),
        row_link=HELD_BACK,
    )


def _weeks(review: Review) -> Categories:
    """Weeks as the quarter cuts them."""
    weeks = review.weeks
    moments = [dt.datetime.combine(week.start, dt.time()) for week in weeks]
    return Categories(
        title=t("chart.axis.time"),
        keys=tuple(week.start.isoformat() for week in weeks),
        labels=tuple(spans.days(week.start, week.end, brief=True) for week in weeks),
        ticks=axes.time_ticks(moments, "week"),
        links=tuple(f"startDate={week.start.isoformat()}&endDate={week.end.isoformat()}" for week in weeks),
    )


def _holds_finding(rates: tuple[float | None, ...], labels: tuple[str, ...]) -> str:
    known = [(rate, -place) for place, rate in enumerate(rates) if rate is not None]
    if not known or not max(known)[0]:
        return t("chart.holds.none")
    rate, place = max(known)
    return t("chart.holds.finding", rate=fmt.percent(rate, 2), when=labels[-place])


def _summary(review: Review) -> Summary:
    previous = review.previous.totals if review.previous else None
    span = Period(review.period.start, review.period.through)
    return Summary(span, review.numbers.totals, previous, 0, review.as_of)


def _buckets(review: Review) -> tuple[str, ...]:
    return tuple(each.month.isoformat() for each in review.months)


def _volume(review: Review) -> TimeSeries:
    lines = tuple(
        Line(status.value, tuple(float(each.numbers.totals.by_status[status]) for each in review.months))
        for status in MessageStatus
    )
    return TimeSeries(Metric.VOLUME, Interval.MONTH, GroupBy.STATUS, "messages", _buckets(review), lines)


def _weekly_rates(review: Review) -> TimeSeries:
    rates = Line("all", tuple(week.delivery_rate for week in review.weeks))
    buckets = tuple(week.start.isoformat() for week in review.weeks)
    return TimeSeries(Metric.DELIVERY_RATE, Interval.WEEK, None, "ratio", buckets, (rates,), review.incidents)


def _spend(review: Review) -> TimeSeries:
    amounts = tuple(float(each.numbers.totals.spend.amount) for each in review.months)
    currency = review.tenant.currency
    return TimeSeries(Metric.SPEND, Interval.MONTH, None, currency, _buckets(review), (Line("all", amounts),))


def _operators(review: Review) -> Breakdown:
    return Breakdown(
        tuple(
            BreakdownItem(each.operator, each.messages, each.by_status, each.delivery_rate, 0, each.spend)
            for each in review.operators
        )
    )


def _top(ranking: Ranking, total: int) -> Top:
    # How many were delivered is not told, and no ranking draws it.
    items = tuple(TopItem(each.key, each.messages, 0, each.delivery_rate, each.spend) for each in ranking.items)
    return Top(items, ranking.other_messages, total)


def _errors(review: Review) -> Top:
    found, nothing = review.errors, Money(Decimal(0), review.tenant.currency)
    total = sum(each.messages for each in found.items) + found.other_messages
    items = tuple(
        TopItem(each.code, each.messages, 0, None, nothing, each.permanent) for each in found.items[:MOST_ERRORS]
    )
    return Top(items, total - sum(item.messages for item in items), total)


def _drivers(review: Review) -> Chart | None:
    """What moved the score over the quarter; None without two scores."""
    health = review.health
    if health is None or health.score is None or health.start is None or health.start_day is None:
        return None
    parts = tuple(
        PartChange(part.name, None, part.points, round(part.effect - part.effect_before, 1))
        for part in health.parts
        if part.effect_before is not None
    )
    if not parts or health.start_day >= health.day:
        return None
    moved = WeekChange(health.start_day, health.start, health.change or 0.0, False, parts)
    return change_chart(moved, health.score)


def _volume_chart(review: Review, query: AnalyticsQuery, period: Summary) -> Chart:
    chart = volume_chart(_volume(review), query, period)
    # Without a quarter before, the usual finding is the busiest bucket, by its first day.
    return chart if review.previous else replace(chart, title=t("chart.messages", count=period.totals.messages))


def _spend_chart(review: Review, query: AnalyticsQuery) -> Chart:
    chart, months = spend_chart(_spend(review), query), review.months
    if not months or not review.numbers.totals.spend:
        return chart
    most = max(months, key=lambda each: each.numbers.totals.spend.amount)
    total, month = fmt.money(review.numbers.totals.spend), month_name(most.month, review)
    return replace(chart, title=t("chart.spend.by_month", total=total, month=month))


def _named_months(chart: Chart, review: Review) -> Chart:
    """Below each bar the month, instead of the day it begins with."""
    months = [month_name(each.month, review, alone=True) for each in review.months]
    ticks = tuple(axes.tick_beside(at, name, len(months)) for at, name in enumerate(months))
    return replace(chart, x=replace(chart.x, ticks=ticks))
