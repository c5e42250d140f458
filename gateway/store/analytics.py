"""Every number the platform shows about traffic comes from the functions here, read from the rollups.

Tiles, charts and tables call the same few functions, so they cannot disagree with each other; the rollups equal a
recount of the message log. All days are local days of the tenant, all periods inclusive at both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    Connection,
    Date,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    case,
    cast,
    column,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import TableClause
from sqlalchemy.types import TypeEngine

from gateway.domain.statuses import RATED, Status

HOURS = range(24)
_STATUS = ENUM(name="message_status", create_type=False)
_STATUSES = len(Status)
_ZERO: ColumnElement[int] = literal_column("0")
_MESSAGES_OF_HOUR = tuple(f"m{hour:02d}" for hour in HOURS)
_SPEND_OF_HOUR = tuple(f"a{hour:02d}" for hour in HOURS)


@dataclass(frozen=True, slots=True)
class TrafficScope:
    """Which messages are meant: a tenant, local days `start`…`end`, and filters (empty = no filter)."""

    tenant_id: UUID
    start: date
    end: date
    operators: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def previous(self) -> TrafficScope:
        """The period of equal length just before, with the same filters."""
        length = self.end - self.start + timedelta(days=1)
        return replace(self, start=self.start - length, end=self.end - length)


class Dimension(Enum):
    """What messages can be grouped by; the value is the rollups' column."""

    STATUS = "status"
    OPERATOR = "operator"
    SENDER_ID = "sender_id"
    COUNTRY = "country"
    DESTINATION = "destination"
    ERROR_CODE = "error_code"


class Bucket(Enum):
    """How days are put together. Weeks start on Saturday and are named by it."""

    PERIOD = "period"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Count:
    """Messages of one bucket and group: `by_status` in the order of `Status`, and what all of them add up to."""

    bucket: date
    key: str
    by_status: tuple[int, ...]
    segments: int
    spend: Decimal


@dataclass(frozen=True, slots=True)
class HourCount:
    """The 24 local hours of a day (or of an ISO weekday), by group and outcome: messages, or their spend.

    `status` stands for its kind: "delivered", "failed" for every other outcome, "queued" for what has none.
    """

    day: date
    weekday: int
    key: str
    status: str
    values: tuple[Decimal | int, ...]


@dataclass(frozen=True, slots=True)
class LatencyCount:
    """Delivered messages of one bucket and group as a histogram: bucket of `domain.latency` → messages."""

    bucket: date
    key: str
    histogram: dict[int, int]


def count_messages(
    connection: Connection,
    scope: TrafficScope,
    *,
    by: Dimension | None = None,
    bucket: Bucket = Bucket.PERIOD,
    with_previous: bool = False,
) -> list[Count]:
    """Messages by status, segments and spend, by bucket and group: the one source of all counts and rates.

    `with_previous` (PERIOD only) adds the period before in the same statement; its bucket is that period's first day.
    Grouped by ERROR_CODE, only messages that have one are counted. The key is "all" without a grouping.
    """
    first = scope.previous().start if with_previous else scope.start
    source = _table(_day_rollup(scope, by))
    key = _key(source, by)
    when = _bucket(source, bucket, scope, with_previous)
    by_status = (func.sum(source.c.messages).filter(_is(source, status)) for status in Status)
    statement = select(
        when.label("bucket"),
        key.label("key"),
        *(func.coalesce(cast(count, BigInteger), _ZERO) for count in by_status),
        cast(func.sum(source.c.segments), BigInteger),
        func.sum(source.c.spend),
    ).group_by(literal_column("1"), literal_column("2"))
    statement = _filtered(statement, source, replace(scope, start=first))
    if by is Dimension.ERROR_CODE:
        statement = statement.where(source.c.error_code != literal("", Text, literal_execute=True))
    rows = connection.execute(statement).all()
    return [Count(row[0], row[1], tuple(row[2 : 2 + _STATUSES]), row[-2], row[-1]) for row in rows]


