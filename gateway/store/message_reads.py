"""Reading the message log: pages by keyset and single messages. Newest first, by (submitted_at, message_id).

A page costs what its rows cost, however deep: the log is never counted, never sorted as a whole, and a page starts
where the last one ended. Under row-level security only leak-proof operators can use an index, so prefixes are compared
with `~>=~`/`~<~` instead of LIKE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    Boolean,
    Connection,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM
from sqlalchemy.sql.elements import ColumnElement

from gateway.domain import ids
from gateway.domain.statuses import Status
from gateway.store.log_filter import LogFilter, Window
from gateway.store.positions import Position

_STATUS = ENUM(name="message_status", create_type=False)
_MOMENT = DateTime(timezone=True)
_FIRST_ID = UUID(int=0)
NARROW_PREFIX = len("+93701") + 1
ALL_STATUSES = frozenset(status.value for status in Status)
_ROW_COLUMNS = (
    "message_id",
    "submitted_at",
    "recipient",
    "sender_id",
    "status",
    "operator",
    "country",
    "error_code",
    "final_at",
    "segments",
    "price",
)
_DETAIL_COLUMNS = (
    *_ROW_COLUMNS,
    "body",
    "encoding",
    "destination",
    "sent_at",
    "carrier_code",
    "external_id",
    "source",
    "reference",
)
_messages = table(
    "messages",
    column("tenant_id", Uuid()),
    column("submitted_at", _MOMENT),
    column("message_id", Uuid()),
    column("status", _STATUS),
    *(
        column(name, Text())
        for name in (
            *("recipient", "sender_id", "operator", "error_code", "body", "encoding", "destination"),
            *("carrier_code", "external_id", "source", "reference"),
        )
    ),
    column("country", CHAR(2)),
    *(column(name) for name in ("final_at", "sent_at", "segments", "price")),
)
_m = _messages.c
_b = table(
    "invoice_messages",
    *(column(name, Uuid()) for name in ("tenant_id", "line_id", "message_id")),
    column("submitted_at", _MOMENT),
).c


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One line of the log; `price` in the tenant's currency."""

    message_id: UUID
    submitted_at: datetime
    recipient: str
    sender_id: str
    status: str
    operator: str
    country: str
    error_code: str | None
    final_at: datetime | None
    segments: int
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class MessageDetail(MessageRow):
    """Everything that is known about one message."""

    body: str | None
    encoding: str
    destination: str
    sent_at: datetime | None
    carrier_code: str | None
    external_id: str | None
    source: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One entry of a message's history."""

    seq: int
    at: datetime
    kind: str
    status: str | None
    source: str
    carrier_code: str | None
    detail: str | None


def list_messages(
    connection: Connection, wanted: LogFilter, *, limit: int, after: Position | None = None, offset: int = 0
) -> list[MessageRow]:
    """Up to `limit` rows older than `after`; `offset` (bounded by the caller) serves numbered pages."""
    reach = limit + offset
    if wanted.windows is None:
        conditions = [*_time_conditions(wanted.start, wanted.end), *_older(after)]
        page = _page(wanted, conditions, after, reach)
        statement: Select[Any] = select(*page.c).order_by(page.c.submitted_at.desc(), page.c.message_id.desc())
    else:
        windows = [item for item in wanted.windows if after is None or item.start <= after.submitted_at]
        if not windows:
            return []
        statement = _page_of_windows(wanted, windows, after, reach)
    rows = connection.execute(statement.limit(limit).offset(offset))
    return [MessageRow(*row[: len(_ROW_COLUMNS)]) for row in rows]


def get_message(connection: Connection, tenant_id: UUID, message_id: UUID) -> MessageDetail | None:
    """One message, or None. Its submission time is part of the id, so one partition is read."""
    statement = select(*(_shown(name) for name in _DETAIL_COLUMNS)).where(
        _m.tenant_id == tenant_id, _m.message_id == message_id, *_conditions_of_id(message_id)
    )
    row = connection.execute(statement).first()
    return MessageDetail(*row) if row is not None else None


_EVENTS = text("""
    SELECT seq, at, kind, status::text, source, carrier_code, detail
    FROM message_events
    WHERE tenant_id = :tenant_id AND submitted_at = :submitted_at AND message_id = :message_id
    ORDER BY seq
""")


def list_events(connection: Connection, tenant_id: UUID, message: MessageDetail) -> list[MessageEvent]:
    """The message's history, oldest first."""
    key = {"tenant_id": tenant_id, "submitted_at": message.submitted_at, "message_id": message.message_id}
    return [MessageEvent(*row) for row in connection.execute(_EVENTS, key)]


