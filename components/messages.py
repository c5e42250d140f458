"""The message log: its rows, which become cards on narrow screens, and what stands around them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import uuid4

from dash import dcc, html
from dash.development.base_component import Component

from components.attributes import attributes
from components.filters import operator_name
from components.frame import Keep, build_anew
from components.states import build_empty, build_error, build_icon, build_skeleton
from portal.domain.errors import PortalError
from portal.domain.message_filter import MessageFilter
from portal.domain.messages import Message, MessagePage
from portal.domain.params import to_search
from portal.domain.statuses import MessageStatus
from portal.i18n import fmt, locale, t


class MessagesIds(StrEnum):
    """``ADDRESS`` is a store that mirrors the address's query; see assets/js/address.js."""

    RESULT = "messages-result"
    TABLE = "messages-rows"
    LATER = "messages-later"
    PAGE = "messages-page"
    FOOT = "messages-foot"
    MORE = "messages-more"
    REFRESH = "messages-refresh"
    ADDRESS = "messages-address"
    SPAN = "messages-span"
    SPANS = "messages-spans"
    DATES = "messages-dates"
    SHOWN = "messages-shown"
    SEARCH = "messages-search"
    RECIPIENT = "messages-recipient"
    STATUSES = "messages-statuses"
    OPERATORS = "messages-operators"
    SENDERS = "messages-senders"
    APPLY = "messages-apply"


PATH = "/messages"
MOST_ROWS = 1_000
COLUMNS = ("id", "to", "from", "status", "operator", "submitted", "delivered")
STATUS_ICONS = {
    MessageStatus.QUEUED: "hourglass-split",
    MessageStatus.HELD: "pause-circle",
    MessageStatus.SENT: "send",
    MessageStatus.DELIVERED: "check-circle",
    MessageStatus.FAILED: "x-circle",
    MessageStatus.EXPIRED: "stopwatch",
    MessageStatus.REJECTED: "slash-circle",
    MessageStatus.BLOCKED: "shield-lock",
}


def build_status(status: MessageStatus) -> Component:
    """A status by colour, icon and word, so that none of the three is needed."""
    return html.Span([build_icon(STATUS_ICONS[status]), t(f"status.{status}")], className=f"status status-{status}")


def build_time(moment: dt.datetime | None, *, seconds: bool = False) -> Component:
    """An instant in the reader's zone and calendar; pointing at it gives the other calendar and the exact time.

    The other calendar's day stands below for a reader who wants both."""
    if moment is None:
        return html.Span("–", className="text-quiet")
    exact = t(
        "date.with_time",
        date=fmt.date_other_calendar(fmt.in_zone(moment), "medium"),
        time=fmt.time(moment, seconds=True),
    )
    shown: Any = fmt.datetime(moment, seconds=seconds, alone=True)
    if locale().beside:
        other = fmt.date_other_calendar(fmt.in_zone(moment), "short")
        shown = [shown, html.Span(f" ({other})", className="time-beside")]
    return html.Time(shown, dateTime=moment.isoformat(), title=exact)


def build_code(text: str, className: str = "") -> Component:
    """An id, a number or a code: always left to right, in ASCII digits, as it is copied."""
    return html.Bdi(text, dir="ltr", className=f"code {className}".strip())


def build_short_id(message_id: str) -> Component:
    """An id by its end: ids of one hour begin alike. The whole is in the title, and on the message's own page."""
    short = message_id if len(message_id) <= 16 else f"{message_id[:4]}…{message_id[-9:]}"
    return html.Bdi(short, dir="ltr", className="code", title=message_id)


def detail_address(message_id: str, wanted: MessageFilter) -> str:
    """A message's page, which knows the way back to the same filter."""
    query = to_search([("tenantId", wanted.tenant_id or ""), ("back", wanted.to_query_string())])
    return f"{PATH}/{message_id}?{query}" if query else f"{PATH}/{message_id}"


def build_refresh() -> Component:
    """Shows what has come since the log was opened."""
    return html.Button(
        [build_icon("arrow-clockwise"), html.Span(t("messages.refresh"))],
        id=MessagesIds.REFRESH,
        type="button",
        className="btn btn-outline-secondary",
    )