def count_hours(
    connection: Connection,
    scope: TrafficScope,
    *,
    by: Dimension | None = None,
    weekdays: bool = False,
    spend: bool = False,
) -> list[HourCount]:
    """The same messages (with `spend` the same money) by local hour; by STATUS, OPERATOR or SENDER_ID only.

    With `weekdays` all days of one ISO weekday come as one row whose `day` is the scope's first.
    """
    senders = bool(scope.sender_ids) or by is Dimension.SENDER_ID
    source = _table("rollup_sender_hours" if senders else "rollup_hours")
    day: ColumnElement[Any] = bindparam("period_start", scope.start, Date) if weekdays else source.c.day
    sums = (
        [func.sum(source.c[name]) for name in _SPEND_OF_HOUR]
        if spend
        else [cast(func.sum(source.c[name]), BigInteger) for name in _MESSAGES_OF_HOUR]
    )
    columns: list[ColumnElement[Any]] = [
        cast(day, Date).label("day"),
        cast(extract("isodow", source.c.day), Integer).label("weekday"),
        _key(source, by).label("key"),
        _outcome(source).label("outcome"),
        *sums,
    ]
    statement = select(*columns).group_by(*(literal_column(str(place)) for place in range(1, 5)))
    rows = connection.execute(_filtered(statement, source, scope)).all()
    return [HourCount(row[0], row[1], row[2], row[3], tuple(row[4:])) for row in rows]


def count_latencies(
    connection: Connection,
    scope: TrafficScope,
    *,
    by: Dimension | None = None,
    bucket: Bucket = Bucket.PERIOD,
    with_previous: bool = False,
) -> list[LatencyCount]:
    """Histograms of submission-to-delivery times, by OPERATOR or SENDER_ID; none when `delivered` is filtered out."""
    if scope.statuses and Status.DELIVERED not in scope.statuses:
        return []
    senders = bool(scope.sender_ids) or by is Dimension.SENDER_ID
    operators = bool(scope.operators) or by is Dimension.OPERATOR
    source = _table("rollup_sender_latency" if senders else "rollup_latency" if operators else "rollup_latency_totals")
    first = scope.previous().start if with_previous else scope.start
    counted = select(
        _bucket(source, bucket, scope, with_previous).label("bucket"),
        _key(source, by).label("key"),
        cast(source.c.bucket, Integer).label("latency_bucket"),
        cast(func.sum(source.c.messages), BigInteger).label("messages"),
    ).group_by(literal_column("1"), literal_column("2"), literal_column("3"))
    inner = _filtered(counted, source, replace(scope, start=first, statuses=())).subquery("counted")
    # As arrays: a chart by day and operator has ten thousand histogram buckets and a few hundred points.
    statement = select(
        inner.c.bucket, inner.c.key, func.array_agg(inner.c.latency_bucket), func.array_agg(inner.c.messages)
    ).group_by(inner.c.bucket, inner.c.key)
    rows = connection.execute(statement).all()
    return [LatencyCount(row[0], row[1], dict(zip(row[2], row[3], strict=True))) for row in rows]


def list_operators(connection: Connection, tenant_id: UUID, since: date) -> list[str]:
    """Operators with traffic on or after the local day `since`, in alphabetical order."""
    source = _table("rollup_daily")
    statement = select(source.c.operator).distinct().where(source.c.tenant_id == tenant_id, source.c.day >= since)
    return sorted(connection.execute(statement).scalars())


def list_sender_ids(connection: Connection, tenant_id: UUID, since: date) -> list[str]:
    """Sender IDs with traffic on or after the local day `since`, in alphabetical order."""
    source = _table("rollup_sender_totals")
    statement = select(source.c.sender_id).distinct().where(source.c.tenant_id == tenant_id, source.c.day >= since)
    return sorted(connection.execute(statement).scalars())


