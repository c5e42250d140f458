"""Invoices as PDF: the pages say what the API says, to the last digit, and only who may have them gets them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.api.context import EXTENSION, Dependencies
from gateway.api.resources import invoice_pdfs
from gateway.typesetting.making import NotMade, TooBusy
from tests.support.api_world import NOW, World

INVOICES = "/v1/billing/invoices"
NATIVE = str.maketrans("0123456789.,", "۰۱۲۳۴۵۶۷۸۹٫٬")


def invoice_of(world: World, who: str = "billing") -> dict[str, Any]:
    (listed,) = world.get(who, INVOICES).json["items"]
    found: dict[str, Any] = world.get(who, f"{INVOICES}/{listed['invoiceId']}").json
    return found


def address(world: World, invoice: dict[str, Any], who: str = "billing", **query: str) -> str:
    answer = world.get(who, f"{INVOICES}/{invoice['invoiceId']}/pdf-url", **query)
    assert answer.status_code == 200, answer.json
    assert datetime.fromisoformat(answer.json["expiresAt"]) == NOW + timedelta(minutes=10)
    url: str = answer.json["url"]
    return url


def fetch(world: World, url: str) -> Any:
    return world.client(None).get(url, buffered=True)


def figures(row: str) -> list[Decimal]:
    return [Decimal(figure.replace(",", "")) for figure in re.findall(r"(?<!\S)-?[\d,]+(?:\.\d+)?(?!\S)", row)]


def test_pages_say_what_the_invoice_says_to_the_last_digit(world: World) -> None:
    invoice = invoice_of(world)
    answer = fetch(world, address(world, invoice))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=invoice-{invoice['number']}.pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    rows = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).splitlines()
    lines = [row for row in rows if row.startswith("Messages to ")]
    assert len(lines) == len(invoice["lines"])
    for row, line in zip(lines, invoice["lines"], strict=True):
        operator = "Other networks" if line["operator"] == "other" else line["operator"]
        assert row.startswith(f"Messages to {operator} ({line['country']}) ")
        assert figures(row) == [
            line["messages"], line["segments"], Decimal(line["unitPrice"]["amount"]), Decimal(line["amount"]["amount"]),
        ]  # fmt: skip
    (total,) = [row for row in rows if row.startswith("Total ")]
    assert figures(total)[-1] == Decimal(invoice["total"]["amount"])
    assert figures(total)[:2] == [sum(line[name] for line in invoice["lines"]) for name in ("messages", "segments")]
    assert rows[rows.index("To pay") + 1 :][:2] == ["AFN\u00a00.00", "Paid"]
    for said in (
        f"Invoice {invoice['number']}", "Billed to", "Demo Bank", "Period 1 Oct 2026 – 31 Oct 2026", "Issued 1 Nov 2026",
        "Due 15 Nov 2026", "Paid 1 Nov 2026", f"{invoice['number']} Page 1 of 1",
    ):  # fmt: skip
        assert said in rows


@pytest.mark.parametrize("locale", ["fa-AF", "ps", "ar"])
def test_pages_of_each_language_hold_every_amount_in_its_own_digits(world: World, locale: str) -> None:
    invoice = invoice_of(world)
    pdf = PdfReader(io.BytesIO(fetch(world, address(world, invoice, locale=locale)).data))
    assert pdf.trailer["/Root"]["/Lang"] == locale  # type: ignore[index]
    text, place = "\n".join(page.extract_text() for page in pdf.pages), 0
    for money in [*(line["amount"] for line in invoice["lines"]), invoice["total"]]:
        written = f"{Decimal(money['amount']).quantize(Decimal('0.0001')):,}"
        wanted = re.sub(r"0{1,2}$", "", written) if "." in written else written
        place = text.index(wanted if locale == "ar" else wanted.translate(NATIVE), place)


def test_same_invoice_is_the_same_file(world: World) -> None:
    invoice = invoice_of(world)
    assert fetch(world, address(world, invoice)).data == fetch(world, address(world, invoice, "owner")).data


def test_address_opens_what_it_was_made_for_until_it_expires(world: World) -> None:
    mine, theirs = invoice_of(world), invoice_of(world, "stranger")
    url = address(world, mine)
    foreign = url.replace(mine["invoiceId"], theirs["invoiceId"])
    for changed in (
        foreign,
        foreign.replace(str(world.tenant), str(world.other)),
        url.replace("locale=en", "locale=ar"),
        re.sub(r"expires=\d+", "expires=4000000000", url),
        re.sub(r"signature=.*", "signature=AAAA", url),
    ):
        assert changed != url
        refused = fetch(world, changed)
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    own: Dependencies = world.app.extensions[EXTENSION]
    try:
        world.app.extensions[EXTENSION] = replace(own, now=lambda: NOW + timedelta(minutes=10))
        expired = fetch(world, url)
    finally:
        world.app.extensions[EXTENSION] = own
    assert (expired.status_code, expired.json["code"]) == (403, "forbidden")
    assert "expired" in expired.json["detail"]


def test_invoice_of_another_account_has_no_address(world: World) -> None:
    theirs = f"{INVOICES}/{invoice_of(world, 'stranger')['invoiceId']}/pdf-url"
    for who in ("owner", "billing"):
        assert world.get(who, theirs).status_code == 404
    assert world.get("tam", theirs, tenantId=str(world.other)).status_code == 404
    assert world.get("admin", theirs, tenantId=str(world.other)).status_code == 200


def test_unknown_language_is_refused(world: World) -> None:
    refused = world.get("billing", f"{INVOICES}/{invoice_of(world)['invoiceId']}/pdf-url", locale="de")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "locale")


@pytest.mark.parametrize(
    ("error", "status", "code"), [(TooBusy(), 503, "unavailable"), (NotMade("no room"), 500, "internal")], ids=str
)
def test_pages_that_cannot_be_made_are_a_problem(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def fail(*_: Any) -> bytes:
        raise error

    monkeypatch.setattr(invoice_pdfs, "to_pdf", fail)
    answer = fetch(world, address(world, invoice_of(world)))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert "no room" not in answer.text
