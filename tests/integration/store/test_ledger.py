from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, NullPool, text
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.store import ledger
from gateway.store.engine import sqlalchemy_url
from gateway.store.ledger import Balances
from gateway.store.tenancy import tenant_transaction
from tests.integration.store.tenants import add_tenant
from tests.support.ledger import reserve

AT = datetime(2026, 11, 5, 12, tzinfo=UTC)
law = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tenant_id(worker_engine: Engine) -> UUID:
    return add_tenant(worker_engine)


def balances(engine: Engine, tenant_id: UUID) -> Balances:
    """The balances, which must be what a recount gives."""
    with engine.begin() as connection:
        found = ledger.get_balances(connection, tenant_id)
        assert found == ledger.recount(connection, tenant_id)
    return found


def test_reserve_settle_and_refund_move_the_price_between_the_accounts(tenant_id: UUID, worker_engine: Engine) -> None:
    sent, refused = uuid4(), uuid4()
    with worker_engine.begin() as connection:
        ledger.top_up(connection, tenant_id, Decimal(10), "cash", AT)
        assert reserve(connection, tenant_id, sent, Decimal("0.7"), AT)
        assert reserve(connection, tenant_id, refused, Decimal("0.35"), AT)
        assert ledger.get_balances(connection, tenant_id) == Balances(Decimal("8.95"), Decimal("1.05"))
        assert ledger.settle(connection, tenant_id, [sent], AT) == 1
        assert ledger.refund(connection, tenant_id, [refused, uuid4()], AT) == 1
        accounts = Counter[str]()
        for entry in ledger.list_entries(connection, tenant_id, limit=50):
            accounts[entry.credit] += entry.amount  # type: ignore[assignment]
            accounts[entry.debit] -= entry.amount  # type: ignore[assignment]
    assert dict(accounts) == {
        "payments": -10, "balance": Decimal("9.3"), "reserved": 0, "revenue": Decimal("0.7"),
    }  # fmt: skip
    assert sum(accounts.values()) == 0
    assert balances(worker_engine, tenant_id) == Balances(Decimal("9.3"), Decimal(0))


