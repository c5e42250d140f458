"""Reports of business reviews: the dialog that asks for one, and the list of those there are, with how far each is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.attributes import attributes
from components.dialogs import build_cancel
from components.exports import file_size
from components.forms import build_choices, build_form, field_id
from components.messages import build_time
from components.qbr_words import name_of
from components.states import build_empty, build_error, build_icon
from portal.domain.errors import PortalError
from portal.domain.qbr_reports import Report, ReportPage, ReportStatus
from portal.i18n import DEFAULT_TAG, SUPPORTED, fmt, for_tag, has, offered, t
from portal.i18n.bidi import isolate


class ReportIds(StrEnum):
    """``SEEN`` is a store: how far each report was when the list was drawn; ``CHANGED`` one that is written whenever
    the list has to be asked for anew."""

    NEW = "qbr-export"
    ASK = "qbr-ask"
    ASK_FORM = "qbr-ask-form"
    LIST = "qbr-reports"
    LIVE = "qbr-live"
    SEEN = "qbr-seen"
    CHANGED = "qbr-changed"


LIVE_SECONDS: Final = 1
AGAIN_TYPE: Final = "qbr-again"
ASK_FIELDS: Final = ("language",)
COLUMNS: Final = ("report", "status", "created", "actions")
STATUS_ICONS: Final = {
    ReportStatus.QUEUED: "hourglass-split",
    ReportStatus.RUNNING: "arrow-repeat",
    ReportStatus.READY: "check-circle",
    ReportStatus.FAILED: "x-circle",
    ReportStatus.EXPIRED: "stopwatch",
}


def again_id(report: Report) -> dict[str, str]:
    """The id of the button that asks for the same once more."""
    return {"type": AGAIN_TYPE, "again": f"{report.period}/{report.language}"}


def file_address(report: Report) -> str:
    """The portal's own way to the file (portal/web/downloads.py)."""
    return f"/qbr/reports/{report.job_id}/pdf?{urlencode({'tenantId': report.tenant_id})}"


def seen_of(page: ReportPage) -> dict[str, str]:
    """What the list shows of each report, for the question whether it still does."""
    return {each.job_id: f"{each.status}:{each.progress}" for each in page.items}


def title_of(report: Report) -> str:
    """Its quarter and its language."""
    known = for_tag(report.language)
    return t("chart.list", first=name_of(report.period), rest=isolate(known.name if known else report.language))


def build_ask_form(language: str) -> Component:
    """In which language; the account's own where nothing else is chosen."""
    chosen = language if language in SUPPORTED else DEFAULT_TAG
    options = [
        {
            "value": tag,
            "label": t("review.export.of_account", language=isolate(each.name)) if tag == chosen else each.name,
        }
        for tag, each in offered().items()
    ]
    choices = dbc.RadioItems(id=field_id(ReportIds.ASK_FORM, "language"), options=options, value=chosen)
    unsaved = [build_icon("exclamation-triangle"), html.Span(t("review.export.unsaved"))]
    return build_form(
        ReportIds.ASK_FORM,
        [
            build_choices(ReportIds.ASK_FORM, "language", t("review.export.language"), choices),
            html.P(unsaved, className="qbr-unsaved-warning"),
            html.P(t("review.export.later"), className="form-field-help"),
        ],
        t("review.export.submit"),
        cancel=build_cancel(ReportIds.ASK),
    )


def build_reports(page: ReportPage | None, error: PortalError | None = None, request_id: str = "") -> Component:
    """The list, newest first; that there is none yet; or why it could not be had."""
    if page is None:
        return build_error(error or PortalError(), request_id=request_id)
    if not page.items:
        return build_empty(t("review.reports.none.title"), t("review.reports.none.advice"), icon="file-earmark-pdf")
    heads = [html.Th(t(f"review.reports.column.{column}"), scope="col") for column in COLUMNS]
    return html.Table(
        [
            html.Caption(t("review.reports.caption"), className="visually-hidden"),
            html.Thead(html.Tr(heads)),
            html.Tbody([_build_row(each) for each in page.items]),
        ],
        className="log exports",
    )


def _build_row(report: Report) -> Component:
    cells: dict[str, Any] = {
        "report": _what(report),
        "status": _status(report),
        "created": [build_time(report.created_at), _note(html.Bdi(report.created_by)) if report.created_by else None],
        "actions": _actions(report),
    }
    return html.Tr(
        [
            html.Td(
                html.Div(cells[column]),
                className=f"cell-export-{column}",
                **attributes(data_label=t(f"review.reports.column.{column}")),
            )
            for column in COLUMNS
        ],
        key=report.job_id,
    )


def _what(report: Report) -> list[Any]:
    known = for_tag(report.language)
    marks = {"lang": known.tag, "dir": known.dir} if known else {}
    name = html.Span(known.name if known else report.language, **marks)
    so_far = None if report.complete is not False else html.Span(t("review.reports.so_far"), className="tag")
    return [html.Strong(name_of(report.period)), so_far, html.Div(name, className="export-note")]


def _status(report: Report) -> list[Any]:
    label = t(f"exports.status.{report.status}")
    badge = html.Span(
        [build_icon(STATUS_ICONS[report.status]), label], className=f"status export-{report.status.value}"
    )
    if report.status.unfinished:
        bar = html.Progress(
            value=str(report.progress),
            max="100",
            className="rate-bar export-bar",
            **attributes(aria_label=t("review.reports.progress", name=title_of(report))),
        )
        return [badge, bar, _note(fmt.percent(report.progress / 100, 0))]
    if report.status is ReportStatus.READY:
        notes = [_note(file_size(report.size_bytes or 0))]
        if report.expires_at:
            notes.append(_note(t("exports.until", date=fmt.date(fmt.in_zone(report.expires_at), "short"))))
        if report.glyphs_replaced:
            notes.append(_glyphs(report.glyphs_replaced))
        return [badge, *notes]
    if report.status is ReportStatus.FAILED:
        key = f"review.problem.{report.problem}"
        return [badge, _note(t(key) if has(key) else t("review.problem.internal"))]
    return [badge, _note(t("review.reports.removed"))]


def _glyphs(replaced: tuple[str, ...]) -> Component:
    """Characters that the report's fonts do not have, quietly: who wants to know opens it."""
    return html.Details(
        [
            html.Summary(t("review.reports.glyphs", count=len(replaced))),
            html.Ul([html.Li(html.Code(each, dir="ltr")) for each in replaced]),
        ],
        className="export-note qbr-glyphs",
    )


def _note(content: Any) -> Component:
    return html.Div(content, className="export-note")


def _actions(report: Report) -> list[Any]:
    name = title_of(report)
    if report.status is ReportStatus.READY:
        return [
            html.A(
                [build_icon("box-arrow-up-right"), html.Span(t("review.reports.open"))],
                href=file_address(report),
                target="_blank",
                rel="noopener",
                className="btn btn-primary btn-sm",
                **attributes(aria_label=t("review.reports.open.of", name=name)),
            )
        ]
    if report.status.unfinished:
        return []
    return [
        html.Button(
            [build_icon("arrow-repeat"), html.Span(t("review.reports.again"))],
            id=again_id(report),
            type="button",
            className="btn btn-outline-secondary btn-sm",
            **attributes(aria_label=t("review.reports.again.of", name=name)),
        )
    ]
