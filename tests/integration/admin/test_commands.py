from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import Engine

from gateway.__main__ import main
from gateway.settings import GatewaySettings
from gateway.store import accounts, ledger


@pytest.fixture(autouse=True)
def environment(gateway_settings: GatewaySettings, worker_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", gateway_settings.database_url or "")
    with worker_engine.begin() as connection:
        accounts.create_tenant(connection, slug="acme", name="Acme")


def test_top_up_adds_to_the_balance_and_says_what_it_is(
    worker_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert main(["top-up", "--tenant", "acme", "--amount", "1250.5", "--note", "receipt 7"]) == 0
    assert "its balance is 2501.0000 AFN" in capsys.readouterr().out
    with worker_engine.begin() as connection:
        tenant_id = accounts.find_tenant(connection, "acme")
        assert tenant_id is not None
        assert ledger.get_balances(connection, tenant_id).available == Decimal(2501)
        notes = {entry.note for entry in ledger.list_entries(connection, tenant_id, limit=9)}
    assert notes == {"receipt 7"}


def test_sla_credit_is_an_entry_of_its_own_kind(worker_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sla-credit", "--tenant", "acme", "--amount", "25.5", "--note", "Outage of 3 May"]) == 0
    assert "its balance is 25.5000 AFN" in capsys.readouterr().out
    with worker_engine.begin() as connection:
        tenant_id = accounts.find_tenant(connection, "acme")
        assert tenant_id is not None
        (entry,) = ledger.list_entries(connection, tenant_id, limit=9)
    assert (entry.kind, entry.debit, entry.credit, entry.note) == (
        "sla_credit", "sla_credits", "balance", "Outage of 3 May",
    )  # fmt: skip
    assert entry.amount == entry.change == Decimal("25.5")


@pytest.mark.parametrize("amount", ["0", "-5", "nan", "inf", "1e20", "0.00001", "five", ""])
def test_top_up_of_no_amount_is_refused_and_changes_nothing(
    amount: str, worker_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["top-up", "--tenant", "acme", f"--amount={amount}"]) == 1
    assert "--amount" in capsys.readouterr().err
    with worker_engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ledger_entries").scalar_one() == 0


def test_top_up_of_unknown_tenant_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top-up", "--tenant", "nobody", "--amount", "5"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_doctor_is_content_with_what_is_right_and_names_a_wrong_balance(
    gateway_settings: GatewaySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["top-up", "--tenant", "acme", "--amount", "5"])
    assert main(["doctor"]) == 0
    assert "All is well." in capsys.readouterr().out
    with psycopg.connect(gateway_settings.database_url or "") as connection:  # the superuser, whom nothing stops
        connection.execute("UPDATE ledger_balances SET available = 6")
    assert main(["doctor"]) == 1
    assert "acme: the balances" in capsys.readouterr().out


def test_bill_issues_what_is_due_once_and_says_what(worker_engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with worker_engine.begin() as connection:
        tenant_id = accounts.find_tenant(connection, "acme")
        assert tenant_id is not None
        ledger.charge(connection, tenant_id, [(datetime(2025, 3, 5, tzinfo=UTC), Decimal("7.25"))])
    assert main(["bill", "--tenant", "acme"]) == 0
    assert "acme: 2025-03-0001, 7.2500 AFN, open" in capsys.readouterr().out
    assert main(["bill"]) == 0
    assert "No month was waiting" in capsys.readouterr().out
    assert main(["bill", "--tenant", "nobody"]) == 1
    assert main(["doctor"]) == 0


def test_payment_has_no_more_decimals_than_its_currency(
    worker_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with worker_engine.begin() as connection:
        accounts.create_tenant(connection, slug="tokyo", name="Tokyo", currency="JPY")
    assert main(["top-up", "--tenant", "tokyo", "--amount", "5.5"]) == 1
    assert "JPY is paid with at most 0 decimals" in capsys.readouterr().err
    assert main(["top-up", "--tenant", "tokyo", "--amount", "5.00"]) == 0


def test_link_of_tickets_is_kept_audited_and_taken_back(
    worker_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link-tickets", "--tenant", "acme", "--organisation", " acme-ltd "]) == 0
    assert main(["link-tickets", "--tenant", "acme", "--organisation", "acme-ltd"]) == 0
    assert "GATEWAY_TICKETS names no support system yet" in capsys.readouterr().out
    assert main(["link-tickets", "--tenant", "acme", "--none"]) == 0
    with worker_engine.begin() as connection:
        said = connection.exec_driver_sql(
            "SELECT details->>'organisation' FROM audit_events WHERE action = 'tickets.linked' ORDER BY audit_id"
        ).all()
        assert connection.exec_driver_sql("SELECT organisation FROM ticket_accounts").scalar_one() is None
    assert [row[0] for row in said] == ["acme-ltd", None]


@pytest.mark.parametrize(
    "given", [[], ["--none", "--organisation", "x"], ["--organisation", " "], ["--organisation", "x" * 201]]
)
def test_link_that_says_nothing_or_two_things_is_refused(
    given: list[str], worker_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link-tickets", "--tenant", "acme", *given]) == 1
    assert "--organisation" in capsys.readouterr().err
    with worker_engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ticket_accounts").scalar_one() == 0
