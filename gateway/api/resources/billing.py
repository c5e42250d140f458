"""What an account has left, how long it lasts, and what it used, paid and pays for each segment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response

from gateway.api import cursors
from gateway.api.access import open_account, principal
from gateway.api.context import dependencies
from gateway.api.documents import answers, blueprint
from gateway.api.idempotency import once
from gateway.api.local_time import start_of_day
from gateway.api.models import billing as models
from gateway.api.models.accounts import Balance
from gateway.api.models.filters import NoParameters, TenantQuery
from gateway.api.models.shape import Money
from gateway.api.problems import invalid
from gateway.api.replies import not_modified, reply, revision_tag
from gateway.api.tally import Tally, tally_by
from gateway.domain import ids
from gateway.domain.currencies import is_payable
from gateway.store import invoices, ledger
from gateway.store.accounts import Account, BalanceNumbers, get_balance
from gateway.store.analytics import Dimension, TrafficScope, count_messages
from gateway.store.audit import record
from gateway.store.connections import Connection
from gateway.store.low_balance import set_threshold
from gateway.store.positions import Position
from gateway.store.prices import list_prices

api = blueprint("billing", __name__, "Billing")

PACE_DAYS = 28


@api.get("/billing/balance", responses=answers(Balance, etag=True))
def get_account_balance(query: TenantQuery) -> Response:
    """The balance, and the days it lasts at the pace of the last 28 full days"""
    with open_account(query.tenant_id) as (connection, account):
        numbers = _numbers(connection, account)
    tag = revision_tag(account.tenant_id, numbers.balance, numbers.spent, numbers.low)
    return not_modified(tag) or reply(_balance(account, numbers), etag=tag)


@api.put("/billing/low-balance", responses=answers(Balance, 413, 415))
def set_low_balance(query: NoParameters, body: models.LowBalanceBody) -> Response:
    """Set the threshold of the event `balance.low`, or take it back

    The event is told once when the balance falls below the threshold, and again only after it was above it.
    """

    def change(connection: Connection, account: Account) -> Response:
        threshold = Decimal(body.threshold) if body.threshold is not None else None
        if threshold is not None and not is_payable(threshold, account.currency):
            raise invalid("threshold", "amount", f"{account.currency} is not divided that far.")
        set_threshold(connection, account.tenant_id, threshold)
        details = {"threshold": body.threshold, "currency": account.currency}
        subject = str(account.tenant_id)
        record(connection, account.tenant_id, principal().user_id, "low_balance.changed", subject, details)
        return reply(_balance(account, _numbers(connection, account)))

    with open_account(None) as (connection, account):
        return once(connection, account.tenant_id, lambda: change(connection, account))


@api.get("/billing/usage", responses=answers(models.Usage))
def get_usage(query: models.UsageQuery) -> Response:
    """Messages, segments, delivery and spend of a period, in all and by operator"""
    with open_account(query.tenant_id) as (connection, account):
        first, last = _period(query, account)
        counts = count_messages(connection, TrafficScope(account.tenant_id, first, last), by=Dimension.OPERATOR)
    tallies, whole = tally_by(counts, lambda item: item.key), Tally()
    for tally in tallies.values():
        whole.include(tally)
    return reply(
        models.Usage(
            from_=first,
            to=last,
            messages=whole.messages,
            segments=whole.segments,
            delivered=whole.delivered,
            delivery_rate=whole.delivery_rate,
            spend=Money.of(whole.spend, account.currency),
            by_operator=[
                models.OperatorUsage(
                    operator=operator,
                    messages=tally.messages,
                    segments=tally.segments,
                    delivered=tally.delivered,
                    spend=Money.of(tally.spend, account.currency),
                )
                for operator, tally in sorted(tallies.items(), key=lambda item: (-item[1].spend, item[0]))
            ],
        )
    )


@api.get("/billing/ledger", responses=answers(models.LedgerEntries))
def list_ledger(query: models.LedgerQuery) -> Response:
    """Every movement of the account's money, newest first; the balance is the sum of all of them"""
    with open_account(query.tenant_id) as (connection, account):
        zone = ZoneInfo(account.time_zone)
        described = f"{account.tenant_id}:ledger:{sorted(set(query.kind))}:{query.start_date}:{query.end_date}"
        rows = ledger.list_entries(
            connection,
            account.tenant_id,
            limit=query.limit + 1,
            after=_after(query.cursor, described),
            kinds=sorted(set(query.kind)) or None,
            start=start_of_day(query.start_date, zone) if query.start_date else None,
            stop=start_of_day(query.end_date + timedelta(days=1), zone) if query.end_date else None,
        )
    shown = rows[: query.limit]
    last = Position(shown[-1].at, shown[-1].entry_id) if len(rows) > query.limit else None
    return reply(
        models.LedgerEntries(
            items=[
                models.LedgerEntry.model_validate(
                    {
                        "entry_id": str(row.entry_id),
                        "at": row.at,
                        "kind": row.kind,
                        "amount": Money.of(row.change, row.currency),
                        "moved": Money.of(row.amount, row.currency),
                        "message_id": ids.encode(row.message_id) if row.message_id else None,
                        "description": row.note,
                    }
                )
                for row in shown
            ],
            next_cursor=cursors.from_position(last, described) if last else None,
        )
    )


