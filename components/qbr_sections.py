"""The sections of a business review: charts with the tables that go with them, and what the manager says to each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.card import build_card
from components.charts.incidents import incident_text
from components.charts.operators import operator_name
from components.charts.review import month_name, months_are_short
from components.charts.waterfall import input_name
from components.health import build_change, build_score
from components.messages import build_time
from components.qbr_comments import build_comment
from components.qbr_tiles import build_tiles
from components.qbr_words import compared_with, finding_text, told
from components.sheets import Column, build_sheet
from components.states import build_icon
from components.traffic import PageIds
from portal.domain.qbr import Finding, Ranking, Review
from portal.i18n import fmt, t

IDS: Final = PageIds("qbr")
#: Sections in their order, with the one that one's comments belong to.
SECTIONS: Final = ("summary", "traffic", "delivery", "errors", "compliance", "audience", "spend", "health", "plan")
TONE_ICONS: Final = {"good": "check-circle", "bad": "exclamation-triangle", "neutral": "info-circle"}
_BY_MONTH: Final = ("volume", "spend")
_OVER_TIME: Final = ("rate", "holds", "health_course")


def section_id(name: str) -> str:
    return f"qbr-{name}"


def shown_sections(review: Review) -> list[str]:
    """Those that have something to say."""
    return [name for name in SECTIONS if name != "health" or review.health is not None]


def build_sections(review: Review) -> list[Component]:
    build = {
        "summary": _summary,
        "traffic": _traffic,
        "delivery": _delivery,
        "errors": _errors,
        "compliance": _compliance,
        "audience": _audience,
        "spend": _spend,
        "health": _health,
        "plan": lambda _review: [],
    }
    return [_section(name, build[name](review), review) for name in shown_sections(review)]


def _section(name: str, content: Sequence[Component | None], review: Review) -> Component:
    """``data-qbr-section`` is what the keys of a presentation go through (assets/js/present.js)."""
    heading = f"qbr-heading-{name}"  # a card of the same name has the other one
    return html.Section(
        [
            html.H2(t(f"review.section.{name}"), id=heading, className="section-title qbr-section-title"),
            *content,
            build_comment(name, review.comments) if name != "errors" else None,
        ],
        id=section_id(name),
        className="qbr-section",
        tabIndex="-1",
        **attributes(aria_labelledby=heading, data_qbr_section=name),
    )


def _row(*cells: tuple[Component, str]) -> Component:
    return html.Div([html.Div(cell, className=width) for cell, width in cells], className="row g-3")


def _card(name: str) -> Component:
    thinning = name in _OVER_TIME or (name in _BY_MONTH and not months_are_short())
    return build_card(IDS.card(name), t(f"review.chart.{name}"), thinning=thinning, over_values=name == "operators")


def _panel(title: str, content: Any) -> Component:
    return html.Div(
        [html.H3(title, className="sheet-title"), content], className="panel panel-flush sheet-panel qbr-panel"
    )


def _summary(review: Review) -> list[Component]:
    findings = [
        html.Li(_finding(each, review), className=f"qbr-finding qbr-{each.tone.value}") for each in told(review)
    ]
    compared = compared_with(review.period) if review.previous else t("review.nothing_before")
    return [
        build_tiles(review),
        html.P(compared, className="qbr-compared"),
        html.Ul(findings, className="qbr-findings") if findings else html.Div(),
    ]


def _finding(finding: Finding, review: Review) -> list[Component]:
    icon = build_icon(TONE_ICONS[finding.tone.value])
    word = html.Span(t(f"review.tone.{finding.tone.value}"), className="visually-hidden")
    return [icon, word, html.Span(finding_text(finding, review))]


def _traffic(review: Review) -> list[Component]:
    columns = [Column(t("review.column.month")), *_numbers("messages", "segments", "rate", "p95")]
    rows: list[list[Any]] = []
    for each in review.months:
        totals = each.numbers.totals
        name = month_name(each.month, review)
        rows.append(
            [
                name if each.complete else t("review.so_far", quarter=name),
                fmt.number(totals.messages),
                fmt.number(totals.segments),
                fmt.percent(totals.delivery_rate),
                fmt.duration(totals.latency_p95),
            ]
        )
    whole = review.numbers.totals
    rows.append(
        [
            t("review.whole"),
            fmt.number(whole.messages),
            fmt.number(whole.segments),
            fmt.percent(whole.delivery_rate),
            fmt.duration(whole.latency_p95),
        ]
    )
    sheet = build_sheet(t("review.months"), columns, rows, foot=True)
    return [_row((_card("volume"), "col-12 col-xl-5"), (_panel(t("review.months"), sheet), "col-12 col-xl-7"))]


def _delivery(review: Review) -> list[Component]:
    """The rate week by week; operators as bars of the quarter and, in the table, month by month."""
    months = [each.month for each in review.months]
    columns = [
        Column(t("chart.axis.operator")),
        *(Column(month_name(month, review, alone=True), True) for month in months),
        *_numbers("quarter", "before", "change"),
    ]
    rows = [
        [
            html.Bdi(operator_name(each.operator)),
            *(fmt.percent(rates.get(month)) for month in months),
            html.Strong(fmt.percent(each.delivery_rate)),
            fmt.percent(each.previous_delivery_rate),
            _change(each.delivery_rate, each.previous_delivery_rate),
        ]
        for each in review.operators
        for rates in [{of.month: of.delivery_rate for of in each.months}]
    ]
    sheet = build_sheet(t("review.operators"), columns, rows)
    return [
        _row((_card("rate"), "col-12")),
        _row((_card("operators"), "col-12 col-xl-5"), (_panel(t("review.operators"), sheet), "col-12 col-xl-7")),
    ]


def _change(now: float | None, before: float | None) -> Component | str:
    return build_change((now - before) * 100) if now is not None and before is not None else "–"


def _errors(review: Review) -> list[Component]:
    incidents = html.Ul(
        [html.Li([build_icon("exclamation-triangle"), html.Span(incident_text(each))]) for each in review.incidents],
        className="qbr-incidents",
    )
    none = html.P([build_icon("check-circle"), t("review.incidents.none")], className="qbr-calm")
    panel = _panel(t("review.incidents"), incidents if review.incidents else none)
    return [_row((_card("errors"), "col-12 col-xl-7"), (panel, "col-12 col-xl-5"))]


def _compliance(review: Review) -> list[Component]:
    queue = review.queue
    facts = [
        ("waiting", t("chart.messages", count=queue.waiting)),
        ("oldest", build_time(queue.oldest_waiting_since) if queue.oldest_waiting_since else "–"),
        ("median", fmt.duration(queue.median_wait)),
        ("longest", fmt.duration(queue.longest_wait)),
    ]
    columns = [Column(t("review.column.month")), *_numbers("entered", "released", "blocked")]
    rows: list[list[Any]] = [
        [month_name(each.month, review), *map(fmt.number, (each.entered, each.released, each.blocked))]
        for each in queue.months
    ]
    rows.append([t("review.whole"), *map(fmt.number, (queue.entered, queue.released, queue.blocked))])
    sheet = build_sheet(t("review.queue"), columns, rows, foot=True)
    return [
        _row(
            (_card("holds"), "col-12 col-xl-7"),
            (_panel(t("review.queue"), html.Div([sheet, _facts("queue", facts)])), "col-12 col-xl-5"),
        )
    ]


def _audience(review: Review) -> list[Component | None]:
    return [
        _row((_card("senders"), "col-12 col-xl-6"), (_card("destinations"), "col-12 col-xl-6")),
        _panel(t("review.countries"), _countries(review.countries)) if len(review.countries.items) > 1 else None,
    ]


def _countries(ranking: Ranking) -> Component:
    columns = [Column(t("review.column.country")), *_numbers("messages", "share", "rate", "spend")]
    rows: list[list[Any]] = [
        [
            fmt.country(each.key),
            fmt.number(each.messages),
            fmt.percent(each.share),
            fmt.percent(each.delivery_rate),
            fmt.money(each.spend),
        ]
        for each in ranking.items
    ]
    if ranking.others:
        rows.append([t("chart.other"), fmt.number(ranking.other_messages), "", "", ""])
    return build_sheet(t("review.countries"), columns, rows)


def _spend(review: Review) -> list[Component]:
    balance = review.balance
    moved = [(each.topups, each.usage, each.adjustments, each.sla_credits) for each in balance.movements]
    places = fmt.exact_digits([balance.start, balance.end, *(amount for amounts in moved for amount in amounts)])
    columns = [Column(t("review.column.month")), *_numbers("topups", "usage", "adjustments", "credits")]
    rows: list[list[Any]] = [
        [
            month_name(each.month, review),
            *(fmt.money(amount, digits=places) for amount in amounts),
        ]
        for each, amounts in zip(balance.movements, moved, strict=True)
    ]
    facts = [
        ("start", fmt.money(balance.start, digits=places)),
        ("end", fmt.money(balance.end, digits=places)),
        ("credits", _credits(review)),
    ]
    sheet = html.Div([build_sheet(t("review.balance"), columns, rows), _facts("balance", facts)])
    return [_row((_card("spend"), "col-12 col-xl-5"), (_panel(t("review.balance"), sheet), "col-12 col-xl-7"))]


def _credits(review: Review) -> Any:
    credits = review.sla_credits
    if not credits.count:
        return t("review.credits.none")
    listed = [
        html.Li([build_time(each.at), " ", fmt.money(each.amount), " ", html.Bdi(each.note)]) for each in credits.items
    ]
    total = t("review.credits.total", total=fmt.money(credits.total), count=credits.count)
    return [total, html.Ul(listed, className="qbr-credits")]


def _health(review: Review) -> list[Component]:
    health = review.health
    if health is None:
        return []
    of = t("review.health.of", day=fmt.date(health.day, "short"))
    said = [build_score(health.score, health.band), html.Span(of, className="health-note")]
    if health.change is not None and health.start_day is not None:
        since = t("review.health.since", day=fmt.date(health.start_day, "short"))
        said.append(html.Span([build_change(health.change), " ", since], className="health-note"))
    if health.driver is not None:
        said.append(html.Span(t("review.health.driver", input=input_name(health.driver)), className="health-note"))
    cards = [(_card("health_course"), "col-12 col-xl-7"), (_card("health_change"), "col-12 col-xl-5")]
    return [html.Div(said, className="panel health-head"), _row(*cards)]


def _numbers(*names: str) -> list[Column]:
    return [Column(t(f"review.column.{name}"), True) for name in names]


def _facts(kind: str, facts: Sequence[tuple[str, Any]]) -> Component:
    listed: list[Component] = []
    for name, value in facts:
        listed += [html.Dt(t(f"review.{kind}.{name}")), html.Dd(value)]
    return html.Dl(listed, className="facts qbr-facts")
