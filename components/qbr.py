"""A business review as it is presented to a customer: the page without data, with it, and in all other states."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.charts.card import Values, card_values
from components.charts.review import review_charts
from components.charts.spec import Categories, Chart, Kind, Scale
from components.controls import build_menu
from components.dialogs import build_dialog
from components.filters import period_text
from components.page import page_header
from components.portfolio import REVIEW_PATH
from components.qbr_comments import BASE, FORM, base_of, build_save
from components.qbr_reports import ReportIds, build_reports, seen_of
from components.qbr_sections import IDS, build_sections, section_id, shown_sections
from components.qbr_words import days_of, quarter_name, title_of, told_of
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.params import Params, as_uuid, one
from portal.domain.periods import Period
from portal.domain.qbr import Review
from portal.domain.qbr_reports import ReportPage
from portal.domain.quarters import Quarter
from portal.i18n import fmt, t

PATH: Final = REVIEW_PATH
#: Quarters to choose from, the running one included.
OFFERED: Final = 9
CHARTS: Final = ("volume", "rate", "operators", "errors", "holds", "senders", "destinations", "spend")
HEALTH_CHARTS: Final = ("health_course", "health_change")


class QbrIds(StrEnum):
    """``ADDRESS`` is a store: the query of the page as it was read, with the account's language."""

    HEAD = "qbr-head"
    BODY = "qbr-body"
    ADDRESS = "qbr-address"
    HEALTH_OPENED = "qbr-health-opened"
    HEALTH_KEPT = "qbr-health-kept"


def review_address(tenant_id: str, quarter: Quarter | None = None) -> str:
    """The review of an account; of the last whole quarter where none is named."""
    period = [("period", quarter.name)] if quarter else []
    return f"{PATH}?{urlencode([('tenantId', tenant_id), *period])}"


def read_period(params: Params, today: dt.date) -> Quarter | None:
    """The quarter that an address names, the last whole one where it names none; None for what is no quarter."""
    text = one(params, "period")
    return Quarter.read(text) if text else Quarter.of(today).before


def tenant_of(params: Params) -> str:
    return as_uuid(one(params, "tenantId")) or ""


def build_qbr() -> Component:
    """The page before its data."""
    return html.Div(
        [
            html.Div(page_header(t("review.title"), t("review.lead")), id=QbrIds.HEAD),
            html.Div([build_skeleton(4, className="panel") for _ in range(3)], id=QbrIds.BODY, className="qbr-body"),
            build_dialog(ReportIds.ASK, t("review.export.title")),
            dcc.Interval(id=ReportIds.LIVE, interval=1000, disabled=True),
            dcc.Store(id=ReportIds.SEEN),
            dcc.Store(id=ReportIds.CHANGED),
            dcc.Store(id=QbrIds.ADDRESS),
            dcc.Store(id=BASE),
        ],
        className="page qbr",
    )


def review_values(
    review: Review,
    reports: ReportPage | None,
    error: PortalError | None,
    today: dt.date,
    request_id: str = "",
) -> Values:
    """Everything the page shows of a quarter."""
    tenant, quarter = review.tenant, Quarter.read(review.period.name) or Quarter.of(review.period.start)
    address = [("tenantId", tenant.tenant_id), ("period", quarter.name), ("language", tenant.locale)]
    values: Values = {
        (QbrIds.ADDRESS, "data"): urlencode(address),
        (QbrIds.HEAD, "children"): _build_head(review, quarter, today),
    }
    if not review.has_traffic:
        body = build_empty(
            t("review.no_traffic.title", days=days_of(review.period)),
            t("review.no_traffic.advice"),
            icon="calendar3",
            actions=_ways_to_latest(tenant.tenant_id, today, but=quarter),
        )
        return values | {(QbrIds.BODY, "children"): html.Div(body, className="panel")}
    values |= {
        (QbrIds.BODY, "children"): _build_body(review, reports, error, request_id),
        (BASE, "data"): base_of(review.comments),
        (ReportIds.SEEN, "data"): seen_of(reports) if reports else None,
        (ReportIds.LIVE, "disabled"): not (reports and reports.unfinished),
    }
    charts = review_charts(review)
    for name in (*CHARTS, *(HEALTH_CHARTS if review.health else ())):
        chart = charts[name] or _nothing(t("chart.health_change.unknown"))
        advice = t("card.empty.good") if name == "errors" else t("review.chart.empty")
        values |= card_values(IDS.card(name), chart, advice=advice)
    return values


def problem_values(code: str, tenant_id: str, today: dt.date) -> Values:
    """The address names no quarter there could be a review of: ``invalid`` or ``future``."""
    head = page_header(t("review.title"), t("review.lead"), actions=[_build_picker(tenant_id, None, today)])
    ways = _ways_to_latest(tenant_id, today)
    title, advice = t(f"review.period.{code}.title"), t(f"review.period.{code}.advice")
    state = build_empty(title, advice, icon="calendar3", actions=ways)
    return {
        (QbrIds.HEAD, "children"): head,
        (QbrIds.BODY, "children"): html.Div(state, className="panel"),
    }


def failure_values(error: PortalError, tenant_id: str, quarter: Quarter, today: dt.date, request_id: str) -> Values:
    """The review could not be had. Of a quarter that has not begun where the account is, that is said."""
    if isinstance(error, InvalidInput):
        return problem_values("future" if error.codes.get("period") == "period_future" else "invalid", tenant_id, today)
    retry = html.A(t("state.retry"), href=review_address(tenant_id, quarter), className="btn btn-outline-secondary")
    head = page_header(t("review.title"), quarter_name(quarter), actions=[_build_picker(tenant_id, quarter, today)])
    state = build_error(error, retry=retry, request_id=request_id)
    return {(QbrIds.HEAD, "children"): head, (QbrIds.BODY, "children"): html.Div(state, className="panel")}


