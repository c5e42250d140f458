"""Exports of the message log: the list, which becomes cards on narrow screens. Dialogs: components/exports_forms.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.messages import PATH as LOG_PATH
from components.messages import build_time
from components.messages_filters import address_of, chip_texts, span_text
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.exports import Export, ExportPage, ExportStatus
from portal.domain.message_filter import MessageFilter
from portal.i18n import fmt, has, t
from portal.i18n.bidi import isolate


class ExportsIds(StrEnum):
    """``NEW``, ``ASK`` and ``ASK_FORM`` are on the log's page. ``SEEN`` is a store: how far each export was when the
    list was drawn; ``CHANGED`` one that is written whenever the list has to be asked for anew."""

    ACTIONS = "exports-actions"
    NEW = "exports-new"
    ASK = "exports-ask"
    ASK_FORM = "exports-ask-form"
    LIST = "exports-list"
    LIVE = "exports-live"
    SEEN = "exports-seen"
    CHANGED = "exports-changed"
    DELETE = "exports-delete"
    DELETE_FORM = "exports-delete-form"


PATH = "/exports"
LIVE_SECONDS = 2
DELETE_TYPE = "export-delete"
COLUMNS = ("what", "status", "created", "actions")
STATUS_ICONS = {
    ExportStatus.QUEUED: "hourglass-split",
    ExportStatus.RUNNING: "arrow-repeat",
    ExportStatus.READY: "check-circle",
    ExportStatus.FAILED: "x-circle",
    ExportStatus.EXPIRED: "stopwatch",
}


def delete_id(export_id: str) -> dict[str, str]:
    """The id of an export's own button."""
    return {"type": DELETE_TYPE, "export": export_id}


def build_new_button() -> Component:
    """For the log's page."""
    return html.Button(
        [build_icon("download"), html.Span(t("exports.new"))],
        id=ExportsIds.NEW,
        type="button",
        className="btn btn-outline-secondary",
    )


def seen_of(page: ExportPage) -> dict[str, str]:
    """What the list shows of each export, for the question whether it still does."""
    return {each.export_id: f"{each.status}:{each.rows_done}" for each in page.items}


def filter_words(wanted: MessageFilter) -> list[str]:
    """A filter in words, one entry for each thing asked for; never empty."""
    span = span_text(wanted)
    found = [*([span] if span else []), *(text for _, _, text in chip_texts(wanted))]
    return found or [t("exports.everything")]


def title_of(export: Export) -> str:
    """The filter as one line of text."""
    return t("exports.list_separator").join(isolate(word) for word in filter_words(export.wanted))


def build_list(page: ExportPage) -> Component:
    """All exports, newest first; an empty list says what to do next."""
    if not page.items:
        log = dcc.Link(t("exports.to_log"), href=LOG_PATH, className="btn btn-outline-secondary")
        return build_empty(t("exports.none.title"), t("exports.none.advice"), icon="download", actions=[log])
    heads = [html.Th(t(f"exports.column.{column}"), scope="col") for column in COLUMNS]
    return html.Table(
        [
            html.Caption(t("exports.caption"), className="visually-hidden"),
            html.Thead(html.Tr(heads)),
            html.Tbody([_build_row(each) for each in page.items]),
        ],
        className="log exports",
    )


def _build_row(export: Export) -> Component:
    cells: dict[str, Any] = {
        "what": _what(export),
        "status": _status(export),
        "created": [build_time(export.created_at), _note(html.Bdi(export.created_by)) if export.created_by else None],
        "actions": _actions(export),
    }
    return html.Tr(
        [
            html.Td(
                html.Div(cells[column]),
                className=f"cell-export-{column}",
                **attributes(data_label=t(f"exports.column.{column}")),
            )
            for column in COLUMNS
        ],
        key=export.export_id,
    )


def _what(export: Export) -> list[Any]:
    words = html.Ul([html.Li(word) for word in filter_words(export.wanted)], className="export-filter")
    content = t("exports.with_text") if export.include_text else t("exports.without_text")
    kind = [html.Span(t(f"exports.format.{export.file_format}"), className="tag"), html.Span(content)]
    shown = dcc.Link(t("exports.show_in_log"), href=address_of(export.wanted), className="export-log")
    return [words, html.Div([*kind, shown], className="export-kind")]


def _status(export: Export) -> list[Any]:
    badge = html.Span(
        [build_icon(STATUS_ICONS[export.status]), t(f"exports.status.{export.status}")],
        className=f"status export-{export.status}",
    )
    match export.status:
        case ExportStatus.RUNNING if export.rows_total:
            label = t("exports.progress", done=export.rows_done, total=export.rows_total)
            bar = html.Progress(
                value=str(export.rows_done),
                max=str(export.rows_total),
                className="rate-bar export-bar",
                **attributes(aria_label=label),
            )
            return [badge, bar, _note(label)]
        case ExportStatus.READY:
            size = file_size(export.size_bytes or 0)
            notes = [_note(t("exports.holds", count=export.rows_total or 0, size=size))]
            if export.as_of:
                notes.append(_note([html.Span(t("exports.as_of")), " ", build_time(export.as_of, seconds=True)]))
            if export.expires_at:
                notes.append(_note(t("exports.until", date=fmt.date(fmt.in_zone(export.expires_at), "short"))))
            return [badge, *notes]
        case ExportStatus.FAILED:
            key = f"exports.problem.{export.problem}"
            return [badge, _note(t(key) if has(key) else t("exports.problem.internal"))]
        case ExportStatus.EXPIRED:
            return [badge, _note(t("exports.removed"))]
        case _:
            return [badge]


def file_size(size: int) -> str:
    """A file's size in thousands or millions of bytes, as file managers count."""
    if size < 1_000_000:
        return t("exports.size.kb", value=fmt.number(max(1, round(size / 1000))))
    return t("exports.size.mb", value=fmt.number(round(size / 1_000_000, 1)))


def _note(content: Any) -> Component:
    return html.Div(content, className="export-note")


def _actions(export: Export) -> list[Any]:
    name = title_of(export)
    fetch = (
        html.A(
            [build_icon("download"), html.Span(t("exports.download"))],
            href=f"{PATH}/{export.export_id}/file",
            className="btn btn-primary btn-sm",
            **attributes(aria_label=t("exports.download.of", name=name)),
        )
        if export.status is ExportStatus.READY
        else None
    )
    act = "stop" if export.status.unfinished else "delete"
    remove = html.Button(
        [build_icon("x-lg" if act == "stop" else "trash"), html.Span(t(f"exports.{act}"))],
        id=delete_id(export.export_id),
        type="button",
        className="btn btn-outline-secondary btn-sm",
        **attributes(aria_label=t(f"exports.{act}.of", name=name)),
    )
    return [fetch, remove]


def build_failure(error: PortalError, request_id: str = "") -> Component:
    retry = html.A(t("state.retry"), href=PATH, className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_waiting() -> Component:
    return html.Div(
        [build_skeleton(8), html.Span(t("state.loading"), className="visually-hidden", role="status")],
        className="log-waiting",
    )
