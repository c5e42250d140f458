"""What is known of tenants' support tickets: the organisation, the last answer, and the days that scores are made of.

Tickets are another system's; here is only what it said last, and when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class TicketAccount:
    """`tickets` are the last ones told, as the API tells them; None before the first answer. `problem` is why there was
    no newer answer at `failed_at`, None when the last answer was one; not before `retry_at` is the system asked."""

    organisation: str | None
    tickets: list[dict[str, Any]] | None
    fetched_at: datetime | None
    problem: str | None
    failed_at: datetime | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A tenant whose tickets are to be counted."""

    tenant_id: UUID
    organisation: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class TicketDay:
    day: date
    opened: int
    still_open: int


_GET = text("""
    SELECT organisation, tickets, fetched_at, problem, failed_at, retry_at FROM ticket_accounts
    WHERE tenant_id = :tenant_id""")
_LINK = text("""
    INSERT INTO ticket_accounts (tenant_id, organisation) VALUES (:tenant_id, :organisation)
    ON CONFLICT (tenant_id) DO UPDATE SET organisation = excluded.organisation, tickets = NULL, fetched_at = NULL,
        problem = NULL, failed_at = NULL, retry_at = NULL, tried_at = NULL
    WHERE ticket_accounts.organisation IS DISTINCT FROM excluded.organisation""")
# Whoever linked the tenant to another organisation meanwhile is right, and the answer about the former one is nobody's.
_ANSWERED = text("""
    UPDATE ticket_accounts SET tickets = CAST(:tickets AS jsonb), fetched_at = :now, problem = NULL, failed_at = NULL,
        retry_at = NULL
    WHERE tenant_id = :tenant_id AND organisation = :organisation""")
_FAILED = text("""
    UPDATE ticket_accounts SET problem = :problem, failed_at = :now, retry_at = :retry_at
    WHERE tenant_id = :tenant_id AND organisation = :organisation""")
_DAYS = text("""
    SELECT day, opened, still_open FROM ticket_days WHERE tenant_id = :tenant_id AND day >= :since ORDER BY day DESC""")


def get_account(connection: Connection, tenant_id: UUID) -> TicketAccount | None:
    """None while nobody ever linked the tenant."""
    row = connection.execute(_GET, {"tenant_id": tenant_id}).first()
    return TicketAccount(*row) if row is not None else None


def link(connection: Connection, tenant_id: UUID, organisation: str | None) -> bool:
    """Say which organisation the tenant is (None: none any more); what was known of another is forgotten. Whether that
    changed anything."""
    return connection.execute(_LINK, {"tenant_id": tenant_id, "organisation": organisation}).rowcount > 0


def keep_answer(
    connection: Connection, tenant_id: UUID, organisation: str, tickets: Sequence[dict[str, Any]], now: datetime
) -> None:
    """The latest tickets, as they were told just now."""
    told = orjson.dumps(list(tickets)).decode()
    named = {"tenant_id": tenant_id, "organisation": organisation, "tickets": told, "now": now}
    connection.execute(_ANSWERED, named)


def keep_failure(
    connection: Connection, tenant_id: UUID, organisation: str, problem: str, now: datetime, retry_at: datetime
) -> None:
    """Why there was no answer; what was known stays."""
    named = {
        "tenant_id": tenant_id, "organisation": organisation, "problem": problem, "now": now, "retry_at": retry_at,
    }  # fmt: skip
    connection.execute(_FAILED, named)


def list_days(connection: Connection, tenant_id: UUID, since: date) -> list[TicketDay]:
    """The days that are known, the latest first."""
    return [TicketDay(*row) for row in connection.execute(_DAYS, {"tenant_id": tenant_id, "since": since})]


_DUE = text("""
    UPDATE ticket_accounts a SET tried_at = :now
    FROM (SELECT tenant_id FROM ticket_accounts
          WHERE organisation IS NOT NULL AND (tried_at IS NULL OR tried_at <= :before)
          ORDER BY tried_at NULLS FIRST, tenant_id LIMIT 1 FOR UPDATE SKIP LOCKED) d, tenants t
    WHERE a.tenant_id = d.tenant_id AND t.tenant_id = d.tenant_id
    RETURNING a.tenant_id, a.organisation, t.time_zone""")
_COUNT = text("""
    INSERT INTO ticket_days (tenant_id, day, opened, still_open)
    SELECT :tenant_id, * FROM unnest(CAST(:days AS date[]), CAST(:opened AS int[]), CAST(:open AS int[]))
    ON CONFLICT (tenant_id, day) DO UPDATE SET opened = excluded.opened,
        still_open = CASE WHEN ticket_days.day = :today THEN excluded.still_open ELSE ticket_days.still_open END""")


def take_due(connection: Connection, now: datetime, every: timedelta) -> Due | None:
    """The tenant that has waited longest to be counted, if that is `every` or more; it is then not due any more
    (worker's connection)."""
    row = connection.execute(_DUE, {"now": now, "before": now - every}).first()
    return Due(*row) if row is not None else None


def write_days(connection: Connection, tenant_id: UUID, days: Sequence[TicketDay], today: date) -> None:
    """How many were opened on each day, counted anew. How many were open is known of `today` alone: of the days before
    it stays what was written when it was (worker's connection)."""
    connection.execute(
        _COUNT,
        {
            "tenant_id": tenant_id,
            "today": today,
            "days": [each.day for each in days],
            "opened": [each.opened for each in days],
            "open": [each.still_open for each in days],
        },
    )
