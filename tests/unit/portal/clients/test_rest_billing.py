"""Invoices on the platform's API."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal.clients.rest_billing import RestBilling
from portal.domain.billing import TO_PAY, InvoiceStatus, LedgerKind
from portal.domain.errors import NotFound, UpstreamUnavailable
from portal.domain.money import Money
from portal.domain.periods import Period
from tests.support.fakes_analytics import actor
from tests.unit.portal.clients.conftest import Platform, reply

SAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "samples"
TENANT = "00000000-0000-7000-8000-000000000001"
INVOICE = {
    "invoiceId": "0198c6c1-0000-7000-8000-00000000000a",
    "number": "INV-2026-10-0007",
    "periodStart": "2026-10-01",
    "periodEnd": "2026-10-31",
    "status": "open",
    "issuedOn": "2026-11-01",
    "dueOn": "2026-11-30",
    "paidAt": None,
    "total": {"amount": "41827.3500", "currency": "AFN"},
    "amountDue": {"amount": "41827.3500", "currency": "AFN"},
}


def answer(platform: Platform, body: Any, status: int = 200) -> RestBilling:
    platform.answers = [reply(status, json.dumps(body).encode())]
    return RestBilling(platform.upstream())


def test_list_names_the_tenant_and_each_status(platform: Platform) -> None:
    billing = answer(platform, {"items": [INVOICE], "nextCursor": "c2"})
    page = billing.list_invoices(TENANT, statuses=TO_PAY, actor=actor(None, roles=("tam",)))
    path = platform.seen[-1][1]
    assert path == f"/v1/billing/invoices?tenantId={TENANT}&status=overdue&status=open&limit=50"
    assert page.next_cursor == "c2"
    found = page.items[0]
    assert (found.status, found.due_on) == (InvoiceStatus.OPEN, dt.date(2026, 11, 30))
    assert found.period == Period(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    assert found.total == Money(Decimal("41827.3500"), "AFN")


@pytest.mark.parametrize(
    "change",
    [{"status": "of_tomorrow"}, {"total": {"amount": "NaN", "currency": "AFN"}}, {"periodEnd": "2026-09-01"}],
    ids=["status", "amount", "period"],
)
def test_invoice_that_makes_no_sense_is_not_shown(platform: Platform, change: dict[str, Any]) -> None:
    with pytest.raises(UpstreamUnavailable):
        answer(platform, {"items": [{**INVOICE, **change}], "nextCursor": None}).list_invoices(actor=actor())


def test_platform_without_billing_is_told_apart_from_one_that_is_away(platform: Platform) -> None:
    with pytest.raises(NotFound):
        answer(platform, {"status": 404, "code": "not_found"}, 404).list_invoices(actor=actor())


LINE = {
    "lineId": "0198c6c1-0000-7000-8000-00000000000b",
    "kind": "messages",
    "operator": "AWCC",
    "country": "AF",
    "messages": 1200,
    "segments": 1430,
    "unitPrice": {"amount": "0.3525", "currency": "AFN"},
    "amount": {"amount": "504.0750", "currency": "AFN"},
    "messageFilter": {"invoiceLineId": "0198c6c1-0000-7000-8000-00000000000b"},
}
OTHER = {**LINE, "kind": "late", "operator": None, "country": None, "unitPrice": None, "messageFilter": None}


def test_lines_are_read_as_agreed(platform: Platform) -> None:
    found = answer(platform, {**INVOICE, "lines": [LINE, OTHER]}).get_invoice("a/b", actor=actor())
    assert platform.seen[-1][1] == "/v1/billing/invoices/a%2Fb"
    assert found.lines[0].opens == LINE["lineId"]
    assert found.lines[0].amount == Money(Decimal("504.0750"), "AFN")
    assert (found.lines[1].opens, found.lines[1].operator, found.lines[1].unit_price) == (None, None, None)


def test_file_is_asked_for_in_a_language_and_an_id_that_cannot_be_one_names_none(platform: Platform) -> None:
    sample = json.loads((SAMPLES / "invoice_pdf.json").read_text(encoding="utf-8"))["payload"]
    assert answer(platform, sample).invoice_file("a/b", "fa-AF", actor=actor()) == sample["url"]
    assert platform.seen[-1][1] == "/v1/billing/invoices/a%2Fb/pdf-url?locale=fa-AF"
    with pytest.raises(NotFound):
        answer(platform, {"status": 422, "code": "validation_failed"}, 422).invoice_file("a", "ps", actor=actor())


@pytest.mark.parametrize("invoice_id", ["", "x" * 65])
def test_id_that_cannot_be_one_is_asked_for_nowhere(platform: Platform, invoice_id: str) -> None:
    with pytest.raises(NotFound):
        RestBilling(platform.upstream()).get_invoice(invoice_id, actor=actor())
    assert platform.seen == []


def test_ledger_names_each_kind(platform: Platform) -> None:
    entry = {
        "entryId": "1",
        "at": "2026-11-21T08:00:00.000Z",
        "kind": "charge",
        "amount": {"amount": "0.0000", "currency": "AFN"},
        "moved": {"amount": "0.3525", "currency": "AFN"},
        "messageId": "msg_1",
        "description": "",
    }
    billing = answer(platform, {"items": [entry], "nextCursor": None})
    page = billing.list_ledger(kinds=(LedgerKind.CHARGE, LedgerKind.REFUND), cursor="c", actor=actor())
    assert platform.seen[-1][1] == "/v1/billing/ledger?kind=charge&kind=refund&limit=50&cursor=c"
    assert (page.items[0].amount.amount, page.items[0].message_id) == (Decimal(0), "msg_1")


def test_prices_and_payments_are_read_as_agreed(platform: Platform) -> None:
    price = {"country": "*", "operator": "*", "price": {"amount": "3.1000", "currency": "AFN"}, "own": True}
    assert answer(platform, {"items": [price], "nextCursor": None}).list_prices(actor=actor())[0].own
    paid = {"paymentId": "1", "at": "2026-11-21T08:00:00.000Z", "amount": price["price"], "reference": "Transfer 1"}
    page = answer(platform, {"items": [paid], "nextCursor": "c"}).list_payments(actor=actor())
    assert (page.items[0].reference, page.next_cursor) == ("Transfer 1", "c")


def test_alert_is_sent_as_decimal_text_and_the_balance_read_back(platform: Platform) -> None:
    below = {"amount": "500.0000", "currency": "AFN"}
    body = {"balance": below, "asOf": "2026-11-21T08:00:00Z", "averageDailySpend": below, "runwayDays": 1.0}
    billing = answer(platform, {**body, "lowBalanceThreshold": below})
    found = billing.set_low_balance(Decimal("5E+2"), actor=actor())
    method, path, _, sent = platform.seen[-1]
    assert (method, path, json.loads(sent)) == ("PUT", "/v1/billing/low-balance", {"threshold": "500"})
    assert (found.warns, found.warns_below, found.low) == (True, Money(Decimal("500.0000"), "AFN"), False)
    silent = answer(platform, {**body, "lowBalanceThreshold": None}).set_low_balance(None, actor=actor())
    assert (silent.warns, silent.warns_below) == (True, None)
    assert not answer(platform, body).set_low_balance(None, actor=actor()).warns
