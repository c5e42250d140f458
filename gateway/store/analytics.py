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
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from gateway.domain.statuses import RATED, Status
from gateway.store.rollups import HOUR_MESSAGES, HOUR_SPEND, LATENCY_BUCKETS

_STATUSES = len(Status)
_BY_STATUS = ", ".join(f"coalesce(sum(messages) FILTER (WHERE status = '{status}'), 0)::bigint" for status in Status)
_MESSAGE_SUMS = ", ".join(f"sum({name})::bigint" for name in HOUR_MESSAGES)
_SPEND_SUMS = ", ".join(f"sum({name})" for name in HOUR_SPEND)
_LATENCY_SUMS = ", ".join(f"sum({name})::bigint" for name in LATENCY_BUCKETS)
# One status for each kind: that is all a rate asks for, and a third of the rows.
_RATED = ", ".join(f"'{status}'" for status in Status if status in RATED)
_OUTCOME = f"CASE WHEN status = 'delivered' THEN 'delivered' WHEN status IN ({_RATED}) THEN 'failed' ELSE 'queued' END"


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
    shape = _Shape.of(_day_rollup(scope, by), scope, by, bucket, with_previous)
    rows = _read(connection, _count_statement(shape), scope)
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
    shape = _Shape.of("rollup_sender_hours" if senders else "rollup_hours", scope, by)
    rows = _read(connection, _hours_statement(shape, weekdays, spend), scope)
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
    table = "rollup_sender_latency" if senders else "rollup_latency" if operators else "rollup_latency_totals"
    shape = _Shape.of(table, replace(scope, statuses=()), by, bucket, with_previous)
    rows = _read(connection, _latency_statement(shape), scope)
    return [LatencyCount(row[0], row[1], _histogram(row[2:])) for row in rows]


_OPERATORS = text("SELECT DISTINCT operator FROM rollup_daily WHERE tenant_id = :tenant_id AND day >= :since")
_SENDER_IDS = text("SELECT DISTINCT sender_id FROM rollup_sender_totals WHERE tenant_id = :tenant_id AND day >= :since")


def list_operators(connection: Connection, tenant_id: UUID, since: date) -> list[str]:
    """Operators with traffic on or after the local day `since`, in alphabetical order."""
    return sorted(connection.execute(_OPERATORS, {"tenant_id": tenant_id, "since": since}).scalars())


def list_sender_ids(connection: Connection, tenant_id: UUID, since: date) -> list[str]:
    """Sender IDs with traffic on or after the local day `since`, in alphabetical order."""
    return sorted(connection.execute(_SENDER_IDS, {"tenant_id": tenant_id, "since": since}).scalars())


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
    senders = bool(scope.sender_ids) or by is Dimension.SENDER_ID
    if by is Dimension.DESTINATION:
        return "rollup_sender_destinations" if senders else "rollup_destinations"
    by_operator = bool(scope.operators) or by not in (None, Dimension.STATUS, Dimension.SENDER_ID)
    if senders:
        return "rollup_senders" if by_operator else "rollup_sender_totals"
    return "rollup_daily" if by_operator else "rollup_totals"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a statement looks like, whoever asks and about which days: some dozens, each of them written once."""

    table: str
    by: Dimension | None
    bucket: Bucket
    with_previous: bool
    filters: tuple[str, ...]
    """The columns that are compared with the scope's values."""

    @classmethod
    def of(
        cls,
        table: str,
        scope: TrafficScope,
        by: Dimension | None,
        bucket: Bucket = Bucket.PERIOD,
        with_previous: bool = False,
    ) -> _Shape:
        return cls(table, by, bucket, with_previous, tuple(name for name, values in _filters(scope) if values))

    @property
    def key(self) -> str:
        return "'all'" if self.by is None else f"{self.by.value}::text"

    @property
    def when(self) -> str:
        match self.bucket:
            case Bucket.DAY:
                return "day"
            case Bucket.WEEK:
                # isodow counts Monday 1 … Sunday 7: Saturday 6 must become 0, Sunday 1, … Friday 6.
                return "(day - (extract(isodow FROM day)::int + 1) % 7)"
            case Bucket.MONTH:
                return "date_trunc('month', day)::date"
            case Bucket.PERIOD if self.with_previous:
                return "CASE WHEN day >= :start THEN CAST(:start AS date) ELSE CAST(:previous AS date) END"
            case Bucket.PERIOD:
                return "CAST(:start AS date)"

    @property
    def rows(self) -> str:
        """From where, and which of them."""
        first = "previous" if self.with_previous else "start"
        compared = "".join(f" AND {name}::text = ANY(:{name})" for name in self.filters)
        return f"FROM {self.table} WHERE tenant_id = :tenant_id AND day >= :{first} AND day <= :end{compared}"


@cache
def _count_statement(shape: _Shape) -> TextClause:
    coded = " AND error_code <> ''" if shape.by is Dimension.ERROR_CODE else ""
    return text(f"""
        SELECT {shape.when}, {shape.key}, {_BY_STATUS}, sum(segments)::bigint, sum(spend)
        {shape.rows}{coded} GROUP BY 1, 2""")


@cache
def _hours_statement(shape: _Shape, weekdays: bool, spend: bool) -> TextClause:
    day, sums = "CAST(:start AS date)" if weekdays else "day", _SPEND_SUMS if spend else _MESSAGE_SUMS
    return text(f"""
        SELECT {day}, extract(isodow FROM day)::int, {shape.key}, {_OUTCOME}, {sums}
        {shape.rows} GROUP BY 1, 2, 3, 4""")  # noqa: S608


@cache
def _latency_statement(shape: _Shape) -> TextClause:
    return text(f"SELECT {shape.when}, {shape.key}, {_LATENCY_SUMS} {shape.rows} GROUP BY 1, 2")


def _read(connection: Connection, statement: TextClause, scope: TrafficScope) -> Sequence[Sequence[Any]]:
    asked = {"tenant_id": scope.tenant_id, "start": scope.start, "end": scope.end, "previous": scope.previous().start}
    return connection.execute(statement, asked | {name: list(values) for name, values in _filters(scope)}).all()


def _histogram(counts: Sequence[int]) -> dict[int, int]:
    return {bucket: count for bucket, count in enumerate(counts) if count}


def _filters(scope: TrafficScope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("operator", scope.operators), ("sender_id", scope.sender_ids), ("status", scope.statuses)