def build_row(message: Message, wanted: MessageFilter) -> Component:
    """One message; the link in its first cell covers the whole row."""
    cells: dict[str, Any] = {
        "id": dcc.Link(
            build_short_id(message.message_id), href=detail_address(message.message_id, wanted), className="row-link"
        ),
        "to": build_code(message.recipient),
        "from": html.Bdi(message.sender_id),
        "status": build_status(message.status),
        "operator": html.Bdi(operator_name(message.operator)),
        "submitted": build_time(message.submitted_at),
        "delivered": build_time(message.delivered_at),
    }
    return html.Tr(
        [
            html.Td(cells[column], className=f"cell-{column}", **attributes(data_label=t(f"messages.column.{column}")))
            for column in COLUMNS
        ]
    )


def build_rows(page: MessagePage, wanted: MessageFilter, keep: Keep = build_anew) -> list[Any]:
    """The rows of a page. A message that is as it was has the row that it had: one is asked for whenever anybody of the
    account looks at the log."""
    told = (wanted.tenant_id, wanted.to_query_string())
    return [keep(("message", message, told), partial(build_row, message, wanted)) for message in page.items]


def build_log(page: MessagePage, wanted: MessageFilter, keep: Keep = build_anew) -> Component:
    """The first page of a filter; an empty one says what to do next."""
    if not page.items:
        return html.Div([*_build_kept_from(page), _build_nothing(wanted)])
    heads = [html.Th(t(f"messages.column.{column}"), scope="col") for column in COLUMNS]
    return html.Div(
        [
            *_build_kept_from(page),
            html.Table(
                [
                    html.Caption(t("messages.caption"), className="visually-hidden"),
                    html.Thead(html.Tr(heads)),
                    html.Tbody(build_rows(page, wanted, keep)),
                    # Filled by assets/js/log_rows.js: hundreds of rows as Dash components make each click take seconds.
                    # The key makes another answer's body another element, without the rows of the one before.
                    html.Tbody(id=MessagesIds.LATER, key=uuid4().hex),
                ],
                id=MessagesIds.TABLE,
                className="log",
            ),
            dcc.Store(id=MessagesIds.PAGE),
            html.Div(build_foot(page.next_cursor, len(page.items)), id=MessagesIds.FOOT, className="log-foot"),
        ]
    )


def build_foot(cursor: str | None, shown: int, error: PortalError | None = None) -> list[Component]:
    """Below the rows: how many there are, and the way to more. The button carries the cursor and the count."""
    count = html.P(t("messages.shown", count=shown), className="log-count", role="status")
    if cursor is None:
        return [count, build_more_button("", shown, hidden=True)]
    if shown >= MOST_ROWS:
        return [count, html.P(t("messages.enough"), className="log-count"), build_more_button("", shown, hidden=True)]
    label = t("messages.more") if error is None else t("state.retry")
    failed = [build_error(error)] if error is not None else []
    return [count, *failed, build_more_button(cursor, shown, label)]


def build_more_button(cursor: str, shown: int, label: str = "", *, hidden: bool = False) -> Component:
    """``name`` is how many rows there are: sending the rows back to be counted would cost more than new ones."""
    return html.Button(
        label,
        id=MessagesIds.MORE,
        value=cursor,
        name=str(shown),
        type="button",
        hidden=hidden,
        className="btn btn-outline-secondary btn-sm",
    )


def build_failure(error: PortalError, wanted: MessageFilter, request_id: str = "") -> Component:
    """The log could not be had; the link asks again for the same."""
    query = wanted.to_query_string()
    retry = html.A(t("state.retry"), href=f"{PATH}?{query}" if query else PATH, className="btn btn-outline-secondary")
    return build_error(error, retry=retry, request_id=request_id)


def build_waiting() -> Component:
    """What stands in the log's place until it is there."""
    return html.Div(
        [build_skeleton(12), html.Span(t("state.loading"), className="visually-hidden", role="status")],
        className="log-waiting",
    )


def _build_kept_from(page: MessagePage) -> list[Component]:
    """Charts count messages that the log no longer has: without a word an empty page would contradict them."""
    if page.kept_from is None:
        return []
    date = fmt.date(fmt.in_zone(page.kept_from))
    return [html.P(t("messages.kept_from", date=date), className="log-foot log-count")]


def _build_nothing(wanted: MessageFilter) -> Component:
    if not wanted.narrowed:
        return build_empty(t("messages.none.title"), t("messages.none.advice"))
    address = wanted.cleared().to_query_string()
    clear = dcc.Link(
        t("filters.clear"), href=f"{PATH}?{address}" if address else PATH, className="btn btn-outline-secondary"
    )
    return build_empty(t("messages.no_match.title"), t("messages.no_match.advice"), icon="search", actions=[clear])
