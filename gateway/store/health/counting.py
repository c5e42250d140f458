"""Counting what scores are made of: for any number of tenants and one day, in one statement of the rollups.

Everything is as it was at the end of the tenant's own day, as far as it carries a time: payments, invoices, answers,
tickets. Messages have the status they have now, which after some hours is final.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from gateway.domain.billing_periods import GRACE
from gateway.domain.health import NPS_DAYS, PAYMENT_DAYS, WINDOW_DAYS, Facts
from gateway.domain.statuses import RATED, Status
from gateway.store.ledger import CHANGE, PAYING

LATE_AT_MOST = 9_999
"""Days; beyond that nobody distinguishes."""

_RATED = ", ".join(f"'{status}'" for status in Status if status in RATED)


@dataclass(frozen=True, slots=True)
class Counted:
    """A tenant's facts of a day, the version of the weights that the day is scored by, and what is shown beside."""

    tenant_id: UUID
    weights_version: int
    facts: Facts
    invoices: int
    open_tickets: int | None
    spend: Decimal
    spend_before: Decimal


# Tickets are known where the day itself was counted: a sum that ends days before is of fewer days than it says.
# The weights of a day are those that held when it was the latest one: until the next day was over, and its grace.
_COUNT = f"""
    WITH chosen AS (
        SELECT tenant_id, time_zone, ((%(day)s::date + 1)::timestamp AT TIME ZONE time_zone) AS stop,
               ((%(day)s::date + 2)::timestamp AT TIME ZONE time_zone) + %(grace)s::interval AS settled
        FROM tenants WHERE tenant_id = ANY (%(tenants)s)),
    traffic AS (
        SELECT tenant_id,
               sum(messages) FILTER (WHERE recent) AS messages,
               sum(messages) FILTER (WHERE recent AND status = 'delivered') AS delivered,
               sum(messages) FILTER (WHERE recent AND status IN ({_RATED})) AS rated,
               sum(messages) FILTER (WHERE recent AND status IN ('held', 'blocked')) AS withheld,
               sum(spend) FILTER (WHERE recent) AS spend,
               sum(spend) FILTER (WHERE NOT recent) AS spend_before
        FROM (SELECT tenant_id, status, messages, spend, day > %(day)s::date - {WINDOW_DAYS} AS recent
              FROM rollup_totals WHERE tenant_id = ANY (%(tenants)s)
              AND day > %(day)s::date - {2 * WINDOW_DAYS} AND day <= %(day)s::date) AS days
        GROUP BY tenant_id),
    credits AS (
        SELECT l.tenant_id, l.at, sum({CHANGE}) OVER (PARTITION BY l.tenant_id ORDER BY l.at, l.entry_id) AS so_far
        FROM ledger_entries l JOIN chosen c USING (tenant_id)
        WHERE l.kind IN {PAYING} AND l.at < c.stop),
    paid AS (
        SELECT l.tenant_id, sum({CHANGE}) AS amount FROM ledger_entries l JOIN chosen c USING (tenant_id)
        WHERE l.kind IN {PAYING} AND l.at < c.stop GROUP BY l.tenant_id),
    owed AS (
        SELECT i.tenant_id, i.invoice_id, i.due_on, i.total, i.billed_through, c.time_zone,
               i.billed_through <= coalesce(p.amount, 0) AS is_paid
        FROM invoices i JOIN chosen c USING (tenant_id) LEFT JOIN paid p USING (tenant_id)
        WHERE i.issued_at < c.stop AND i.due_on <= %(day)s::date AND i.total > 0),
    closed AS (
        SELECT o.tenant_id, o.total, o.due_on,
               CASE WHEN o.is_paid THEN (min(r.at) AT TIME ZONE o.time_zone)::date ELSE %(day)s::date END AS until
        FROM owed o LEFT JOIN credits r ON r.tenant_id = o.tenant_id AND r.so_far >= o.billed_through
        WHERE NOT o.is_paid OR o.due_on > %(day)s::date - {PAYMENT_DAYS}
        GROUP BY o.tenant_id, o.invoice_id, o.total, o.due_on, o.is_paid, o.time_zone),
    payments AS (
        SELECT tenant_id, count(*) AS invoices,
               round(sum(total * least(greatest(until - due_on, 0), {LATE_AT_MOST})) / sum(total), 2) AS late_days
        FROM closed GROUP BY tenant_id),
    tickets AS (
        SELECT tenant_id, sum(opened) AS opened, (array_agg(still_open ORDER BY day DESC))[1] AS still_open
        FROM ticket_days
        WHERE tenant_id = ANY (%(tenants)s) AND day > %(day)s::date - {WINDOW_DAYS} AND day <= %(day)s::date
        GROUP BY tenant_id HAVING bool_or(day = %(day)s::date)),
    answers AS (
        SELECT tenant_id, count(*) AS answers, count(*) FILTER (WHERE score >= 9) AS promoters,
               count(*) FILTER (WHERE score <= 6) AS detractors
        FROM (SELECT DISTINCT ON (a.tenant_id, a.user_id) a.tenant_id, a.score
              FROM nps_answers a JOIN chosen c USING (tenant_id)
              WHERE a.score IS NOT NULL AND a.at < c.stop AND a.at >= c.stop - interval '{NPS_DAYS} days'
              ORDER BY a.tenant_id, a.user_id, a.at DESC, a.answer_id DESC) AS latest
        GROUP BY tenant_id)
    SELECT c.tenant_id, (SELECT max(version) FROM health_weights w WHERE w.changed_at < c.settled),
           coalesce(m.messages, 0), coalesce(m.delivered, 0), coalesce(m.rated, 0), coalesce(m.withheld, 0),
           p.late_days, k.opened, coalesce(a.promoters, 0), coalesce(a.detractors, 0), coalesce(a.answers, 0),
           coalesce(p.invoices, 0), k.still_open, coalesce(m.spend, 0), coalesce(m.spend_before, 0)
    FROM chosen c LEFT JOIN traffic m USING (tenant_id) LEFT JOIN payments p USING (tenant_id)
    LEFT JOIN tickets k USING (tenant_id) LEFT JOIN answers a USING (tenant_id)
    ORDER BY c.tenant_id"""  # noqa: S608 — built of the constants above


def count_facts(connection: Connection, day: date, tenants: Sequence[UUID]) -> list[Counted]:
    """What was counted of each of the tenants for the local day `day` (worker's connection)."""
    rows = connection.exec_driver_sql(_COUNT, {"day": day, "tenants": list(tenants), "grace": GRACE})
    return [
        Counted(
            tenant_id=row[0],
            weights_version=row[1],
            facts=Facts(
                messages=int(row[2]),
                delivered=int(row[3]),
                rated=int(row[4]),
                withheld=int(row[5]),
                late_days=row[6],
                tickets=int(row[7]) if row[7] is not None else None,
                promoters=row[8],
                detractors=row[9],
                answers=row[10],
            ),
            invoices=row[11],
            open_tickets=row[12],
            spend=row[13],
            spend_before=row[14],
        )
        for row in rows
    ]
