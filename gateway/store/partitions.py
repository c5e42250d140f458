"""Monthly partitions of the message log: made ahead by the worker, and by an import for the months it needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text

MONTHS_AHEAD = 3

_ENSURE = text("SELECT ensure_month(:day)")


def ensure_months(connection: Connection, moments: Iterable[date | datetime]) -> list[date]:
    """Make the partitions of the months (UTC) that hold `moments`, when they are missing.

    Rows of such a month that wait in the default partition move into it. Needs the worker's or the owner's connection.
    Returns the first days of the months that were made, oldest first.
    """
    months = sorted({_month_of(moment) for moment in moments})
    return [month for month in months if connection.execute(_ENSURE, {"day": month}).scalar_one()]


def ensure_ahead(connection: Connection, today: date) -> list[date]:
    """Make this month's partition and those of the next MONTHS_AHEAD months."""
    months, month = [], today.replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        months.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return ensure_months(connection, months)


def list_months(connection: Connection) -> list[str]:
    """The message partitions that exist, as `YYYY_MM`, oldest first; the default partition is not among them."""
    rows = connection.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'messages'::regclass")
    ).scalars()
    return sorted(name.removeprefix("messages_") for name in rows if name != "messages_default")


def _month_of(moment: date | datetime) -> date:
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC).date()
    return moment.replace(day=1)
