"""Making invoices of the ledger (worker's connection): each month once, and all of it.

What an invoice comes to is the ledger's revenue until the month's end, without what was billed before. So all invoices
together are the ledger, to the last digit, also when a charge is entered for a month that was billed already.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from gateway.domain.billing_periods import Month, months_over
from gateway.store import invoices
from gateway.store.accounts import Account
from gateway.store.events import emit
from gateway.store.invoices import Invoice
from gateway.store.outbound import SOURCES

DUE_DAYS = 14

REVENUE = "CASE 'revenue' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END"
"""SQL: what an entry adds to what a tenant owes us in all."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('invoices ' || CAST(:tenant_id AS text), 0))")
_BEGIN = text("""
    SELECT (SELECT billed_until FROM billing_settings WHERE tenant_id = :tenant_id),
           (SELECT at FROM ledger_entries WHERE tenant_id = :tenant_id ORDER BY at LIMIT 1)""")

_TOTALS = text(f"""
    SELECT coalesce(sum({REVENUE}), 0), coalesce(sum({REVENUE}) FILTER (WHERE at < :start), 0),
           (SELECT coalesce(sum(total), 0) FROM invoices WHERE tenant_id = :tenant_id)
    FROM ledger_entries WHERE tenant_id = :tenant_id AND at < :stop""")  # noqa: S608 — of the constant above

# What the ledger charged message by message, at the price it charged.
_STAGE = text("""
    CREATE TEMPORARY TABLE IF NOT EXISTS billed_messages (
        submitted_at timestamptz, message_id uuid, operator text, country char(2), segments smallint,
        amount numeric(12, 4), unit_price numeric(12, 4)
    ) ON COMMIT DROP""")
_EMPTY = text("TRUNCATE billed_messages")
_UNIT = (
    "CASE WHEN segments > 0 AND round(amount / segments, 4) * segments = amount THEN round(amount / segments, 4) END"
)
_TAKE_CHARGED = text(f"""
    INSERT INTO billed_messages
    SELECT submitted_at, message_id, operator, country, segments, amount, {_UNIT} FROM (
        SELECT m.submitted_at, m.message_id, m.operator, m.country, m.segments, c.amount
        FROM ledger_entries c JOIN messages m ON m.tenant_id = c.tenant_id AND m.message_id = c.message_id
        WHERE c.tenant_id = :tenant_id AND c.at >= :start AND c.at < :stop
          AND c.kind = 'charge' AND c.debit = 'reserved'
          AND m.submitted_at >= :sent_from AND m.submitted_at < :stop) AS charged""")  # noqa: S608 — of the constant above

# What was sent elsewhere is charged by the day. A day whose messages cost exactly what was charged bills these
# messages; of any other it cannot be said which ones were meant.
_TAKE_DAYS = text(f"""
    WITH charged AS (
        SELECT (at AT TIME ZONE :zone)::date AS day, sum({REVENUE}) AS amount FROM ledger_entries
        WHERE tenant_id = :tenant_id AND at >= :start AND at < :stop AND message_id IS NULL
          AND 'revenue' IN (debit, credit)
        GROUP BY 1),
    sent AS (
        SELECT (submitted_at AT TIME ZONE :zone)::date AS day, submitted_at, message_id, operator, country, segments,
               price AS amount
        FROM messages
        WHERE tenant_id = :tenant_id AND submitted_at >= :start AND submitted_at < :stop AND price > 0
          AND source <> ALL (:accepted_here)),
    agreed AS (
        SELECT day FROM (SELECT day, sum(amount) AS amount FROM sent GROUP BY day) AS s JOIN charged c USING (day)
        WHERE s.amount = c.amount)
    INSERT INTO billed_messages
    SELECT submitted_at, message_id, operator, country, segments, amount, {_UNIT}
    FROM sent JOIN agreed USING (day)""")  # noqa: S608 — of the constants above

_ADD_MESSAGE_LINES = text("""
    INSERT INTO invoice_lines (tenant_id, invoice_id, place, kind, operator, country, messages, segments, unit_price,
                               amount)
    SELECT :tenant_id, :invoice_id,
           row_number() OVER (ORDER BY country <> 'AF', country, operator, unit_price), 'messages', operator, country,
           count(*), sum(segments), unit_price, sum(amount)
    FROM billed_messages GROUP BY operator, country, unit_price""")
_ADD_LINE = text("""
    INSERT INTO invoice_lines (tenant_id, invoice_id, place, kind, messages, segments, amount)
    SELECT :tenant_id, :invoice_id, coalesce(max(place), 0) + 1, :kind, 0, 0, :amount
    FROM invoice_lines WHERE tenant_id = :tenant_id AND invoice_id = :invoice_id""")
_ADD_MESSAGES = text("""
    INSERT INTO invoice_messages (tenant_id, line_id, submitted_at, message_id)
    SELECT l.tenant_id, l.line_id, b.submitted_at, b.message_id
    FROM billed_messages b JOIN invoice_lines l
      ON l.operator = b.operator AND l.country = b.country AND l.unit_price IS NOT DISTINCT FROM b.unit_price
    WHERE l.tenant_id = :tenant_id AND l.invoice_id = :invoice_id AND l.kind = 'messages'""")

_NUMBER = text("""
    INSERT INTO invoice_numbers AS n (month, last) VALUES (:month, 1)
    ON CONFLICT (month) DO UPDATE SET last = n.last + 1 RETURNING last""")
