"""The message log and a single message: first data, filters, "Load more"."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.development.base_component import Component

from components.date_range import range_states, read_range
from components.exports import ExportsIds, build_new_button
from components.message_detail import MessageDetailIds, build_detail, build_detail_failure
from components.messages import MessagesIds, build_failure, build_foot, build_log, build_rows
from components.messages_filters import RANGE, option_values, shown_values
from portal.context import actor, request_id, services
from portal.domain import clock
from portal.domain.errors import NotFound, PortalError, Unauthenticated
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import SOON, MessageDetail
from portal.domain.params import Params, as_integer, as_uuid, from_search, one
from portal.domain.permissions import Act, may
from portal.i18n import has, locale
from portal.shell.parts import kept

FOLLOWING = (
    MessagesIds.SPAN,
    MessagesIds.SPANS,
    MessagesIds.DATES,
    MessagesIds.SHOWN,
    MessagesIds.RESULT,
)

SHOWN = (
    (MessageDetailIds.CONTENT, "children"),
    (MessageDetailIds.SEEN, "data"),
    (MessageDetailIds.WATCH, "interval"),
    (MessageDetailIds.WATCH, "disabled"),
)


def register(app: Dash) -> None:
    """Connect the log and the detail page."""
    app.first_data("/messages", load_log)
    app.first_data("/messages/<message_id>", load_message)
    app.callback(
        [Output(component_id, name) for component_id, name in SHOWN],
        Input(MessageDetailIds.WATCH, "n_intervals"),
        State(MessageDetailIds.NAME, "data"),
        State(MessageDetailIds.SEEN, "data"),
        prevent_initial_call=True,
    )(follow_message)
    app.callback(
        Output(MessagesIds.ADDRESS, "data"),
        Input(MessagesIds.SEARCH, "value"),
        Input(MessagesIds.RECIPIENT, "value"),
        Input(MessagesIds.STATUSES, "value"),
        Input(MessagesIds.OPERATORS, "value"),
        Input(MessagesIds.SENDERS, "value"),
        Input(MessagesIds.APPLY, "n_clicks"),
        *range_states(RANGE),
        State(MessagesIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(follow_controls)
    app.callback(
        [Output(component_id, "children") for component_id in FOLLOWING],
        Input(MessagesIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(show_address)
    app.callback(
        Output(MessagesIds.RESULT, "children", allow_duplicate=True),
        Input(MessagesIds.REFRESH, "n_clicks"),
        State(MessagesIds.ADDRESS, "data"),
        running=[(Output(MessagesIds.REFRESH, "disabled"), True, False)],
        prevent_initial_call=True,
    )(refresh)
    app.clientside_callback(
        ClientsideFunction("portal", "writeAddress"),
        Output(MessagesIds.SHOWN, "data-written"),
        Input(MessagesIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(MessagesIds.PAGE, "data"),
        Output(MessagesIds.FOOT, "children"),
        Input(MessagesIds.MORE, "n_clicks"),
        State(MessagesIds.MORE, "value"),
        State(MessagesIds.MORE, "name"),
        State(MessagesIds.ADDRESS, "data"),
        prevent_initial_call=True,
    )(append_rows)
    app.clientside_callback(
        ClientsideFunction("portal", "appendRows"),
        Output(MessagesIds.LATER, "data-appended"),
        Input(MessagesIds.PAGE, "data"),
        prevent_initial_call=True,
    )


def load_log(params: Params) -> dict[tuple[Any, str], Any]:
    """First data of the log."""
    wanted = MessageFilter.from_params(params)
    view = services().messages.open_log(wanted, actor=actor())
    page, error = view.page.value, view.page.error
    result = (
        build_log(page, wanted, kept)
        if page is not None
        else build_failure(error or PortalError(), wanted, request_id())
    )
    export = build_new_button() if may(actor(), Act.EXPORT_MESSAGES) else None
    return {
        (MessagesIds.RESULT, "children"): result,
        (ExportsIds.ACTIONS, "children"): export,
        **option_values(wanted, view.options),
    }


def show_address(search: str | None) -> list[Any]:
    """The rows of another address, and what the bar says of it."""
    wanted = MessageFilter.from_search(search)
    values = {**shown_values(wanted), (MessagesIds.RESULT, "children"): _newest(wanted)}
    return [values[component_id, "children"] for component_id in FOLLOWING]


def refresh(clicks: int | None, search: str | None) -> Any:
    """The newest rows of the same address."""
    return _newest(MessageFilter.from_search(search)) if clicks else no_update


def _newest(wanted: MessageFilter) -> Component:
    try:
        return build_log(services().messages.list_page(wanted, actor=actor()), wanted, kept)
    except Unauthenticated:
        raise
    except PortalError as error:
        return build_failure(error, wanted, request_id())


def load_message(params: Params) -> dict[tuple[Any, str], Any]:
    """First data of one message. NotFound passes through: the page is then a 404."""
    message_id, tenant_id = one(params, "message_id"), as_uuid(one(params, "tenantId"))
    try:
        detail = services().messages.show(message_id, tenant_id, actor=actor())
    except (NotFound, Unauthenticated):
        raise
    except PortalError as error:
        return {(MessageDetailIds.CONTENT, "children"): build_detail_failure(error, message_id, request_id())}
    return dict(zip(SHOWN, [_detail(detail, tenant_id), detail.version, *_pace(detail)], strict=True))


def follow_message(_ticks: int | None, name: str | None, seen: str | None) -> list[Any]:
    """The message as it is now, when it is not as it was. A failure leaves what is there; the next tick asks again."""
    named = from_search(name)
    tenant_id = as_uuid(one(named, "tenantId"))
    try:
        detail = services().messages.show(one(named, "messageId"), tenant_id, actor=actor())
    except Unauthenticated:
        raise
    except PortalError:
        return [no_update] * len(SHOWN)
    if detail.version == seen:
        # Nothing new: what is being read or has the keyboard stays.
        return [no_update, no_update, *_pace(detail)]
    return [_detail(detail, tenant_id), detail.version, *_pace(detail)]


def _detail(detail: MessageDetail, tenant_id: str | None) -> Component:
    code, words = detail.message.error_code, None
    if code and not has(f"error_code.{code}.title"):
        words = services().messages.explain_error(code, locale().tag, actor=actor())
    return build_detail(detail, words, tenant_id=tenant_id, opens_webhooks=may(actor(), Act.SEE_WEBHOOKS))


def _pace(detail: MessageDetail) -> list[Any]:
    """When to ask again, in milliseconds, and whether not to."""
    seconds = detail.look_again_after(clock.now())
    return [(seconds or SOON) * 1000, seconds is None]


def follow_controls(
    text: str | None,
    recipient: str | None,
    statuses: list[str] | None,
    operators: list[str] | None,
    senders: list[str] | None,
    presses: int | None,
    start: str | None,
    end: str | None,
    search: str | None,
) -> Any:
    """Write what the controls say into the address; everything else in it stays."""
    before = MessageFilter.from_search(search)
    after = before.choosing(
        text=text or "",
        recipient=recipient or "",
        statuses=statuses or (),
        operators=operators or (),
        senders=senders or (),
    )
    if presses and ctx.triggered_id == MessagesIds.APPLY:
        period = read_range(start, end)
        after = after.between(period.start, period.end) if period else after
    query = after.to_query_string()
    return no_update if query == before.to_query_string() else query


def append_rows(clicks: int | None, cursor: str | None, shown: str | None, search: str | None) -> Any:
    """The next page, for the script that puts it below the rows already there; those stay whatever happens."""
    if not clicks or not cursor:
        return no_update, no_update
    wanted, before = MessageFilter.from_search(search), as_integer(shown, 0) or 0
    try:
        page = services().messages.list_page(wanted, cursor=cursor, actor=actor())
    except Unauthenticated:
        raise
    except PortalError as error:
        return no_update, build_foot(cursor, before, error)
    return build_rows(page, wanted, kept), build_foot(page.next_cursor, before + len(page.items))