def test_reserve_more_than_is_left_changes_nothing(tenant_id: UUID, worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        assert not reserve(connection, tenant_id, uuid4(), Decimal("0.0001"), AT)
        ledger.top_up(connection, tenant_id, Decimal(1), "", AT)
        assert not reserve(connection, tenant_id, uuid4(), Decimal("1.0001"), AT)
        assert reserve(connection, tenant_id, uuid4(), Decimal(1), AT)
        assert not reserve(connection, tenant_id, uuid4(), Decimal("0.0001"), AT)
        assert [entry.kind for entry in ledger.list_entries(connection, tenant_id, limit=9)] == ["reserve", "topup"]
    assert balances(worker_engine, tenant_id) == Balances(Decimal(0), Decimal(1))


def test_message_of_no_price_needs_no_balance(tenant_id: UUID, worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        assert reserve(connection, tenant_id, uuid4(), Decimal(0), AT)
        assert ledger.list_entries(connection, tenant_id, limit=9) == []


def test_reservation_is_closed_once(tenant_id: UUID, worker_engine: Engine) -> None:
    message_id = uuid4()
    with worker_engine.begin() as connection:
        ledger.top_up(connection, tenant_id, Decimal(5), "", AT)
        assert reserve(connection, tenant_id, message_id, Decimal(1), AT)
        assert ledger.refund(connection, tenant_id, [message_id, message_id], AT) == 1
        assert ledger.refund(connection, tenant_id, [message_id], AT) == 0
        assert ledger.settle(connection, tenant_id, [message_id], AT) == 0
    with pytest.raises(IntegrityError), worker_engine.begin() as connection:
        reserve(connection, tenant_id, message_id, Decimal(1), AT)
    assert balances(worker_engine, tenant_id) == Balances(Decimal(5), Decimal(0))


def test_two_that_close_the_same_reservation_at_once_close_it_once(tenant_id: UUID, worker_engine: Engine) -> None:
    messages = [uuid4() for _ in range(5)]
    with worker_engine.begin() as connection:
        ledger.top_up(connection, tenant_id, Decimal(5), "", AT)
        for message_id in messages:
            reserve(connection, tenant_id, message_id, Decimal(1), AT)

    def close(turn: int) -> None:
        for message_id in messages:
            with suppress(IntegrityError), worker_engine.begin() as connection:
                (ledger.refund if turn % 2 else ledger.settle)(connection, tenant_id, [message_id], AT)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(close, range(6)))
    found = balances(worker_engine, tenant_id)
    assert found.reserved == 0
    with worker_engine.begin() as connection:
        closing = [e for e in ledger.list_entries(connection, tenant_id, limit=99) if e.debit == "reserved"]
    assert sorted(e.message_id for e in closing if e.message_id) == sorted(messages)


@law
@given(
    topup=st.integers(0, 50),
    prices=st.lists(st.integers(1, 20), min_size=2, max_size=12),
    workers=st.integers(2, 6),
)
def test_parallel_sends_never_spend_the_same_balance(
    topup: int, prices: list[int], workers: int, shared_worker_engine: Engine
) -> None:
    tenant_id = add_tenant(shared_worker_engine)
    if topup:
        with shared_worker_engine.begin() as connection:
            ledger.top_up(connection, tenant_id, Decimal(topup), "", AT)

    def send(price: int) -> int:
        with shared_worker_engine.begin() as connection:
            return price if reserve(connection, tenant_id, uuid4(), Decimal(price), AT) else 0

    with ThreadPoolExecutor(workers) as pool:
        reserved = sum(pool.map(send, prices))
    found = balances(shared_worker_engine, tenant_id)
    assert found == Balances(Decimal(topup - reserved), Decimal(reserved))
    assert reserved <= topup
    # Nothing was refused that fitted: the cheapest refused one is dearer than what is left.
    assert reserved == sum(prices) or found.available < max(prices)


STEPS = st.lists(
    st.tuples(st.sampled_from(["topup", "reserve", "settle", "refund", "adjust", "charge"]), st.integers(1, 400)),
    max_size=25,
)


@law
@given(steps=STEPS)
def test_balance_row_equals_the_sum_of_the_entries_whatever_happens(
    steps: list[tuple[str, int]], shared_worker_engine: Engine
) -> None:
    tenant_id = add_tenant(shared_worker_engine)
    messages = [uuid4()]
    with shared_worker_engine.begin() as connection:
        for step, number in steps:
            amount = Decimal(number) / 100
            match step:
                case "topup":
                    ledger.top_up(connection, tenant_id, amount, "", AT)
                case "reserve":
                    before = ledger.get_balances(connection, tenant_id).available
                    messages.append(uuid4())
                    done = reserve(connection, tenant_id, messages[-1], amount, AT)
                    assert done == (before >= amount)
                case "settle":
                    ledger.settle(connection, tenant_id, messages[: number % 5], AT)
                case "refund":
                    ledger.refund(connection, tenant_id, messages[-(number % 5) :], AT)
                case "adjust":
                    ledger.adjust(connection, tenant_id, amount - 2 or Decimal(1), "", AT)
                case _:
                    ledger.charge(connection, tenant_id, [(AT, amount), (AT, -amount / 2)], "imported")
    assert balances(shared_worker_engine, tenant_id).reserved >= 0
    with shared_worker_engine.begin() as connection:
        entries = ledger.list_entries(connection, tenant_id, limit=99)
        assert sum(entry.change for entry in entries) == ledger.get_balances(connection, tenant_id).available


def test_entries_are_listed_newest_first_by_page_kind_and_time(tenant_id: UUID, worker_engine: Engine) -> None:
    with worker_engine.begin() as connection:
        for hour in range(7):
            ledger.top_up(connection, tenant_id, Decimal(hour + 1), f"n{hour}", AT + timedelta(hours=hour // 2))
        ledger.adjust(connection, tenant_id, Decimal(-1), "late fee", AT + timedelta(hours=9))
        everything = ledger.list_entries(connection, tenant_id, limit=99)
        assert [entry.at for entry in everything] == sorted((entry.at for entry in everything), reverse=True)
        assert (everything[0].change, everything[0].note) == (Decimal(-1), "late fee")
        paged: list[ledger.Entry] = []
        while page := ledger.list_entries(
            connection, tenant_id, limit=3, after=(paged[-1].at, paged[-1].entry_id) if paged else None
        ):
            paged += page
        assert paged == everything
        assert len(ledger.list_entries(connection, tenant_id, limit=99, kinds=["adjustment"])) == 1
        first_hour = ledger.list_entries(connection, tenant_id, limit=99, start=AT, stop=AT + timedelta(hours=1))
        assert {entry.note for entry in first_hour} == {"n0", "n1"}


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        *((role, f"{verb} ledger_entries{end}") for role in ("api", "worker", "identity", "owner")
          for verb, end in (("UPDATE", " SET amount = 1"), ("DELETE FROM", ""))),
        *((role, f"{verb} ledger_balances{end}") for role in ("api", "worker", "identity")
          for verb, end in (("UPDATE", " SET available = 1"), ("DELETE FROM", ""))),
    ],
)  # fmt: skip
def test_ledger_cannot_be_changed_by_any_role(
    role: str, statement: str, tenant_id: UUID, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(f"{role}_engine")
    with pytest.raises(DBAPIError) as refused, tenant_transaction(engine, tenant_id) as connection:
        connection.execute(text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_api_may_spend_and_never_fill_a_balance(tenant_id: UUID, api_engine: Engine, worker_engine: Engine) -> None:
    message_id = uuid4()
    with worker_engine.begin() as connection:
        ledger.top_up(connection, tenant_id, Decimal(5), "", AT)
    with tenant_transaction(api_engine, tenant_id) as connection:
        assert reserve(connection, tenant_id, message_id, Decimal(1), AT)
        assert ledger.refund(connection, tenant_id, [message_id], AT) == 1
    for fill in (ledger.top_up, ledger.adjust):
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            tenant_transaction(api_engine, tenant_id) as connection,
        ):
            fill(connection, tenant_id, Decimal(1))
    assert balances(worker_engine, tenant_id).available == 5


@pytest.mark.parametrize(
    "accounts",
    ["'topup', 'revenue', 'balance'", "'refund', 'payments', 'balance'", "'gift', 'payments', 'balance'"],
)
def test_entry_between_accounts_that_do_not_belong_together_is_refused(
    accounts: str, tenant_id: UUID, worker_engine: Engine
) -> None:
    statement = f"INSERT INTO ledger_entries (tenant_id, kind, debit, credit, amount) VALUES (:tenant, {accounts}, 1)"
    with pytest.raises(IntegrityError), worker_engine.begin() as connection:
        connection.execute(text(statement), {"tenant": tenant_id})


def test_entries_of_the_single_sided_ledger_keep_their_balance(empty_database: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("gateway.migrations")))
    engine = sqlalchemy_engine(sqlalchemy_url(empty_database), poolclass=NullPool)
    tenant_id = uuid4()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.exec_driver_sql(
            "INSERT INTO ledger_entries (tenant_id, kind, amount) SELECT %s, kind, amount FROM (VALUES"
            " ('topup', 100), ('topup', -5), ('charge', -7.5), ('charge', 1), ('refund', 2), ('adjustment', 3),"
            " ('adjustment', -1), ('adjustment', 0)) AS e (kind, amount)",
            (tenant_id,),
        )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        assert ledger.get_balances(connection, tenant_id) == Balances(Decimal("92.5"), Decimal(0))
        assert ledger.differences(connection, tenant_id) == []