_DUE_DAYS = text("SELECT due_days FROM billing_settings WHERE tenant_id = :tenant_id")
_ADD_INVOICE = text("""
    INSERT INTO invoices (tenant_id, number, period_start, period_end, currency, issued_at, issued_on, due_on, total,
                          billed_through)
    VALUES (:tenant_id, :number, :first, :last, :currency, :now, :issued_on, :due_on, :total, :through)
    RETURNING invoice_id""")
_BILLED_UNTIL = text("""
    INSERT INTO billing_settings (tenant_id, billed_until) VALUES (:tenant_id, :until)
    ON CONFLICT (tenant_id) DO UPDATE SET billed_until = excluded.billed_until""")

LONGEST_ON_ITS_WAY = timedelta(days=31)
"""How long before its charge a message may have been accepted."""


def issue_due(connection: Connection, account: Account, now: datetime) -> list[Invoice]:
    """Issue the invoices of all months that are over and not billed yet, oldest first; a month without a charge gets
    none. Repeated, or done by two at once, it makes each invoice once."""
    connection.execute(_LOCK, {"tenant_id": account.tenant_id})
    zone = ZoneInfo(account.time_zone)
    until, oldest = connection.execute(_BEGIN, {"tenant_id": account.tenant_id}).one()
    if until is None and oldest is None:
        return []
    first = Month(until, zone) if until is not None else Month.of(oldest, zone)
    made = []
    for month in months_over(first, now):
        invoice_id = _issue(connection, account, month, now)
        connection.execute(_BILLED_UNTIL, {"tenant_id": account.tenant_id, "until": month.following.first})
        if invoice_id is not None:
            invoice = invoices.get_invoice(connection, account.tenant_id, invoice_id, today=_today(now, zone))
            if invoice is None:
                raise RuntimeError("an invoice that was just made is not there")
            emit(connection, account.tenant_id, "invoice.issued", invoices.event_data(invoice))
            made.append(invoice)
    return made


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _issue(connection: Connection, account: Account, month: Month, now: datetime) -> UUID | None:
    span = {"tenant_id": account.tenant_id, "start": month.start, "stop": month.stop}
    through, before, billed = connection.execute(_TOTALS, span).one()
    connection.execute(_STAGE)
    connection.execute(_EMPTY)
    connection.execute(_TAKE_CHARGED, {**span, "sent_from": month.start - LONGEST_ON_ITS_WAY})
    connection.execute(_TAKE_DAYS, {**span, "zone": account.time_zone, "accepted_here": list(SOURCES)})
    messages, amount = connection.execute(text("SELECT count(*), coalesce(sum(amount), 0) FROM billed_messages")).one()
    rest = {"other": through - before - amount, "late": before - billed}
    if not messages and not any(rest.values()):
        return None
    invoice_id = _add_invoice(connection, account, month, now, through - billed, through)
    named = {"tenant_id": account.tenant_id, "invoice_id": invoice_id}
    connection.execute(_ADD_MESSAGE_LINES, named)
    connection.execute(_ADD_MESSAGES, named)
    for kind, left in rest.items():
        if left:
            connection.execute(_ADD_LINE, {**named, "kind": kind, "amount": left})
    return invoice_id


def _add_invoice(
    connection: Connection, account: Account, month: Month, now: datetime, total: Decimal, through: Decimal
) -> UUID:
    issued_on = _today(now, month.zone)
    due_days = connection.execute(_DUE_DAYS, {"tenant_id": account.tenant_id}).scalar()
    number = connection.execute(_NUMBER, {"month": month.name}).scalar_one()
    made: UUID = connection.execute(
        _ADD_INVOICE,
        {
            "tenant_id": account.tenant_id, "number": f"{month.name}-{number:04d}", "first": month.first,
            "last": month.end, "currency": account.currency, "now": now, "issued_on": issued_on,
            "due_on": issued_on + timedelta(days=DUE_DAYS if due_days is None else due_days), "total": total,
            "through": through,
        },
    ).scalar_one()  # fmt: skip
    return made


_WATCHED = text("""
    SELECT tenant_id, invoice_id FROM invoices WHERE watched AND due_on < :day
    ORDER BY due_on, invoice_id LIMIT 1000""")
_SEEN = text(
    "UPDATE invoices SET watched = false WHERE tenant_id = :tenant_id AND invoice_id = :invoice_id AND watched"
)


def past_due(connection: Connection, now: datetime) -> list[tuple[UUID, UUID]]:
    """Tenant and id of invoices whose day may have passed and that nobody has looked at since."""
    # Somewhere it is a day later than here; who looks at one decides by the account's own day.
    day = (now + timedelta(days=1)).date()
    return [(tenant, invoice) for tenant, invoice in connection.execute(_WATCHED, {"day": day})]


def tell_overdue(connection: Connection, account: Account, invoice_id: UUID, now: datetime) -> bool:
    """Tell, once, that an invoice was not paid by its day; False when it was, or the day is not over."""
    invoice = invoices.get_invoice(
        connection, account.tenant_id, invoice_id, today=_today(now, ZoneInfo(account.time_zone))
    )
    if invoice is None or invoice.status == "open":
        return False
    if not connection.execute(_SEEN, {"tenant_id": account.tenant_id, "invoice_id": invoice_id}).rowcount:
        return False
    if invoice.status == "overdue":
        emit(connection, account.tenant_id, "invoice.overdue", invoices.event_data(invoice))
    return invoice.status == "overdue"
