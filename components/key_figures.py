"""The key figures that several pages show: how much, how well, what is left, what it cost."""

from __future__ import annotations

from typing import Any, Final

from components.charts.log_links import chosen_statuses, log_link, rated_statuses
from components.charts.palette import Role
from components.charts.spec import join_query
from components.kpi import Kpi, Meaning
from components.traffic import Answers, Part
from portal.domain.account import Balance
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, t

#: A balance that lasts less than this many days is bad news.
SHORT_RUNWAY: Final = 7
SAME: Final = 0.0005


def volume_figure(answers: Answers, query: AnalyticsQuery) -> Kpi:
    summary = _summary(answers)
    direction, change = _relative(summary.totals.messages, summary.previous.messages if summary.previous else None)
    return Kpi(
        value=fmt.number(summary.totals.messages),
        href=join_query(log_link(query), []),
        change=change,
        direction=direction,
        course=_sums(_series(answers, "volume")),
    )


def rate_figure(answers: Answers, query: AnalyticsQuery) -> Kpi:
    summary = _summary(answers)
    now, before = summary.totals.delivery_rate, summary.previous.delivery_rate if summary.previous else None
    meaning: Meaning = "neutral"
    direction: Any = ""
    if now is None or before is None:
        change = t("kpi.no_previous")
    elif abs(now - before) < SAME:
        change = t("kpi.same")
    else:
        better = now > before
        meaning, direction = ("good", "up") if better else ("bad", "down")
        size = fmt.number(round(abs(now - before) * 100, 1))
        change = t("kpi.better" if better else "kpi.worse", points=size)
    data = _series(answers, "rate")
    return Kpi(
        value=fmt.percent(now),
        href=join_query(log_link(query, narrowed={"status"}), [rated_statuses(query)]),
        change=change,
        direction=direction,
        meaning=meaning,
        course=data.series[0].values if data and data.series else (),
        role=Role.DELIVERED,
    )


def balance_figure(found: Balance) -> Kpi:
    """What is left, and how long it lasts."""
    days = found.runway_days
    if days is None:
        said = t("kpi.runway.unknown")
    elif found.balance.amount <= 0:
        said = t("kpi.runway.today")
    else:
        said = t("kpi.runway", count=int(days))
    short = found.low or (days is not None and days < SHORT_RUNWAY)
    return Kpi(value=fmt.money(found.balance), change=said, meaning="bad" if short else "neutral")


def spend_figure(answers: Answers, query: AnalyticsQuery) -> Kpi:
    summary = _summary(answers)
    before = summary.previous.spend.amount if summary.previous else None
    direction, change = _relative(float(summary.totals.spend.amount), float(before) if before is not None else None)
    data = _series(answers, "spend")
    return Kpi(
        value=fmt.money(summary.totals.spend),
        href=join_query(log_link(query, narrowed={"status"}), [chosen_statuses(query)]),
        change=change,
        direction=direction,
        course=data.series[0].values if data and data.series else (),
    )


def _summary(answers: Answers) -> Summary:
    found: Summary = answers.summary.value  # type: ignore[attr-defined]
    return found


def _series(answers: Answers, name: str) -> TimeSeries | None:
    part: Part = getattr(answers, name)
    found: TimeSeries | None = part.value
    return found


def _sums(data: TimeSeries | None) -> tuple[float | None, ...]:
    """The shape of all groups together, for a thumbnail."""
    if data is None:
        return ()
    return tuple(sum(line.values[at] or 0 for line in data.series) for at in range(len(data.buckets)))


def _relative(now: float, before: float | None) -> tuple[Any, str]:
    """An amount against the one before; more traffic or spend is neither good nor bad by itself."""
    if not before:
        return "", t("kpi.no_previous")
    change = (now - before) / before
    if abs(change) < SAME:
        return "", t("kpi.same")
    key = "kpi.more" if change > 0 else "kpi.less"
    return ("up" if change > 0 else "down"), t(key, change=fmt.percent(abs(change)))
