"""The dashboard: key figures, and the charts that answer what most people come for."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.charts.card import Values
from components.charts.log_links import chosen_statuses, log_link, rated_statuses
from components.charts.palette import Role
from components.charts.spec import join_query
from components.filters import build_filter_bar
from components.kpi import Kpi, Meaning, build_tile, kpi_id, tile_failure, tile_value
from components.page import page_header
from components.traffic import Answers, PageIds, Part, build_cards, build_live_parts, build_updated, page_values
from portal.domain.account import Balance
from portal.domain.analytics import Summary, TimeSeries
from portal.domain.errors import PortalError
from portal.domain.query import AnalyticsQuery
from portal.i18n import fmt, t

PATH: Final = "/dashboard"
IDS: Final = PageIds("dashboard")
TILES: Final = ("volume", "rate", "balance", "spend")
CHARTS: Final = ("volume", "rate", "operators", "errors", "when")
#: A balance that lasts less than this many days is bad news.
SHORT_RUNWAY = 7
SAME = 0.0005


def build_dashboard(query: AnalyticsQuery) -> Component:
    """The page without its data; everything has its final size."""
    return html.Div(
        [
            page_header(t("dashboard.title"), t("dashboard.lead"), actions=[build_updated(IDS)]),
            build_filter_bar(query, PATH),
            html.Div(
                [html.Div(build_tile(IDS.page, name), className="col-12 col-sm-6 col-xl-3") for name in TILES],
                className="row g-3",
            ),
            html.Div(
                [
                    build_cards(IDS, (("volume", "col-12 col-xl-7"), ("rate", "col-12 col-xl-5"))),
                    build_cards(
                        IDS,
                        (
                            ("operators", "col-12 col-lg-6 col-xxl-4"),
                            ("errors", "col-12 col-lg-6 col-xxl-4"),
                            ("when", "col-12 col-xxl-4"),
                        ),
                    ),
                ],
                className="vstack gap-3",
            ),
            *build_live_parts(IDS),
        ],
        className="page",
    )


def dashboard_outputs() -> list[tuple[Any, str]]:
    """What :func:`dashboard_values` sets, in a fixed order."""
    return [*((kpi_id(IDS.page, name), "children") for name in TILES), *IDS.outputs(CHARTS)]


def dashboard_values(answers: Answers, query: AnalyticsQuery, now: dt.datetime) -> Values:
    """Everything the dashboard shows, for its first data and for every renewal alike."""
    values = page_values(IDS, CHARTS, answers, query, now)
    for name, build in (("volume", _volume), ("rate", _rate), ("balance", _balance), ("spend", _spend)):
        part: Part = getattr(answers, "balance" if name == "balance" else "summary")
        body = tile_failure(part.error or PortalError()) if part.value is None else tile_value(build(answers, query))
        values[kpi_id(IDS.page, name), "children"] = body
    return values


def _volume(answers: Answers, query: AnalyticsQuery) -> Kpi:
    summary = _summary(answers)
    direction, change = _relative(summary.totals.messages, summary.previous.messages if summary.previous else None)
    return Kpi(
        value=fmt.number(summary.totals.messages),
        href=join_query(log_link(query), []),
        change=change,
        direction=direction,
        course=_sums(_series(answers, "volume")),
    )


def _rate(answers: Answers, query: AnalyticsQuery) -> Kpi:
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


def _balance(answers: Answers, query: AnalyticsQuery) -> Kpi:
    found: Balance = answers.balance.value  # type: ignore[attr-defined]
    days = found.runway_days
    if days is None:
        said = t("kpi.runway.unknown")
    elif found.balance.amount <= 0:
        said = t("kpi.runway.today")
    else:
        said = t("kpi.runway", count=int(days))
    short = days is not None and days < SHORT_RUNWAY
    return Kpi(value=fmt.money(found.balance), change=said, meaning="bad" if short else "neutral")


def _spend(answers: Answers, query: AnalyticsQuery) -> Kpi:
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
