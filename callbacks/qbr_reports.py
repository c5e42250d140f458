"""Reports of business reviews: asked for, followed, found again, fetched."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from dash import ALL, Dash, Input, Output, State, ctx, no_update, set_props

from components.dialogs import closing_outputs, dialog_outputs
from components.filters import today
from components.forms import form_outputs, form_states, no_problems, problems, submit_id, while_sending
from components.qbr import QbrIds, read_period, tenant_of
from components.qbr_reports import (
    AGAIN_TYPE,
    ASK_FIELDS,
    ReportIds,
    build_ask_form,
    build_reports,
    file_address,
    seen_of,
    title_of,
)
from components.toasts import ToastsIds, failure_toast, toast
from portal.context import actor, request_id, services
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.params import from_search, one
from portal.domain.permissions import Act, require
from portal.domain.qbr_reports import ReportPage, ReportStatus
from portal.domain.quarters import Quarter
from portal.i18n import t

ASK = ReportIds.ASK_FORM
FOLLOWING = ((ReportIds.LIST, "children"), (ReportIds.SEEN, "data"), (ReportIds.LIVE, "disabled"))


def register(app: Dash) -> None:
    """Connect the dialog and the list."""
    app.callback(
        [Output(component_id, name) for component_id, name in FOLLOWING],
        Input(ReportIds.LIVE, "n_intervals"),
        Input(ReportIds.CHANGED, "data"),
        State(QbrIds.ADDRESS, "data"),
        State(ReportIds.SEEN, "data"),
        prevent_initial_call=True,
    )(follow_reports)
    app.callback(
        dialog_outputs(ReportIds.ASK),
        Input(ReportIds.NEW, "n_clicks"),
        State(QbrIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(ask_for_report)
    app.callback(
        [
            *closing_outputs(ReportIds.ASK),
            Output(ReportIds.CHANGED, "data", allow_duplicate=True),
            *form_outputs(ASK, ASK_FIELDS),
        ],
        Input(submit_id(ASK), "n_clicks"),
        State(submit_id(ASK), "value"),
        State(QbrIds.ADDRESS, "data"),
        *form_states(ASK, ASK_FIELDS),
        running=while_sending(ASK),
        prevent_initial_call=True,
    )(begin_report)
    app.callback(
        Output(ReportIds.CHANGED, "data", allow_duplicate=True),
        Input({"type": AGAIN_TYPE, "again": ALL}, "n_clicks"),
        State(QbrIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(make_again)


def follow_reports(_ticks: int | None, _changed: str | None, address: str | None, seen: object) -> list[Any]:
    """The list as it is now, when it is not as it was. A failure leaves what is there, and the next tick asks again."""
    try:
        page = services().qbr.list_reports(tenant_of(from_search(address)), actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        if ctx.triggered_id == ReportIds.CHANGED:
            return [build_reports(None, error, request_id()), no_update, no_update]
        return [no_update] * 3
    if seen_of(page) == seen:
        return [no_update, no_update, not page.unfinished]
    _tell_finished(page, seen if isinstance(seen, dict) else {})
    return [build_reports(page), seen_of(page), not page.unfinished]


def _tell_finished(page: ReportPage, seen: dict[str, str]) -> None:
    for report in page.items:
        before = str(seen.get(report.job_id, "")).partition(":")[0]
        if before in (ReportStatus.QUEUED, ReportStatus.RUNNING) and not report.status.unfinished:
            name = title_of(report)
            if report.status is ReportStatus.READY:
                ready, link = t("review.reports.ready", name=name), t("review.reports.open")
                told = toast(ready, href=file_address(report), link=link)
            else:
                told = toast(t("review.reports.not_written", name=name), "failed")
            set_props(ToastsIds.LATEST, told)


def ask_for_report(clicks: int | None, address: str | None) -> Any:
    """Open the dialog; the account's language is chosen."""
    if not clicks:
        return no_update, no_update
    return True, build_ask_form(one(from_search(address), "language"))


def begin_report(clicks: int | None, idempotency_key: str, address: str | None, language: str | None) -> list[Any]:
    """Have the report written; or say what is wrong. Where it will be found is told in the corner."""
    if not clicks:
        return [no_update] * 5
    require(actor(), Act.PRESENT_REVIEWS)
    params = from_search(address)
    quarter = read_period(params, today())
    try:
        if quarter is None:
            raise NotFound("review")
        services().qbr.export(
            tenant_of(params), quarter, language or "", idempotency_key=idempotency_key, actor=actor()
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return [no_update, no_update, no_update, *problems(ASK_FIELDS, error, request_id())]
    told = toast(t("review.reports.begun"), href=f"#{ReportIds.LIST}", link=t("review.reports.see"))
    set_props(ToastsIds.LATEST, told)
    return [False, None, uuid4().hex, *no_problems(ASK_FIELDS)]


def make_again(clicks: list[int | None], address: str | None) -> Any:
    """The same report once more, after it failed or was removed."""
    if not any(clicks):
        return no_update
    require(actor(), Act.PRESENT_REVIEWS)
    name, _, language = str(ctx.triggered_id["again"]).partition("/")
    quarter = Quarter.read(name)
    try:
        if quarter is None:
            raise NotFound("review")
        services().qbr.export(
            tenant_of(from_search(address)), quarter, language, idempotency_key=uuid4().hex, actor=actor()
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        set_props(ToastsIds.LATEST, failure_toast(error, request_id()))
        return no_update
    set_props(ToastsIds.LATEST, toast(t("review.reports.begun")))
    return uuid4().hex