@api.get("/billing/prices", responses=answers(models.Prices))
def list_account_prices(query: TenantQuery) -> Response:
    """What a segment costs, by country and operator; the closest line holds"""
    with open_account(query.tenant_id) as (connection, account):
        rows = list_prices(connection, account.tenant_id)
    return reply(
        models.Prices(
            items=[
                models.PriceItem(
                    country=row.country, operator=row.operator, price=Money.of(row.price, row.currency), own=row.own
                )
                for row in rows
            ]
        )
    )


@api.get("/billing/payments", responses=answers(models.Payments))
def list_payments(query: models.PaymentsQuery) -> Response:
    """What was paid, newest first"""
    with open_account(query.tenant_id) as (connection, account):
        described = f"{account.tenant_id}:payments"
        after = _after(query.cursor, described)
        rows = invoices.list_payments(connection, account.tenant_id, limit=query.limit + 1, after=after)
    shown = rows[: query.limit]
    last = Position(shown[-1].at, shown[-1].payment_id) if len(rows) > query.limit else None
    return reply(
        models.Payments(
            items=[
                models.PaymentItem(
                    payment_id=str(row.payment_id),
                    at=row.at,
                    amount=Money.of(row.amount, account.currency),
                    reference=row.note,
                )
                for row in shown
            ],
            next_cursor=cursors.from_position(last, described) if last else None,
        )
    )


def runway(balance: Decimal, daily: Decimal) -> float | None:
    """Days until nothing is left; 0 for a spent balance, None when nothing is being spent."""
    if daily <= 0:
        return None
    return round(float(max(balance, Decimal(0)) / daily), 1)


def _after(cursor: str | None, described: str) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    place = cursors.to_position(cursor, described)
    return place.submitted_at, place.message_id


def _numbers(connection: Connection, account: Account) -> BalanceNumbers:
    yesterday = _today(account) - timedelta(days=1)
    return get_balance(connection, account.tenant_id, yesterday - timedelta(days=PACE_DAYS - 1), yesterday)


def _balance(account: Account, numbers: BalanceNumbers) -> Balance:
    average = numbers.spent / PACE_DAYS
    return Balance(
        balance=Money.of(numbers.balance, account.currency),
        as_of=dependencies().now(),
        average_daily_spend=Money.of(average, account.currency),
        runway_days=runway(numbers.balance, average),
        low_balance_threshold=Money.of(numbers.low, account.currency) if numbers.low is not None else None,
    )


def _today(account: Account) -> date:
    return dependencies().now().astimezone(ZoneInfo(account.time_zone)).date()


def _period(query: models.UsageQuery, account: Account) -> tuple[date, date]:
    last = query.to or _today(account)
    first = query.from_ or last.replace(day=1)
    if last < first:
        raise invalid("to", "date_range", "'to' must not be before 'from'.")
    if (last - first).days >= models.LONGEST_USAGE_DAYS:
        raise invalid("to", "date_range", f"The period may span at most {models.LONGEST_USAGE_DAYS} days.")
    return first, last
