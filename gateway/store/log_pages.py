"""The statements of the log's pages: written once for each shape of question, and kept prepared by the driver.

How many rows are wanted stands in the text: as a value PostgreSQL would take it for a tenth of what there is, and make
another plan, or a plan for each question.

A question with a beginning of numbers as a value is planned each time. Of two ranges that it does not know, of numbers
and of time, PostgreSQL believes that either leaves as little: it walked a month of a large log instead of looking a
number up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.store import log_possible
from gateway.store.log_conditions import Shape, alternatives, conditions, shape_of, source, values_of
from gateway.store.log_filter import LogFilter, Window
from gateway.store.positions import FIRST_ID, Position, first_end

ROW_COLUMNS = (
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
_NEWEST_FIRST = "ORDER BY submitted_at DESC, message_id DESC"


class Counted(NamedTuple):
    """How the tenant's days are counted: in which time zone, and that of days before `kept_from` no message is left."""

    time_zone: str
    kept_from: datetime | None


class Question(NamedTuple):
    """A statement with its values, and whether its plan may be kept for the next ones."""

    statement: str
    values: dict[str, Any]
    plan_is_kept: bool


class _Limits(NamedTuple):
    """Which limits there are, and how many rows of how many are wanted."""

    windows: bool
    start: bool
    before: bool
    counted: bool
    """Are the rollups asked whether there can be matches?"""
    limit: int
    offset: int


def question(
    wanted: LogFilter, *, limit: int, after: Position | None, offset: int, counted: Counted | None
) -> Question | None:
    """What gives a page; None where nothing is to be asked."""
    shape, values = shape_of(wanted), values_of(wanted)
    if wanted.windows is not None:
        windows = [item for item in wanted.windows if after is None or item.start <= after.submitted_at]
        if not windows:
            return None
        values |= _spans(windows, after)
    if wanted.start is not None:
        values["start"] = wanted.start
    before = first_end(wanted.end, after)
    if before is not None:
        values |= {"before_at": before.submitted_at, "before_id": before.message_id}
    asked = counted is not None and log_possible.are_asked(shape)
    if counted is not None and asked:
        values |= _days(wanted, after, counted)
    limits = _Limits(
        wanted.windows is not None,
        wanted.start is not None,
        before is not None,
        asked,
        limit,
        offset,
    )
    planned_anew = any(each.few_numbers for each in alternatives(shape))
    return Question(_statement(shape, limits), values, plan_is_kept=not planned_anew)


def columns(names: Sequence[str]) -> str:
    """A list of the log's columns; a status is text."""
    return ", ".join("messages.status::text AS status" if name == "status" else f"messages.{name}" for name in names)


def _spans(windows: Sequence[Window], after: Position | None) -> dict[str, Any]:
    """Where the last page ended is the end of the window it lies in: as a condition on all of them it would be where
    each probe begins, to read its way back from there."""
    ends = [(item.end, FIRST_ID) for item in windows]
    if after is not None and after.submitted_at < windows[0].end:
        ends[0] = (after.submitted_at, after.message_id)
    return {
        "starts": [item.start for item in windows],
        "ends": [moment for moment, _ in ends],
        "end_ids": [message_id for _, message_id in ends],
    }


def _days(wanted: LogFilter, after: Position | None, counted: Counted) -> dict[str, Any]:
    """With a day more at either end, should the rollups have been counted in another zone than it is now."""
    zone, more = ZoneInfo(counted.time_zone), timedelta(days=1)
    firsts = [moment for moment in (wanted.start, counted.kept_from) if moment is not None]
    lasts = [moment for moment in (wanted.end, after.submitted_at if after else None) if moment is not None]
    return {
        "first_day": max(firsts).astimezone(zone).date() - more if firsts else None,
        "last_day": min(lasts).astimezone(zone).date() + more if lasts else None,
    }


@lru_cache(maxsize=1024)
def _statement(shape: Shape, limits: _Limits) -> str:
    # Outside of the page, and of no column: it is asked once, and where it says no nothing else is.
    possible = f"WHERE {log_possible.can_match(shape)}" if limits.counted else ""
    rows = f"LIMIT {limits.limit} OFFSET {limits.offset}"
    if not limits.windows:
        page = _page(shape, _in_time(shape, limits), limits.limit + limits.offset)
        return f"SELECT * FROM ({page}) AS page {possible} {_NEWEST_FIRST} {rows}"  # noqa: S608
    # WITH ORDINALITY tells PostgreSQL that the windows come in order, so only rows within a window are compared, and
    # those of the others are not read once there are enough; a cast of `place` would hide it.
    within = """
        AND messages.submitted_at >= span.opens
        AND messages.submitted_at <= span.closes -- lets partitions be skipped
        AND (messages.submitted_at, messages.message_id) < (span.closes, span.before)"""
    return f"""
        SELECT {", ".join(f"page.{name}" for name in ROW_COLUMNS)}
        FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(end_ids)s::uuid[])
                 WITH ORDINALITY AS span (opens, closes, before, place)
             CROSS JOIN LATERAL ({_page(shape, within, limits.limit + limits.offset)}) AS page
        {possible}
        ORDER BY span.place, page.submitted_at DESC, page.message_id DESC {rows}"""  # noqa: S608


def _in_time(shape: Shape, limits: _Limits) -> str:
    """From `start`, and before `before`.

    Of t >= a AND t < b with values it does not know PostgreSQL assumes that hardly any row is between them, and would
    rather find and sort them all than walk until there are enough. In a comparison of rows it does not see a range.
    """
    found = ""
    if limits.start:
        found += " AND messages.submitted_at >= %(start)s"
    if limits.before:
        found += " AND (messages.submitted_at, messages.message_id) < (%(before_at)s, %(before_id)s)"
        if not limits.start:
            found += " AND messages.submitted_at <= %(before_at)s"  # lets partitions be skipped
        if shape.invoice_line:
            found += " AND billed.submitted_at <= %(before_at)s"
    return found


def _page(shape: Shape, within: str, reach: int) -> str:
    """The newest `reach` rows that fulfil everything."""
    common = f"{' AND '.join(conditions(shape))}{within}"
    parts = [_newest(shape, f"{common} AND {each.condition}", reach, each.few_numbers) for each in alternatives(shape)]
    if len(parts) == 1:
        return parts[0]
    both = " UNION ALL ".join(f"({part})" for part in parts)
    return f"SELECT * FROM ({both}) AS both_of {_NEWEST_FIRST} LIMIT {reach}"  # noqa: S608


def _newest(shape: Shape, condition: str, reach: int, few_numbers: bool) -> str:
    found = f"SELECT {columns(ROW_COLUMNS)} FROM {source(shape)} WHERE {condition}"  # noqa: S608
    if few_numbers:
        # PostgreSQL might walk the log in order, waiting for fifty rare rows. Behind this fence it can only look the
        # few numbers up and sort what is theirs.
        return f"SELECT * FROM ({found} OFFSET 0) AS few {_NEWEST_FIRST} LIMIT {reach}"  # noqa: S608
    return f"{found} ORDER BY messages.submitted_at DESC, messages.message_id DESC LIMIT {reach}"
