"""Exports of the message log: asked for on the log's page, followed, fetched and deleted on their own."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.dialogs import closing_outputs, dialog_outputs
from components.exports import DELETE_TYPE, PATH, ExportsIds, build_failure, build_list, seen_of
from components.exports_forms import ASK_FIELDS, EXPORT_FIELD, TEXT, build_ask_form, build_delete_form
from components.forms import field_id, form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.messages import MessagesIds
from components.toasts import ToastsIds, failure_toast, toast
from portal.context import actor, request_id, services
from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.exports import ExportPage, ExportStatus
from portal.domain.message_filter import MessageFilter
from portal.domain.params import Params
from portal.i18n import t

ASK, DELETE = ExportsIds.ASK_FORM, ExportsIds.DELETE_FORM
FOLLOWING = ((ExportsIds.LIST, "children"), (ExportsIds.SEEN, "data"), (ExportsIds.LIVE, "disabled"))


def register(app: Dash) -> None:
    """Connect the page, and the dialog on the log's page."""
    app.first_data("/exports", load_exports)
    app.callback(
        [Output(component_id, name) for component_id, name in FOLLOWING],
        Input(ExportsIds.LIVE, "n_intervals"),
        Input(ExportsIds.CHANGED, "data"),
        State(ExportsIds.SEEN, "data"),
        prevent_initial_call=True,
    )(follow_exports)
    app.callback(
        dialog_outputs(ExportsIds.ASK),
        Input(ExportsIds.NEW, "n_clicks"),
        State(MessagesIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(ask_for_export)
    app.callback(
        [*closing_outputs(ExportsIds.ASK), *form_outputs(ASK, ASK_FIELDS)],
        Input(submit_id(ASK), "n_clicks"),
        State(submit_id(ASK), "value"),
        State(MessagesIds.ADDRESS, "data"),
        *form_states(ASK, ASK_FIELDS),
        running=while_sending(ASK),
        prevent_initial_call=True,
    )(begin_export)
    app.callback(
        dialog_outputs(ExportsIds.DELETE),
        Input({"type": DELETE_TYPE, "export": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(ask_about_end)
    app.callback(
        [*closing_outputs(ExportsIds.DELETE), Output(ExportsIds.CHANGED, "data", allow_duplicate=True)],
        Input(submit_id(DELETE), "n_clicks"),
        State(field_id(DELETE, EXPORT_FIELD), "value"),
        running=while_sending(DELETE),
        prevent_initial_call=True,
    )(delete_export)


def load_exports(_params: Params) -> dict[tuple[Any, str], Any]:
    """First data: the list, and whether it is to be followed."""
    try:
        page = services().exports.list(actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return {(ExportsIds.LIST, "children"): build_failure(error, request_id())}
    return dict(zip(FOLLOWING, _shown(page), strict=True))


def _shown(page: ExportPage) -> list[Any]:
    return [build_list(page), seen_of(page), not page.unfinished]


def follow_exports(_ticks: int | None, _changed: str | None, seen: dict[str, str] | None) -> list[Any]:
    """The list as it is now, when it is not as it was. A failure leaves what is there, and the next tick asks again."""
    try:
        page = services().exports.list(actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        if ctx.triggered_id == ExportsIds.CHANGED:
            return [build_failure(error, request_id()), no_update, no_update]
        return [no_update] * 3
    if seen_of(page) == seen:
        return [no_update] * 3
    _tell_finished(page, seen if isinstance(seen, dict) else {})
    return _shown(page)


def _tell_finished(page: ExportPage, seen: dict[str, str]) -> None:
    for export in page.items:
        before = str(seen.get(export.export_id, "")).partition(":")[0]
        if before in (ExportStatus.QUEUED, ExportStatus.RUNNING) and not export.status.unfinished:
            ready = export.status is ExportStatus.READY
            set_props(
                ToastsIds.LATEST,
                toast(t("exports.finished")) if ready else toast(t("exports.not_written"), "failed"),
            )


def ask_for_export(clicks: int | None, search: str | None) -> Any:
    """Open the dialog about the filter in force."""
    return (True, build_ask_form(MessageFilter.from_search(search))) if clicks else (no_update, no_update)


def begin_export(
    clicks: int | None,
    idempotency_key: str,
    search: str | None,
    file_format: str | None,
    include_text: list[str] | None,
) -> list[Any]:
    """Have the file written; or say what is wrong. Where to find it is told in the corner."""
    if not clicks:
        return [no_update] * 5
    try:
        services().exports.ask(
            MessageFilter.from_search(search),
            file_format or "",
            include_text=TEXT in (include_text or ()),
            idempotency_key=idempotency_key,
            actor=actor(),
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, no_update, *problems(ASK_FIELDS, error, request_id())]
    set_props(ToastsIds.LATEST, toast(t("exports.begun"), href=PATH, link=t("exports.see")))
    return [False, None, *no_problems(ASK_FIELDS)]


def ask_about_end(clicks: list[int | None]) -> Any:
    """Open the question about the export whose button was used; drawing the list anew uses none."""
    if not any(clicks):
        return no_update, no_update
    try:
        return True, build_delete_form(services().exports.show(ctx.triggered_id["export"], actor=actor()))
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update, no_update


def delete_export(clicks: int | None, export_id: str | None) -> list[Any]:
    """Delete it; a failure is told in the corner, and the question stays."""
    if not clicks:
        return [no_update] * 3
    try:
        services().exports.delete(export_id or "", actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return [no_update] * 3
    set_props(ToastsIds.LATEST, toast(t("exports.deleted")))
    return [False, None, uuid4().hex]
