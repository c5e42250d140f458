"""Billing over the API: what each role sees, lines that open what they bill, pages, money in its own decimals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from gateway.store import ledger
from gateway.store.prices import set_price
from tests.support.api_world import NOW, World

INVOICES = "/v1/billing/invoices"
BALANCE = "/v1/billing/balance"
LOW_BALANCE = "/v1/billing/low-balance"
HALF_OF_THOUSAND = {"amount": "499.5000", "currency": "AFN"}


def pages(world: World, who: str, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = world.get(who, path, **query, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.json
        found += answer.json["items"]
        cursor = answer.json["nextCursor"]
        if cursor is None:
            return found


def amount(money: dict[str, str]) -> Decimal:
    return Decimal(money["amount"])


def only_invoice(world: World, who: str = "billing", **query: Any) -> dict[str, Any]:
    (listed,) = world.get(who, INVOICES, **query).json["items"]
    found: dict[str, Any] = world.get(who, f"{INVOICES}/{listed['invoiceId']}", **query).json
    assert {name: found[name] for name in listed} == listed
    return found


def test_lines_add_up_and_open_exactly_the_messages_they_bill(world: World) -> None:
    invoice = only_invoice(world)
    assert sum(amount(line["amount"]) for line in invoice["lines"]) == amount(invoice["total"])
    opened: list[str] = []
    for line in invoice["lines"]:
        rows = pages(world, "owner", "/v1/messages", limit=3, **line["messageFilter"])
        assert [row["messageId"] for row in rows] == sorted((row["messageId"] for row in rows), reverse=True)
        assert len(rows) == line["messages"]
        assert sum(row["segments"] for row in rows) == line["segments"]
        assert sum(amount(row["price"]) for row in rows) == amount(line["amount"])
        assert {(row["operator"], row["country"]) for row in rows} == {(line["operator"], line["country"])}
        opened += [row["messageId"] for row in rows]
    day = pages(world, "owner", "/v1/messages", limit=200, startDate="2026-10-25", endDate="2026-10-25")
    assert sorted(opened) == sorted(row["messageId"] for row in day if amount(row["price"]))
    assert len(opened) > 20


def test_filter_of_a_line_goes_with_others_and_knows_no_line_of_anybody_else(world: World) -> None:
    line = only_invoice(world)["lines"][0]
    rows = pages(world, "owner", "/v1/messages", **line["messageFilter"])
    failed = pages(world, "owner", "/v1/messages", **line["messageFilter"], status=["failed", "expired"])
    wanted = [row["messageId"] for row in rows if row["status"] in ("failed", "expired")]
    assert [row["messageId"] for row in failed] == wanted
    for who, query in (("stranger", line["messageFilter"]), ("owner", {"invoiceLineId": str(uuid4())})):
        assert world.get(who, "/v1/messages", **query).json["items"] == []


def test_invoice_was_paid_by_what_came_in_before_it(world: World) -> None:
    invoice = only_invoice(world)
    assert invoice["number"].startswith("2026-10-")
    assert (invoice["periodStart"], invoice["periodEnd"]) == ("2026-10-01", "2026-10-31")
    assert (invoice["issuedOn"], invoice["dueOn"]) == ("2026-11-01", "2026-11-15")
    assert (invoice["status"], invoice["paidAt"]) == ("paid", invoice["issuedAt"])
    assert invoice["amountDue"] == {"amount": "0.0000", "currency": "AFN"}


def test_invoice_of_another_account_does_not_exist(world: World) -> None:
    theirs = only_invoice(world, "stranger")
    assert theirs["total"]["currency"] == "EUR"
    for who in ("owner", "billing"):
        assert world.get(who, f"{INVOICES}/{theirs['invoiceId']}").status_code == 404
    tam = f"{INVOICES}/{theirs['invoiceId']}"
    assert world.get("tam", tam, tenantId=str(world.other)).status_code == 404
    assert world.get("admin", tam, tenantId=str(world.other)).status_code == 200
    assert world.get("admin", tam, tenantId=str(world.tenant)).status_code == 404


def test_statuses_are_filtered_and_unknown_ones_refused(world: World) -> None:
    assert len(world.get("billing", INVOICES, status="paid").json["items"]) == 1
    assert world.get("billing", INVOICES, status=["open", "overdue"]).json["items"] == []
    assert world.get("billing", INVOICES, status="owed").status_code == 422


def test_ledger_in_pages_is_the_balance(world: World) -> None:
    entries = pages(world, "billing", "/v1/billing/ledger", limit=1)
    balance = world.get("billing", "/v1/billing/balance").json["balance"]
    assert sum(amount(entry["amount"]) for entry in entries) == amount(balance)
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    october = pages(world, "billing", "/v1/billing/ledger", startDate="2026-10-25", endDate="2026-10-25")
    assert [(entry["kind"], entry["description"]) for entry in october] == [("charge", "imported messages")]
    assert amount(october[0]["amount"]) == -amount(october[0]["moved"]) == -amount(only_invoice(world)["total"])
    kinds = pages(world, "billing", "/v1/billing/ledger", kind=["topup"])
    assert {entry["kind"] for entry in kinds} == {"topup"}


def test_payments_are_the_top_ups(world: World) -> None:
    found = pages(world, "billing", "/v1/billing/payments", limit=1)
    assert (found[0]["amount"]["amount"], found[0]["reference"]) == ("1000.0000", "")
    assert found[1]["reference"] == "receipt 1"
    assert found[1]["amount"] == only_invoice(world)["total"]
    assert len(found) == 2


def test_cursor_of_one_list_is_no_place_in_another(world: World) -> None:
    cursor = world.get("billing", "/v1/billing/ledger", limit=1).json["nextCursor"]
    for path in ("/v1/billing/payments", INVOICES):
        assert world.get("billing", path, cursor=cursor).json["errors"][0]["field"] == "cursor"


def test_usage_is_what_the_summary_says(world: World) -> None:
    period = {"from": "2026-10-25", "to": "2026-11-03"}
    usage = world.get("viewer", "/v1/billing/usage", **period).json
    summary = world.get("viewer", "/v1/analytics/summary", **period).json
    for name in ("messages", "segments", "deliveryRate", "spend"):
        assert usage[name] == summary[name]
    assert usage["delivered"] == summary["byStatus"]["delivered"]
    for name in ("messages", "segments", "delivered"):
        assert sum(each[name] for each in usage["byOperator"]) == usage[name]
    assert sum(amount(each["spend"]) for each in usage["byOperator"]) == amount(usage["spend"])


def test_usage_is_this_months_by_default(world: World) -> None:
    usage = world.get("viewer", "/v1/billing/usage").json
    assert (usage["from"], usage["to"]) == ("2026-11-01", "2026-11-20")


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2026-11-30"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"to": "1700000000"},
    ],
    ids=str,
)
def test_usage_of_an_impossible_period_is_refused(world: World, query: dict[str, str]) -> None:
    assert world.get("viewer", "/v1/billing/usage", **query).status_code == 422


def test_prices_tell_the_accounts_own_from_the_lists(changing_world: World) -> None:
    with changing_world.worker_engine.begin() as connection:
        set_price(connection, changing_world.tenant, "AF", "AWCC", Decimal("0.2999"))
    listed = changing_world.get("viewer", "/v1/billing/prices").json["items"]
    found = {(item["country"], item["operator"]): item for item in listed}
    assert found[("AF", "AWCC")]["price"] == {"amount": "0.2999", "currency": "AFN"}
    assert found[("AF", "AWCC")]["own"] is True
    assert found[("AF", "Roshan")]["own"] is False
    theirs = changing_world.get("stranger", "/v1/billing/prices").json["items"]
    assert [(item["price"], item["own"]) for item in theirs] == [({"amount": "0.0600", "currency": "EUR"}, False)]


def test_threshold_is_set_audited_and_taken_back_for_this_account_alone(changing_world: World) -> None:
    client = changing_world.client("billing")
    assert client.put(LOW_BALANCE, json={"threshold": "499.5"}).json["lowBalanceThreshold"] == HALF_OF_THOUSAND
    assert changing_world.get("viewer", BALANCE).json["lowBalanceThreshold"] == HALF_OF_THOUSAND
    assert changing_world.get("stranger", BALANCE).json["lowBalanceThreshold"] is None
    audited = changing_world.get("owner", "/v1/account/audit-events").json["items"][0]
    assert (audited["action"], audited["details"]["threshold"]) == ("low_balance.changed", "499.5")
    assert client.put(LOW_BALANCE, json={"threshold": None}).json["lowBalanceThreshold"] is None


@pytest.mark.parametrize("wrong", ["-1", "1.001", "1e3", "", "12345678901", "NaN", "۵۰۰", "1.00001", "5\n"], ids=ascii)
def test_threshold_that_is_no_amount_of_the_currency_is_refused(world: World, wrong: str) -> None:
    refused = world.client("billing").put(LOW_BALANCE, json={"threshold": wrong})
    assert refused.status_code == 422
    assert [(item["field"], item["code"]) for item in refused.json["errors"]] == [("threshold", "amount")]
    assert world.get("billing", BALANCE).json["lowBalanceThreshold"] is None


def test_invoice_that_was_not_paid_by_its_day_says_what_is_still_to_be_paid(changing_world: World) -> None:
    total = amount(only_invoice(changing_world)["total"])
    with changing_world.worker_engine.begin() as connection:
        credit = sum(amount(each["amount"]) for each in pages(changing_world, "billing", "/v1/billing/payments"))
        ledger.adjust(connection, changing_world.tenant, Decimal("0.5001") - credit, "", NOW)
    unpaid = only_invoice(changing_world)
    assert (unpaid["status"], unpaid["paidAt"]) == ("overdue", None)
    left = amount(unpaid["amountDue"])
    assert left == left.quantize(Decimal("0.01"))
    assert 0 <= left - (total - Decimal("0.5001")) < Decimal("0.01")
