"""Counting support tickets into the days that health scores are made of.

Each tenant about once an hour, the one that waited longest first, a tenant a transaction. A system that wants to be
left alone, or does not answer, ends the run: what was not counted stays as it was, and is counted when it answers
again. A day that nobody counted has no row, and is not known; it is never zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from procrastinate import JobContext
from sqlalchemy import Engine

from gateway.domain.health import WINDOW_DAYS
from gateway.jobs.resources import resources_of
from gateway.store.tickets import Due, TicketDay, keep_failure, take_due, write_days
from gateway.tickets.port import Listing, TicketSource, TicketsUnavailable

EVERY = timedelta(minutes=55)
MOST_AT_ONCE = 200
MOST_FAILURES = 3
RETRY = timedelta(seconds=15)
DAYS = WINDOW_DAYS + 5
"""A few more than a score looks at, so that one made late has all of its days."""

log = structlog.get_logger("gateway.jobs")


def count_tickets(context: JobContext, timestamp: int) -> None:
    """Count the tickets of tenants that are due."""
    resources = resources_of(context)
    if resources.tickets is not None:
        count_due(resources.engine, resources.tickets, datetime.now(UTC))


def count_due(engine: Engine, source: TicketSource, now: datetime) -> int:
    """Count until nobody is due or the system is not to be asked any more; how many tenants were counted."""
    counted = failures = 0
    for _ in range(MOST_AT_ONCE):
        with engine.begin() as connection:
            due = take_due(connection, now, EVERY)
        if due is None:
            break
        zone = ZoneInfo(due.time_zone)
        today = now.astimezone(zone).date()
        first = today - timedelta(days=DAYS - 1)
        try:
            listing = source.everything(due.organisation, datetime.combine(first, time(), zone))
        except TicketsUnavailable as error:
            _note(engine, due, error, now)
            # What is wrong with one organisation says nothing of the others.
            failures += error.problem != "unknown_organisation"
            if error.problem in ("rate_limited", "refused") or failures >= MOST_FAILURES:
                break
            continue
        days = days_of(listing, zone, first, today)
        with engine.begin() as connection:
            write_days(connection, due.tenant_id, days, today)
        counted += 1
    if counted or failures:
        log.info("tickets counted", tenants=counted, failures=failures)
    return counted


def days_of(listing: Listing, zone: ZoneInfo, first: date, today: date) -> Sequence[TicketDay]:
    """Local days from `first` to `today`, as far back as the listing goes. Of the days before today, which may have
    no row yet, those count as open that were opened by then and still are."""
    opened = [(ticket.opened_at.astimezone(zone).date(), ticket.still_open) for ticket in listing.tickets]
    if not listing.complete:
        # The day the listing ends within is known in part, which is not known.
        first = max(first, min((day for day, _ in opened), default=today) + timedelta(days=1))
    counts = Counter(day for day, _ in opened)
    still = sorted(day for day, open_ in opened if open_)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    return [TicketDay(day, counts[day], sum(each <= day for each in still)) for day in days]


def _note(engine: Engine, due: Due, error: TicketsUnavailable, now: datetime) -> None:
    waits = max(RETRY, timedelta(seconds=error.retry_after or 0))
    with engine.begin() as connection:
        keep_failure(connection, due.tenant_id, due.organisation, error.problem, now, now + waits)
    log.warning("tickets not counted", tenant_id=str(due.tenant_id), problem=error.problem)
