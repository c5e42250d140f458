"""The log's query parameters in the store's terms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request

from gateway.api import search
from gateway.api.local_time import day_range, hour_windows, start_of_day
from gateway.api.models.messages import MessageFilter, parse_moment
from gateway.api.problems import invalid
from gateway.domain import ids
from gateway.store import message_reads as store
from gateway.store.accounts import Account
from gateway.store.analytics import list_all_sender_ids
from gateway.store.connections import Connection
from gateway.store.log_filter import LogFilter, Search, Window

_PLACE = frozenset({"limit", "cursor", "page", "tenantId"})


def described_filter() -> str:
    """The filters of the current request in one form: what a cursor is bound to."""
    return "&".join(
        f"{name}={value}"
        for name in sorted(request.args)
        if name not in _PLACE
        for value in sorted(request.args.getlist(name))
    )


def log_filter(connection: Connection, account: Account, query: MessageFilter) -> LogFilter | None:
    """The filter `query` asks for; None when nothing can match (two different senders at once)."""
    zone = ZoneInfo(account.time_zone)
    senders = _distinct(query.sender_id)
    if query.from_ is not None:
        if senders and query.from_ not in senders:
            return None
        senders = (query.from_,)
    recipient = search.recipient(query.to) if query.to else None
    if query.to and recipient is None:
        raise invalid("to", "number", "Give a number, or the beginning of one followed by '*'.")
    start, end = _instant(query.start_date, zone, last=False), _instant(query.end_date, zone, last=True)
    message_id = _message_id(query.q) if query.q else None
    return LogFilter(
        tenant_id=account.tenant_id,
        start=start,
        end=end,
        windows=_windows(connection, account, query, start, end),
        recipient=recipient,
        statuses=_distinct(query.status),
        operators=_distinct(query.operator),
        sender_ids=senders,
        error_codes=_distinct(query.error_code),
        countries=_distinct(query.country),
        destinations=_distinct(query.destination),
        search=_search(connection, account, query.q) if query.q and message_id is None else None,
        message_id=message_id,
        invoice_line=query.invoice_line_id,
    )


def _distinct(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def _instant(text: str | None, zone: ZoneInfo, *, last: bool) -> datetime | None:
    """A local day becomes its first instant, or as the last day of a range the first instant after it."""
    if text is None:
        return None
    value: date | datetime = parse_moment(text)
    if isinstance(value, datetime):
        return value
    return day_range(value, value, zone).end if last else start_of_day(value, zone)


def _windows(
    connection: Connection, account: Account, query: MessageFilter, start: datetime | None, end: datetime | None
) -> tuple[Window, ...] | None:
    """The hours meant by `weekday` and `hour`, within the range asked for and the time there are messages from."""
    if query.weekday is None and query.hour is None:
        return None
    lived = store.log_span(connection, account.tenant_id)
    if lived is None:
        return ()
    span = Window(max(start or lived.start, lived.start), min(end or lived.end, lived.end))
    return tuple(hour_windows(span, ZoneInfo(account.time_zone), weekday=query.weekday, hour=query.hour))


def _message_id(text: str) -> UUID | None:
    try:
        return ids.decode(search.ascii_digits(text))
    except ValueError:
        return None


def _search(connection: Connection, account: Account, text: str) -> Search:
    known = list_all_sender_ids(connection, account.tenant_id)
    return Search(search.number_prefix(text), search.matching_senders(text, known))