def _build_head(review: Review, quarter: Quarter, today: dt.date) -> Component:
    """The main finding as the title, above it whose quarter it is."""
    period, tenant = review.period, review.tenant
    whose = html.P(
        [
            html.Bdi(tenant.name, className="qbr-whose-name"),
            html.Span(told_of(period)),
            html.Span(days_of(period)),
        ],
        className="qbr-whose",
    )
    actions: list[Component] = [_build_picker(tenant.tenant_id, quarter, today)]
    if review.has_traffic:
        actions += [
            html.Button(
                [build_icon("play-circle"), html.Span(t("review.present"))],
                type="button",
                className="btn btn-outline-secondary",
                title=t("review.present.help"),
                **attributes(data_qbr_present=""),
            ),
            html.Button(
                [build_icon("file-earmark-pdf"), html.Span(t("review.export"))],
                id=ReportIds.NEW,
                type="button",
                className="btn btn-primary",
            ),
        ]
    return page_header(title_of(review) if review.has_traffic else t("review.title"), actions=actions, before=whose)


def _build_body(
    review: Review, reports: ReportPage | None, error: PortalError | None, request_id: str
) -> list[Component]:
    names = shown_sections(review)
    links = [
        html.A(t(f"review.section.{name}"), href=f"#{section_id(name)}", className="section-link") for name in names
    ]
    ways = html.Nav(links, className="section-links qbr-links", **attributes(aria_label=t("review.sections")))
    hidden: list[Component] = [html.Div(id=IDS.kept), dcc.Location(id=IDS.opened, refresh="callback-nav")]
    if review.health:
        hidden += [
            html.Div(id=QbrIds.HEALTH_KEPT),
            dcc.Location(id=QbrIds.HEALTH_OPENED, refresh="callback-nav"),
        ]
    sections = html.Form(
        [*build_sections(review), build_save(review.comments)],
        className="qbr-form",
        **attributes(data_form=FORM, data_qbr=t("review.comments.leave")),
    )
    return [ways, sections, _build_reports(reports, error, request_id), _build_presenter(), *hidden]


def _build_reports(reports: ReportPage | None, error: PortalError | None, request_id: str) -> Component:
    heading = "qbr-reports-heading"
    check = html.A(t("review.reports.verify"), href="/verify", className="sheet-link")
    return html.Section(
        [
            html.Div(
                [html.H2(t("review.reports"), className="sheet-title", id=heading), check], className="sheet-head"
            ),
            html.Div(build_reports(reports, error, request_id), id=ReportIds.LIST),
        ],
        className="panel panel-flush sheet-panel qbr-reports",
        **attributes(aria_labelledby=heading),
    )


def _build_presenter() -> Component:
    """What is there while presenting: where one is, the ways on and back, and the way out."""

    # Filled in by assets/js/present.js, with the reader's digits: sections without anything to say are left out then.
    place = t("review.presenter.place", place="{place}", count="{count}")

    def way(icon: str, name: str, **marks: str) -> Component:
        label = html.Span(t(f"review.presenter.{name}"), className="visually-hidden")
        return html.Button(
            [build_icon(icon), label],
            type="button",
            className="icon-button",
            **attributes(**marks),
        )

    return html.Div(
        [
            way("chevron-left", "back", data_qbr_step="-1"),
            html.Span(
                className="qbr-place",
                role="status",
                **attributes(data_qbr_place=place, data_digits=fmt.digits("0123456789")),
            ),
            way("chevron-right", "on", data_qbr_step="1"),
            way("x-lg", "leave", data_qbr_leave=""),
        ],
        className="qbr-presenter",
        role="toolbar",
        **attributes(aria_label=t("review.presenter")),
    )


def _build_picker(tenant_id: str, chosen: Quarter | None, today: dt.date) -> Component:
    """Quarters as links: the running one, those before it, and the chosen one wherever it lies."""
    running = Quarter.of(today)
    offered = [running]
    while len(offered) < OFFERED:
        offered.append(offered[-1].before)
    if chosen is not None and chosen not in offered:
        offered.append(chosen)
    links = [_build_choice(tenant_id, each, each == chosen, each == running) for each in offered]
    label = quarter_name(chosen) if chosen else t("review.choose")
    return build_menu([build_icon("calendar3"), html.Span(label)], [html.Div(links, className="menu-links")])


def _build_choice(tenant_id: str, quarter: Quarter, current: bool, running: bool) -> Component:
    name: list[Any] = [html.Span(quarter_name(quarter))]
    if running:
        name.append(html.Span(t("review.running"), className="tag"))
    days = html.Span(period_text(Period(quarter.first, quarter.last)), className="qbr-days")
    return html.A(
        [html.Span([*name, days], className="qbr-choice"), build_icon("check-lg") if current else None],
        href=review_address(tenant_id, quarter),
        className=f"menu-link{' active' if current else ''}",
        **(attributes(aria_current="true") if current else {}),
    )


def _ways_to_latest(tenant_id: str, today: dt.date, *, but: Quarter | None = None) -> list[Component]:
    """The last whole quarter and the running one, where most likely something is."""
    running = Quarter.of(today)
    return [_way_to(tenant_id, quarter) for quarter in (running.before, running) if quarter != but]


def _way_to(tenant_id: str, quarter: Quarter) -> Component:
    return html.A(quarter_name(quarter), href=review_address(tenant_id, quarter), className="btn btn-outline-secondary")


def _nothing(title: str) -> Chart:
    return Chart("none", Kind.BAR_HORIZONTAL, title, "", Categories("", (), ()), Scale("", 0.0, 1.0), ())