# A plain DISTINCT would read every row of the index; this hops from one sender to the next.
_ALL_SENDERS = text("""
    WITH RECURSIVE hop AS (
        (SELECT sender_id FROM rollup_senders WHERE tenant_id = :tenant_id ORDER BY sender_id LIMIT 1)
        UNION ALL
        SELECT (SELECT next.sender_id FROM rollup_senders next
                WHERE next.tenant_id = :tenant_id AND next.sender_id > hop.sender_id
                ORDER BY next.sender_id LIMIT 1)
        FROM hop WHERE hop.sender_id IS NOT NULL
    )
    SELECT sender_id FROM hop WHERE sender_id IS NOT NULL
""")


def list_all_sender_ids(connection: Connection, tenant_id: UUID) -> list[str]:
    """Every sender ID the tenant ever used."""
    return list(connection.execute(_ALL_SENDERS, {"tenant_id": tenant_id}).scalars())


def _day_rollup(scope: TrafficScope, by: Dimension | None) -> str:
    """The smallest rollup that has the filters and the grouping. Each counts every message exactly once."""
    if by is Dimension.DESTINATION:
        return "rollup_sender_destinations" if scope.sender_ids else "rollup_destinations"
    if scope.sender_ids:
        return "rollup_senders"
    if by is Dimension.SENDER_ID:
        return "rollup_senders" if scope.operators else "rollup_sender_totals"
    return "rollup_daily"


def _table(name: str) -> TableClause:
    dated: dict[str, TypeEngine[Any]] = {"day": Date(), "bucket": Integer()}
    columns: list[ColumnClause[Any]] = [
        column(item, dated.get(item))
        for item in (
            *("tenant_id", "day", "operator", "country", "destination", "sender_id", "status", "error_code", "bucket"),
            *("messages", "segments", "spend", *_MESSAGES_OF_HOUR, *_SPEND_OF_HOUR),
        )
    ]
    return table(name, *columns)


def _key(source: TableClause, by: Dimension | None) -> ColumnElement[str]:
    if by is None:
        return literal("all", Text, literal_execute=True)
    return cast(source.c[by.value], Text)


def _is(source: TableClause, status: str) -> ColumnElement[bool]:
    return source.c.status == literal(status, _STATUS, literal_execute=True)


def _outcome(source: TableClause) -> ColumnElement[str]:
    """One status for each kind: that is all a rate asks for, and a third of the rows."""
    kinds: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (_is(source, Status.DELIVERED), literal_column("'delivered'")),
        (or_(*(_is(source, status) for status in Status if status in RATED)), literal_column("'failed'")),
    ]
    return case(*kinds, else_=literal_column("'queued'"))


def _bucket(source: TableClause, bucket: Bucket, scope: TrafficScope, with_previous: bool) -> ColumnElement[Any]:
    day = source.c.day
    if bucket is Bucket.DAY:
        return day
    if bucket is Bucket.WEEK:
        # isodow counts Monday 1 … Sunday 7: Saturday 6 must become 0, Sunday 1, … Friday 6.
        return cast(day - (cast(extract("isodow", day), Integer) + 1) % 7, Date)
    if bucket is Bucket.MONTH:
        return cast(func.date_trunc("month", day), Date)
    start = bindparam("period_start", scope.start, Date)
    if with_previous:
        return case((day >= start, start), else_=bindparam("previous_start", scope.previous().start, Date))
    return cast(start, Date)


def _filtered(statement: Select[Any], source: TableClause, scope: TrafficScope) -> Select[Any]:
    statement = statement.where(
        source.c.tenant_id == scope.tenant_id,
        source.c.day >= bindparam("first_day", scope.start, Date),
        source.c.day <= bindparam("last_day", scope.end, Date),
    )
    filters: tuple[tuple[ColumnElement[Any], Sequence[str]], ...] = (
        (source.c.operator, scope.operators),
        (source.c.sender_id, scope.sender_ids),
        (cast(source.c.status, Text), scope.statuses),
    )
    for subject, values in filters:
        if values:
            statement = statement.where(subject == any_(bindparam(None, list(values), ARRAY(Text))))
    return statement