_SPAN = text("""
    SELECT (SELECT submitted_at FROM messages WHERE tenant_id = :tenant_id ORDER BY submitted_at LIMIT 1),
           (SELECT submitted_at FROM messages WHERE tenant_id = :tenant_id ORDER BY submitted_at DESC LIMIT 1)
""")


def log_span(connection: Connection, tenant_id: UUID) -> Window | None:
    """The time the tenant has messages from; None when there are none."""
    oldest, newest = connection.execute(_SPAN, {"tenant_id": tenant_id}).one()
    return Window(oldest, newest + timedelta(milliseconds=1)) if oldest is not None else None


def _shown(name: str) -> ColumnElement[Any]:
    return cast(_m.status, Text).label("status") if name == "status" else _m[name]


def _time_conditions(start: Any, end: Any) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(_m.submitted_at >= start)
    if end is not None:
        conditions.append(_m.submitted_at < end)
    return conditions


def _conditions_of_id(message_id: UUID) -> list[ColumnElement[bool]]:
    try:
        moment = ids.submitted_at_of(message_id)
        return _time_conditions(moment, moment + timedelta(milliseconds=1))
    except OverflowError:  # 48 bits of milliseconds reach beyond the year 9999; no message does
        return [false()]


def _among(subject: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """Equality for one value: that is what lets an index give the rows in order."""
    if len(values) == 1:
        return subject == values[0]
    return subject == any_(bindparam(None, list(values), ARRAY(Text)))


def _has_status(status: str) -> ColumnElement[bool]:
    """Written into the statement: a partial index is only considered for a constant."""
    return _m.status == literal(status, _STATUS, literal_execute=True)


def _begins(prefix: str) -> ColumnElement[bool]:
    after_last = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return and_(
        _m.recipient.op("~>=~", is_comparison=True, return_type=Boolean())(prefix),
        _m.recipient.op("~<~", is_comparison=True, return_type=Boolean())(after_last),
    )


def _alternatives(wanted: LogFilter) -> list[ColumnElement[bool]]:
    """What is meant by *or*, as conditions that exclude each other: each has an index that gives its rows in order.

    With an OR in one statement all rows that match would have to be found and sorted first.
    """
    searched: list[ColumnElement[bool]] = [true()]
    if wanted.search is not None:
        searched = [_among(_m.sender_id, wanted.search.sender_ids)]
        if wanted.search.number_prefix is not None:
            searched.append(and_(_begins(wanted.search.number_prefix), not_(searched[0])))
    if not wanted.statuses or set(wanted.statuses) == ALL_STATUSES:
        return searched
    return [and_(_has_status(status), search) for status in wanted.statuses for search in searched]


def _conditions(wanted: LogFilter, after: Position | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_m.tenant_id == wanted.tenant_id]
    filters: tuple[tuple[ColumnElement[Any], Sequence[str]], ...] = (
        (_m.operator, wanted.operators),
        (_m.sender_id, wanted.sender_ids),
        (_m.error_code, wanted.error_codes),
        (_m.destination, wanted.destinations),
    )
    conditions.extend(_among(subject, values) for subject, values in filters if values)
    if wanted.countries:
        # Written into the statement, as statuses are: the index of foreign messages is a partial one.
        constants = [literal(country, CHAR(2), literal_execute=True) for country in wanted.countries]
        conditions.append(_m.country.in_(constants) if len(constants) > 1 else _m.country == constants[0])
    if wanted.recipient is not None:
        number = wanted.recipient.number
        conditions.append(_begins(number) if wanted.recipient.prefix else _m.recipient == number)
    if wanted.message_id is not None:
        conditions += [_m.message_id == wanted.message_id, *_conditions_of_id(wanted.message_id)]
    if wanted.invoice_line is not None:
        conditions += _billed(wanted, wanted.invoice_line, after)
    return conditions


def _older(after: Position | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    # The row comparison finds the place in the index; the plain one lets partitions be skipped.
    return [
        _m.submitted_at <= bindparam("after_at", after.submitted_at, _MOMENT),
        tuple_(_m.submitted_at, _m.message_id)
        < tuple_(bindparam("after_at2", after.submitted_at, _MOMENT), bindparam("after_id", after.message_id, Uuid())),
    ]


def _billed(wanted: LogFilter, line_id: UUID, after: Position | None) -> list[ColumnElement[bool]]:
    """Joined and not asked for with EXISTS: the line's own messages come in the order of the log, so a page of an old
    invoice does not begin at the newest message."""
    conditions = [
        _b.tenant_id == wanted.tenant_id,
        _b.line_id == line_id,
        _b.submitted_at == _m.submitted_at,
        _b.message_id == _m.message_id,
    ]
    return conditions if after is None else [*conditions, _b.submitted_at <= after.submitted_at]


def matching(wanted: LogFilter) -> tuple[FromClause, ColumnElement[bool]]:
    """All messages that fulfil the filter, as a FROM clause and its condition; no message is in it twice."""
    conditions = [*_conditions(wanted, None), or_(*_alternatives(wanted))]
    if wanted.windows is None:
        return _messages, and_(*conditions, *_time_conditions(wanted.start, wanted.end))
    ends = [(item.end, _FIRST_ID) for item in wanted.windows]
    spans, opens, closes, _ = _spans([item.start for item in wanted.windows], ends)
    return _messages.join(spans, and_(*_time_conditions(opens, closes))), and_(*conditions)


def _page(wanted: LogFilter, time_conditions: Sequence[ColumnElement[bool]], after: Position | None, reach: int) -> Any:
    """The newest `reach` rows that fulfil everything, as a subquery."""
    conditions = [*_conditions(wanted, after), *time_conditions]
    parts = [_newest(wanted, and_(*conditions, alternative), reach) for alternative in _alternatives(wanted)]
    if len(parts) == 1:
        return parts[0].subquery("page")
    both = union_all(*(part.subquery().select() for part in parts)).subquery("both")
    return select(both).order_by(both.c.submitted_at.desc(), both.c.message_id.desc()).limit(reach).subquery("page")


def _newest(wanted: LogFilter, condition: ColumnElement[bool], reach: int) -> Select[Any]:
    found = select(*(_shown(name) for name in _ROW_COLUMNS)).where(condition)
    if not _is_narrow(wanted):
        return found.order_by(_m.submitted_at.desc(), _m.message_id.desc()).limit(reach)
    # The planner has no statistics for prefixes and would walk the log in order, waiting for fifty rare rows. Behind
    # this fence it can only look the few numbers up and sort them.
    fence = found.offset(literal_column("0")).subquery("narrow")
    return select(fence).order_by(fence.c.submitted_at.desc(), fence.c.message_id.desc()).limit(reach)


def _is_narrow(wanted: LogFilter) -> bool:
    """Is a prefix looked for that is longer than any network's?"""
    prefix = wanted.recipient.number if wanted.recipient is not None and wanted.recipient.prefix else None
    return prefix is not None and len(prefix) >= NARROW_PREFIX


def _page_of_windows(wanted: LogFilter, windows: Sequence[Window], after: Position | None, reach: int) -> Select[Any]:
    """One index probe for each window, newest window first, stopping as soon as the page is full.

    WITH ORDINALITY tells the planner that the windows come in order, so only rows within a window are compared; a cast
    of `place` would hide it. Where the last page ended is the end of the window it lies in: as a condition on all of
    them it would be where each probe begins, to read its way back from there.
    """
    ends = [(item.end, _FIRST_ID) for item in windows]
    if after is not None and after.submitted_at < windows[0].end:
        ends[0] = (after.submitted_at, after.message_id)
    spans, opens, closes, before = _spans([item.start for item in windows], ends)
    within = [
        _m.submitted_at >= opens,
        _m.submitted_at <= closes,  # lets partitions be skipped
        tuple_(_m.submitted_at, _m.message_id) < tuple_(closes, before),
    ]
    inner = _page(wanted, within, after, reach).element.lateral("page")
    return (
        select(*(inner.c[name] for name in _ROW_COLUMNS))
        .select_from(spans.join(inner, literal_column("true", Boolean())))
        .order_by(literal_column("span.place"), inner.c.submitted_at.desc(), inner.c.message_id.desc())
    )


def _spans(
    starts: Sequence[datetime], ends: Sequence[tuple[datetime, UUID]]
) -> tuple[Any, ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Windows as a table, with the columns of their beginnings, their ends, and the first id at the end not in them."""
    spans = (
        func.unnest(
            bindparam("starts", list(starts), ARRAY(_MOMENT)),
            bindparam("ends", [moment for moment, _ in ends], ARRAY(_MOMENT)),
            bindparam("end_ids", [message_id for _, message_id in ends], ARRAY(Uuid())),
        )
        .table_valued(
            column("opens", _MOMENT), column("closes", _MOMENT), column("before", Uuid()), with_ordinality="place"
        )
        .render_derived(name="span")
    )
    # Named by text: the window is seen from inside a lateral page's own subqueries too.
    opens, closes = (literal_column(f"span.{name}", _MOMENT) for name in ("opens", "closes"))
    return spans, opens, closes, literal_column("span.before", Uuid())
