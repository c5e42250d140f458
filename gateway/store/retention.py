"""How long messages are kept: months that are over are taken out of the log as a whole (worker's connection).

Only rows of messages and of their events go. What was counted, charged and billed of them stays: rollups, ledger,
invoices. `kept_from` says since when the log is whole, so that nobody takes an empty page for "nothing was sent".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from gateway.store.outbound import SOURCES
from gateway.store.partitions import list_months

LOCK_MILLISECONDS = 50
"""The longest that anybody waits behind a try."""

TRIES = 120
PAUSE_SECONDS = 1.0
_LOCK_NOT_AVAILABLE = "55P03"

_KEPT_FROM = text("SELECT kept_from FROM message_retention")
_RETIRE = text("SELECT retire_messages(:until)")
_DROP = text("SELECT drop_retired()")

# A message that may still be sent, or is still paid for in advance, is not over.
_OPEN = text("""
    SELECT count(*) FROM messages
    WHERE submitted_at >= :start AND submitted_at < :stop
      AND status IN ('queued', 'held') AND source = ANY (:sources)""")
_UNBILLED = text("""
    SELECT count(*) FROM ledger_balances b LEFT JOIN billing_settings s USING (tenant_id)
    WHERE coalesce(s.billed_until < CAST(:billed_until AS date), true)
      AND EXISTS (SELECT FROM ledger_entries e WHERE e.tenant_id = b.tenant_id AND e.at < :stop)""")


@dataclass(frozen=True, slots=True)
class Retired:
    """The months (first days, oldest first) that went, and the one that could not, with the reason."""

    months: tuple[date, ...] = ()
    stopped_at: date | None = None
    because: str | None = None


def first_kept(today: date, months: int) -> date:
    """The first day of the oldest month that is kept: the current one and `months` whole ones before it."""
    index = today.year * 12 + today.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def kept_from(connection: Connection) -> datetime | None:
    """Messages from before this moment were retired; None as long as all are kept."""
    found: datetime | None = connection.execute(_KEPT_FROM).scalar()
    return found


def retire(
    engine: Engine,
    until: date,
    *,
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> Retired:
    """Take out the months before `until` (the first day of a month), oldest first, and drop their tables.

    A month that still owes something stays, and so do those after it. Whoever reads the log is waited for, and never
    made to wait for longer than LOCK_MILLISECONDS: a try that does not get its locks in that time is given up, and made
    again after PAUSE_SECONDS, `tries` times.
    """
    gone: list[date] = []
    for month, past in _months_before(engine, until):
        because = _why_not(engine, month, past) or _take_out(engine, past, tries, sleep)
        if because is not None:
            return Retired(tuple(gone), month, because)
        gone.append(month)
    with engine.connect() as connection:
        known = kept_from(connection)
    if known is None or known < _instant(until):
        # No month is there to be detached: what may lie in the default partition goes, and nothing older comes in.
        because = _take_out(engine, until, tries, sleep)
        if because is not None:
            return Retired(tuple(gone), until, because)
    with engine.begin() as connection:
        connection.execute(_DROP)
    return Retired(tuple(gone))


def _months_before(engine: Engine, until: date) -> list[tuple[date, date]]:
    with engine.connect() as connection:
        named = list_months(connection)
    found = [date(int(name[:4]), int(name[5:]), 1) for name in named]
    return [(month, first_kept(month, -1)) for month in found if month < until]


def _why_not(engine: Engine, month: date, past: date) -> str | None:
    span = {"start": _instant(month), "stop": _instant(past)}
    with engine.connect() as connection:
        waiting = connection.execute(_OPEN, {**span, "sources": list(SOURCES)}).scalar_one()
        if waiting:
            return f"{waiting} of its messages have not left yet"
        # Accounts are billed by months of their own zone, and a message may be charged a month after it was accepted.
        billed = {"stop": span["stop"], "billed_until": first_kept(past, -1)}
        unbilled = connection.execute(_UNBILLED, billed).scalar_one()
    return f"{unbilled} accounts have no invoice of it yet" if unbilled else None


def _take_out(engine: Engine, until: date, tries: int, sleep: Callable[[float], None]) -> str | None:
    """None when it is done, else why it is not."""
    for again in range(tries):
        if again:
            sleep(PAUSE_SECONDS)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
                connection.execute(_RETIRE, {"until": _instant(until)})
            return None
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
    return "the log was being read all the time"


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
