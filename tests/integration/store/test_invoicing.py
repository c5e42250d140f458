"""Invoices of the ledger: each month once, all of it, and lines that name exactly what they bill."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from gateway.domain.messages import NewMessage, new_message
from gateway.domain.statuses import Status
from gateway.store import invoices, ledger, writes
from gateway.store.accounts import Account, create_tenant, get_account
from gateway.store.invoices import Invoice
from gateway.store.invoicing import issue_due, past_due, tell_overdue
from gateway.store.low_balance import set_threshold, tell_low
from gateway.store.partitions import ensure_months
from tests.support.ledger import reserve

ZONE = ZoneInfo("Asia/Kabul")
NewAccount = Callable[..., Account]


@pytest.fixture
def new_account(shared_worker_engine: Engine) -> NewAccount:
    made = iter(range(10_000))

    def create(**given: Any) -> Account:
        with shared_worker_engine.begin() as connection:
            slug = f"b{random.getrandbits(48):012x}-{next(made)}"
            tenant_id = create_tenant(connection, slug=slug, name="Billed", **given)
            account = get_account(connection, tenant_id)
        assert account is not None
        return account

    return create


def draw_length(price: Decimal) -> int:
    """One segment or two, so that not every price is a price per segment."""
    return 90 if int(price * 10_000) % 3 else 1


def local(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def a_message(account: Account, at: datetime, recipient: str, source: str, price: Decimal) -> NewMessage:
    return new_message(
        tenant_id=account.tenant_id, submitted_at=at, recipient=recipient, sender_id="BANK", source=source,
        external_id=f"{random.getrandbits(64):x}", body="Hi" * draw_length(price), status=Status.SENT, sent_at=at, price=price,
    )  # fmt: skip


def send(connection: Connection, account: Account, at: datetime, price: Decimal, *, charged: datetime | None) -> UUID:
    """A message accepted here; its price is charged at `charged`, or given back when that is None."""
    row = a_message(account, at, "+93700000141", "api", price)
    writes.insert_messages(connection, [row])
    assert reserve(connection, account.tenant_id, row.message_id, price, at)
    if charged is None:
        ledger.refund(connection, account.tenant_id, [row.message_id], at)
    else:
        ledger.settle(connection, account.tenant_id, [row.message_id], charged)
    return row.message_id


def billed_messages(connection: Connection, account: Account) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for line, message in connection.execute(
        text("SELECT line_id, message_id FROM invoice_messages WHERE tenant_id = :t"), {"t": account.tenant_id}
    ):
        found.setdefault(line, set()).add(message)
    return found


def revenue(connection: Connection, account: Account, stop: datetime) -> Decimal:
    """Counted without the code under test."""
    rows = connection.execute(
        text("SELECT debit, credit, amount FROM ledger_entries WHERE tenant_id = :t AND at < :stop"),
        {"t": account.tenant_id, "stop": stop},
    ).all()
    return sum(
        (a if credit == "revenue" else -a for debit, credit, a in rows if "revenue" in (debit, credit)), Decimal(0)
    )


MONEY = st.decimals(min_value="0.0001", max_value="90", places=4)
MOMENTS = st.integers(min_value=0, max_value=89 * 24 * 60).map(
    lambda minutes: datetime(2026, 7, 1, tzinfo=ZONE) + timedelta(minutes=minutes)
)
EVENTS = st.one_of(
    st.tuples(st.just("send"), MOMENTS, MONEY, st.sampled_from([None, 0, 5, 3000])),
    st.tuples(st.just("charge"), MOMENTS, MONEY, st.none()),
    st.tuples(st.just("refund"), MOMENTS, MONEY, st.none()),
    st.tuples(st.just("import"), MOMENTS, MONEY, st.sampled_from([True, False])),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(EVENTS, max_size=14), st.lists(EVENTS, max_size=5))
def test_invoices_together_are_the_ledger_whatever_happened(
    new_account: NewAccount, shared_worker_engine: Engine, first: list[Any], later: list[Any]
) -> None:
    account = new_account()
    with shared_worker_engine.begin() as connection:
        ensure_months(connection, [date(2026, month, 1) for month in range(6, 12)])
        ledger.top_up(connection, account.tenant_id, Decimal(10_000), "", local(7, 1, 0))
        for happened in first:
            happen(connection, account, happened)
    _bill(shared_worker_engine, account, local(9, 2))
    with shared_worker_engine.begin() as connection:
        for happened in later:  # some of it belongs to months that are billed already
            happen(connection, account, happened)
    _bill(shared_worker_engine, account, local(10, 2))
    with shared_worker_engine.begin() as connection:
        made = invoices.list_invoices(connection, account.tenant_id, today=date(2026, 10, 2), limit=99)
        assert sum((each.total for each in made), Decimal(0)) == revenue(connection, account, local(10, 1, 0))
        assert invoices.differences(connection, account.tenant_id) == []
        rows = connection.execute(
            text("SELECT message_id, price FROM messages WHERE tenant_id = :t"), {"t": account.tenant_id}
        )
        prices: dict[UUID, Decimal] = {row.message_id: row.price for row in rows}
        opened = billed_messages(connection, account)
        for invoice in made:
            for line in invoices.list_lines(connection, account.tenant_id, invoice.invoice_id):
                named = opened.pop(line.line_id, set())
                assert len(named) == line.messages
                if line.kind == "messages":
                    assert sum((prices.pop(message) for message in named), Decimal(0)) == line.amount
                if line.unit_price is not None:
                    assert line.unit_price * line.segments == line.amount
        assert opened == {}


def happen(connection: Connection, account: Account, happened: tuple[str, datetime, Decimal, Any]) -> None:
    kind, at, amount, more = happened
    if kind == "send":
        charged = None if more is None else at + timedelta(minutes=more)
        send(connection, account, at, amount, charged=charged)
    elif kind == "import":
        # A day's import charges what its messages cost, or (a file whose prices were corrected by hand) something else.
        row = a_message(account, at, "+93790000141", "import", amount)
        writes.insert_messages(connection, [row])
        noon = datetime.combine(at.date(), time(12), ZONE)
        ledger.charge(connection, account.tenant_id, [(noon, amount if more else amount + 1)], "imported messages")
    else:
        signed = amount if kind == "charge" else -amount
        ledger.charge(connection, account.tenant_id, [(at, signed)])


def _bill(engine: Engine, account: Account, now: datetime) -> list[Invoice]:
    with engine.begin() as connection:
        return issue_due(connection, account, now)


def test_each_month_is_billed_once_though_two_do_it_at_once(
    new_account: NewAccount, shared_worker_engine: Engine
) -> None:
    account = new_account()
    with shared_worker_engine.begin() as connection:
        ledger.charge(connection, account.tenant_id, [(local(8, 3), Decimal(5)), (local(9, 3), Decimal(7))])
    made: list[list[Invoice]] = []
    threads = [
        threading.Thread(target=lambda: made.append(_bill(shared_worker_engine, account, local(10, 1))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each) for each in made) == [0, 0, 0, 2]
    assert _bill(shared_worker_engine, account, local(10, 20)) == []


def test_month_ends_at_the_accounts_midnight_and_is_billed_an_hour_later(
    new_account: NewAccount, shared_worker_engine: Engine
) -> None:
    account = new_account()
    midnight = local(9, 1, 0)
    with shared_worker_engine.begin() as connection:
        last = midnight - timedelta(microseconds=1)
        ledger.charge(connection, account.tenant_id, [(last, Decimal(5)), (midnight, Decimal(7))])
    assert _bill(shared_worker_engine, account, midnight + timedelta(minutes=59)) == []
    (august,) = _bill(shared_worker_engine, account, midnight + timedelta(hours=1))
    assert (august.total, august.period_start, august.period_end) == (5, date(2026, 8, 1), date(2026, 8, 31))
    assert august.number.startswith("2026-08-")
    assert august.due_on == date(2026, 9, 15)


def test_numbers_of_a_month_are_without_gap_and_not_given_twice(
    new_account: NewAccount, shared_worker_engine: Engine
) -> None:
    numbers = []
    for _ in range(3):
        account = new_account()
        with shared_worker_engine.begin() as connection:
            ledger.charge(connection, account.tenant_id, [(datetime(2031, 5, 5, tzinfo=UTC), Decimal(1))])
        numbers += [each.number for each in _bill(shared_worker_engine, account, datetime(2031, 6, 2, tzinfo=UTC))]
    assert numbers == ["2031-05-0001", "2031-05-0002", "2031-05-0003"]


def test_payments_pay_the_oldest_first_and_the_day_makes_it_overdue(
    new_account: NewAccount, shared_worker_engine: Engine
) -> None:
    account = new_account()
    with shared_worker_engine.begin() as connection:
        ledger.charge(connection, account.tenant_id, [(local(8, 3), Decimal("10.0050")), (local(9, 3), Decimal(7))])
    _bill(shared_worker_engine, account, local(9, 1))
    _bill(shared_worker_engine, account, local(10, 1))

    def standing(today: date) -> list[tuple[str, Decimal, datetime | None]]:
        with shared_worker_engine.begin() as connection:
            found = invoices.list_invoices(connection, account.tenant_id, today=today, limit=9)
        return [(each.status, each.amount_due, each.paid_at) for each in found]

    assert standing(date(2026, 10, 15)) == [("open", Decimal("7.00"), None), ("overdue", Decimal("10.01"), None)]
    with shared_worker_engine.begin() as connection:
        ledger.top_up(connection, account.tenant_id, Decimal("10.01"), "", local(10, 4))
    paid = [("open", Decimal("7.00"), None), ("paid", Decimal(0), local(10, 4))]
    assert standing(date(2026, 10, 15)) == paid
    assert [each[0] for each in standing(date(2026, 10, 16))] == ["overdue", "paid"]


@pytest.mark.parametrize(
    ("currency", "charged", "due"),
    [("AFN", "0.3501", "0.36"), ("USD", "1.0050", "1.01"), ("JPY", "3.0001", "4"), ("KWD", "0.1234", "0.124")],
)
def test_amount_due_can_be_paid_in_its_currency_and_settles_the_invoice(
    new_account: NewAccount, shared_worker_engine: Engine, currency: str, charged: str, due: str
) -> None:
    account = new_account(currency=currency)
    with shared_worker_engine.begin() as connection:
        ledger.charge(connection, account.tenant_id, [(local(8, 3), Decimal(charged))])
    (invoice,) = _bill(shared_worker_engine, account, local(9, 2))
    assert (invoice.total, str(invoice.amount_due), invoice.currency) == (Decimal(charged), due, currency)
    with shared_worker_engine.begin() as connection:
        ledger.top_up(connection, account.tenant_id, invoice.amount_due, "", local(9, 3))
        after = invoices.get_invoice(connection, account.tenant_id, invoice.invoice_id, today=date(2027, 1, 1))
    assert after is not None
    assert after.status == "paid"


def events(connection: Connection, account: Account) -> list[tuple[str, dict[str, Any]]]:
    rows = connection.execute(
        text("SELECT event_type, data FROM platform_events WHERE tenant_id = :t ORDER BY event_id"),
        {"t": account.tenant_id},
    )
    return [(kind, data) for kind, data in rows]


def test_overdue_is_told_once_and_never_of_what_was_paid(new_account: NewAccount, shared_worker_engine: Engine) -> None:
    late, punctual = new_account(), new_account()
    for account in (late, punctual):
        with shared_worker_engine.begin() as connection:
            ledger.charge(connection, account.tenant_id, [(local(8, 3), Decimal(5))])
        _bill(shared_worker_engine, account, local(9, 1))
    with shared_worker_engine.begin() as connection:
        ledger.top_up(connection, punctual.tenant_id, Decimal(5), "", local(9, 3))
    for now in (local(9, 15), local(9, 16), local(9, 17)):
        with shared_worker_engine.begin() as connection:
            for tenant_id, invoice_id in past_due(connection, now):
                account = get_account(connection, tenant_id)
                assert account is not None
                tell_overdue(connection, account, invoice_id, now)
    with shared_worker_engine.begin() as connection:
        told = events(connection, late)
        assert [kind for kind, _ in told] == ["invoice.issued", "invoice.overdue"]
        assert told[1][1]["status"] == "overdue"
        assert [kind for kind, _ in events(connection, punctual)] == ["invoice.issued"]


def test_low_balance_is_told_once_until_it_was_above_the_threshold_again(
    new_account: NewAccount, shared_worker_engine: Engine
) -> None:
    account = new_account(currency="KWD")

    def look(charge: str = "0", payment: str = "0") -> int:
        with shared_worker_engine.begin() as connection:
            if Decimal(charge):
                ledger.charge(connection, account.tenant_id, [(local(8, 3), Decimal(charge))])
            if Decimal(payment):
                ledger.top_up(connection, account.tenant_id, Decimal(payment))
            tell_low(connection, local(8, 4))
            return len(events(connection, account))

    with shared_worker_engine.begin() as connection:
        ledger.top_up(connection, account.tenant_id, Decimal(10))
        set_threshold(connection, account.tenant_id, Decimal("5.125"))
    assert [look(), look("4.875"), look("0.0001"), look("1"), look(payment="9"), look("8")] == [0, 0, 1, 1, 1, 2]
    with shared_worker_engine.begin() as connection:
        assert events(connection, account)[0] == (
            "balance.low",
            {
                "balance": {"amount": "5.1249", "currency": "KWD"},
                "threshold": {"amount": "5.1250", "currency": "KWD"},
            },
        )
        set_threshold(connection, account.tenant_id, None)
    assert look("1") == 2
