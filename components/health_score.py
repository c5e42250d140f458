"""One account's score taken apart: what takes from it, what moved it, what was counted, and where to look further."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.charts.card import Values, build_card, card_values
from components.charts.spec import Categories, Chart, Kind
from components.charts.waterfall import change_chart, course_chart, input_name, score_chart, score_scale
from components.filters import period_text
from components.health import build_change, build_score, input_value, signed
from components.health_runs import RunIds, build_run_parts
from components.health_weights import version_address
from components.page import page_header
from components.portfolio import HEALTH_PATH, PATH, REVIEW_PATH, tenant_address, tickets_address
from components.sheets import Column, build_sheet
from components.states import build_error, build_icon, build_skeleton
from components.traffic import PageIds
from portal.domain.errors import PortalError
from portal.domain.health import Band, Health, HealthInput, TenantHealth
from portal.domain.periods import Period
from portal.i18n import fmt, t

IDS: Final = PageIds("health")
RUN: Final = RunIds("health")
CHARTS: Final = ("health", "health_change", "health_course")


class HealthIds(StrEnum):
    HEAD = "health-head"
    ACTIONS = "health-actions"
    INPUTS = "health-inputs"
    COUNTED = "health-counted"
    ADDRESS = "health-address"


def build_health(tenant_id: str) -> Component:
    """The page of an account without its data; everything has its final size."""
    back = html.A([build_icon("arrow-left"), t("health.back")], href=PATH, className="back-link")
    widths = ("col-12 col-xl-7", "col-12 col-xl-5", "col-12")
    cards = [
        html.Div(
            build_card(IDS.card(name), t(f"chart.{name}.question"), thinning=name == "health_course"), className=width
        )
        for name, width in zip(CHARTS, widths, strict=True)
    ]
    return html.Div(
        [
            page_header(
                t("health.title"),
                t("health.lead"),
                actions=[build_run_parts(RUN, t("run.one")), html.Div(id=HealthIds.ACTIONS)],
                before=back,
            ),
            html.Div(build_skeleton(2), id=HealthIds.HEAD, className="panel health-head"),
            html.Div(cards[:2], className="row g-3"),
            _panel("health.inputs", HealthIds.INPUTS),
            html.Div(cards[2:], className="row g-3"),
            _panel("health.counted", HealthIds.COUNTED),
            html.Div(id=IDS.kept),
            dcc.Store(id=HealthIds.ADDRESS, data=f"?tenantId={tenant_id}"),
            dcc.Location(id=IDS.opened, refresh="callback-nav"),
        ],
        className="page vstack gap-3",
    )


def _panel(key: str, component_id: str) -> Component:
    heading = f"{component_id}-heading"
    return html.Section(
        [
            html.H2(t(f"{key}.title"), className="sheet-title", id=heading),
            html.Div(build_skeleton(5, className="sheet-waiting"), id=component_id),
        ],
        className="panel panel-flush",
        **{"aria-labelledby": heading},
    )


def health_values(found: TenantHealth) -> Values:
    """Everything the page shows of an account."""
    health = found.health
    advice = t("health.none.advice") if health is None else t("health.unknown.advice")
    scored = health is not None and health.score is not None
    week = health.since_last_week if health else None
    charts = {
        "health": score_chart(health) if health and scored else _nothing(t("health.none.title")),
        "health_change": change_chart(week, health.score or 0.0)
        if health and week and scored
        else _nothing(t("chart.health_change.unknown")),
        "health_course": course_chart(found),
    }
    values: Values = {
        (HealthIds.HEAD, "children"): _build_head(found),
        (HealthIds.ACTIONS, "children"): _build_ways(found.tenant_id),
        (HealthIds.INPUTS, "children"): _build_inputs(health, found.tenant_id)
        if health
        else html.P(advice, className="sheet-waiting"),
        (HealthIds.COUNTED, "children"): _build_counted(health)
        if health
        else html.P(advice, className="sheet-waiting"),
    }
    for name, chart in charts.items():
        said = t("chart.health_change.unknown.advice") if name == "health_change" and scored else advice
        values |= card_values(IDS.card(name), chart, advice=said)
    return values


def health_failure(error: PortalError, tenant_id: str, request_id: str = "") -> Values:
    """The score could not be had; the link asks again."""
    retry = html.A(t("state.retry"), href=tenant_address(HEALTH_PATH, tenant_id), className="btn btn-outline-secondary")
    values: Values = {
        (HealthIds.HEAD, "children"): build_error(error, retry=retry, request_id=request_id),
        (HealthIds.ACTIONS, "children"): None,
        (HealthIds.INPUTS, "children"): build_error(error),
        (HealthIds.COUNTED, "children"): build_error(error),
    }
    for name in CHARTS:
        values |= card_values(IDS.card(name), None, error, retry=retry)
    return values


def _nothing(title: str) -> Chart:
    return Chart("none", Kind.BAR_HORIZONTAL, title, "", Categories("", (), ()), score_scale(), ())


def _build_ways(tenant_id: str) -> Component:
    ways = (("speedometer2", "health.dashboard", "/dashboard"), ("journal-text", "review.nav", REVIEW_PATH))
    return html.Div(
        [
            html.A(
                [build_icon(icon), t(key)], href=tenant_address(path, tenant_id), className="btn btn-outline-secondary"
            )
            for icon, key, path in ways
        ],
        className="page-actions",
    )


def _build_head(found: TenantHealth) -> list[Component]:
    """Whose score it is, the score, of which days and by which weights, and what is not known."""
    health = found.health
    name = html.Div(html.Bdi(found.name), className="health-name")
    if health is None:
        return [name, build_score(None, Band.UNKNOWN), html.P(t("health.none.advice"), className="health-note")]
    of = t("health.of", period=period_text(Period(health.start, health.day)))
    notes = [html.P(of, className="health-note")]
    made = t("health.weights", version=fmt.number(health.weights_version), moment=fmt.datetime(health.computed_at))
    how = html.A(made, href=version_address(health.weights_version), className="sheet-link")
    notes.append(html.P(how, className="health-note"))
    if health.missing:
        names = _joined([input_name(part.name) for part in health.missing])
        said = t("health.missing", inputs=names, known=fmt.number(health.known_weight))
        notes.append(html.P([build_icon("info-circle"), said], className="health-note health-missing"))
    return [html.Div([name, build_score(health.score, health.band)], className="health-who"), *notes]


def _joined(parts: list[str]) -> str:
    joined = parts[-1]
    for part in reversed(parts[:-1]):
        joined = t("chart.list", first=part, rest=joined)
    return joined


def _build_inputs(health: Health, tenant_id: str) -> Component:
    """The inputs as numbers: the same as in the pictures, with the page that shows why."""
    week = {part.name: part for part in health.since_last_week.parts} if health.since_last_week else {}
    names = (("input", False), ("value", True), ("points", True), ("weight", True), ("effect", True), ("week", True))
    columns = [*(Column(t(f"health.column.{name}"), number) for name, number in names), Column(t("health.column.why"))]
    rows: list[list[Any]] = [
        [
            input_name(part.name),
            input_value(part.name, part.value),
            "–" if part.points is None else fmt.number(part.points, 1),
            fmt.number(part.weight) if part.known else t("health.weight.shared", weight=fmt.number(part.weight)),
            signed(part.effect) if part.known else "–",
            build_change(week[part.name].change) if part.name in week else "–",
            _build_why(part.name, health, tenant_id),
        ]
        for part in health.parts
    ]
    notes = [t("health.weights_changed")] if health.since_last_week and health.since_last_week.weights_changed else []
    return html.Div(
        [
            build_sheet(t("health.inputs.title"), columns, rows),
            *(html.P([build_icon("info-circle"), note], className="health-note health-foot") for note in notes),
        ]
    )


def _build_why(name: HealthInput, health: Health, tenant_id: str) -> Component | str:
    """A link to the page that shows what was counted, for its days; nothing where there is none."""
    first, last = health.start.isoformat(), health.day.isoformat()
    tenant = ("tenantId", tenant_id)
    ways = {
        HealthInput.DELIVERY: ("/analytics", [("from", first), ("to", last)]),
        HealthInput.HOLDS: (
            "/messages",
            [("startDate", first), ("endDate", last), ("status", "held"), ("status", "blocked")],
        ),
        HealthInput.PAYMENTS: ("/billing/invoices", []),
    }
    if name is HealthInput.NPS and health.answers:
        return html.A(t("health.why.nps"), href="#health-answers", className="sheet-link")
    if name is HealthInput.TICKETS and health.basis.tickets is not None:
        return html.A(t("health.why.tickets"), href=tickets_address(tenant_id), className="sheet-link")
    if name not in ways:
        return ""
    path, more = ways[name]
    return html.A(t(f"health.why.{name}"), href=f"{path}?{urlencode([*more, tenant])}", className="sheet-link")


def _build_counted(health: Health) -> Component:
    """What the inputs were made of, in whole numbers, and what people of the account said."""
    basis = health.basis
    facts = [
        ("messages", t("chart.messages", count=basis.messages)),
        ("delivered", t("health.fact.of", part=fmt.number(basis.delivered), whole=fmt.number(basis.rated))),
        ("withheld", t("chart.messages", count=basis.withheld)),
        ("invoices", fmt.number(basis.invoices)),
        ("tickets", _tickets(basis.tickets, basis.open_tickets)),
        ("answers", t("health.fact.answered", count=basis.answers, yes=basis.promoters, no=basis.detractors)),
        ("spend", _spend(health)),
    ]
    listed: list[Component] = []
    for name, value in facts:
        listed += [html.Dt(t(f"health.fact.{name}")), html.Dd(value)]
    answers = [
        html.Li(
            [
                html.Span(t("health.answer", score=fmt.number(answer.score)), className="answer-score"),
                html.Time(fmt.date(fmt.in_zone(answer.at), "short"), dateTime=answer.at.isoformat()),
                html.P(answer.comment, dir="auto", className="answer-comment") if answer.comment else None,
            ],
            className="answer",
        )
        for answer in health.answers
    ]
    said = [html.H3(t("health.answers.title"), id="health-answers", className="answers-title")]
    return html.Div(
        [html.Dl(listed, className="facts"), *([*said, html.Ul(answers, className="answers")] if answers else [])],
        className="health-counted",
    )


def _tickets(opened: int | None, still: int | None) -> str:
    if opened is None:
        return t("health.value.unknown")
    return t("health.fact.opened", count=opened, open=0 if still is None else still)


def _spend(health: Health) -> str:
    spend = fmt.money(health.spend)
    if health.spend_change is None:
        return spend
    return t("chart.list", first=spend, rest=t("health.fact.trend", change=fmt.signed_percent(health.spend_change, 0)))
