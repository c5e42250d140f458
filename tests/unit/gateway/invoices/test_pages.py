"""An invoice's pages: long ones, names no font holds, currencies with other decimals, and the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from gateway.invoices.sheet import TEMPLATE, sheet_of
from gateway.store.accounts import Account
from gateway.store.invoices import Invoice, Line
from gateway.texts import LANGUAGES, choose
from gateway.typesetting import making, program

NOBODY = UUID(int=0)
ISSUED = datetime(2026, 11, 1, 3, tzinfo=UTC)
OPERATORS = ("AWCC", "Roshan", "Etisalat", "ATOMA", "other")


def line(number: int, price: str = "0.3525") -> Line:
    segments = 1_430 + number
    operator = OPERATORS[number % len(OPERATORS)]
    return Line(
        NOBODY, "messages", operator, "AF", 1_200, segments, Decimal(price), Decimal(price) * segments
    )  # fmt: skip


def sheet(
    lines: Sequence[Line], language: str = "en", currency: str = "AFN", name: str = "Demo Bank"
) -> dict[str, Any]:
    total = sum((each.amount for each in lines), Decimal(0))
    invoice = Invoice(
        NOBODY, "2026-10-0007", date(2026, 10, 1), date(2026, 10, 31), currency, ISSUED, date(2026, 11, 1),
        date(2026, 11, 15), total, "open", total, None,
    )  # fmt: skip
    account = Account(NOBODY, name, "Asia/Kabul", currency, "en", True, 1)
    return sheet_of(invoice, lines, account, choose([language]))


def made(shown: dict[str, Any]) -> bytes:
    return program.typeset({"template": str(TEMPLATE), "sheet": shown, "at": int(ISSUED.timestamp())})[0]


def test_long_invoice_repeats_its_columns_and_numbers_its_pages() -> None:
    lines = [line(number) for number in range(120)]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made(sheet(lines)))).pages]
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"2026-10-0007 Page {number} of {len(pages)}" in page.splitlines()
        assert "For Messages Segments" in page
    assert sum(page.count("Messages to ") for page in pages) == len(lines)
    assert [number for number, page in enumerate(pages, 1) if "Total 144,000 " in page] == [len(pages)]


@pytest.mark.parametrize("language", [each.tag for each in LANGUAGES])
def test_pages_fit_the_standards_of_archives_and_screen_readers(language: str) -> None:
    assert b"pdfuaid:part" in made(sheet([line(0)], language))


def test_name_that_no_font_holds_still_gets_its_invoice() -> None:
    pages = made(sheet([line(0)], name="Bank 😀"))
    assert b"pdfuaid:part" in pages
    assert "Bank □" in PdfReader(io.BytesIO(pages)).pages[0].extract_text()


def test_name_is_text_and_stays_beside_the_amount() -> None:
    name = "#panic() *b* $x$ " + "W" * 90
    text = PdfReader(io.BytesIO(made(sheet([line(0)], name=name)))).pages[0].extract_text()
    rows = text.replace("\u200b", "").splitlines()
    start = rows.index("Billed to") + 1
    written = rows[start : rows.index("Period 1 Oct 2026 – 31 Oct 2026")]
    assert len(written) > 2
    assert "".join(written).replace(" ", "") == name.replace(" ", "")


@pytest.mark.parametrize(
    ("currency", "price", "amounts", "due"),
    [
        ("AFN", "0.35", ("500.50", "500.85", "AFN 1,001.35"), "AFN 1,001.35"),
        ("AFN", "0.3525", ("504.0750", "504.4275", "AFN 1,008.5025"), "AFN 1,008.51"),
        ("JPY", "3", ("4,290", "4,293", "JPY 8,583"), "JPY 8,583"),
        ("KWD", "0.0125", ("17.8750", "17.8875", "KWD 35.7625"), "KWD 35.763"),
    ],
)
def test_amounts_have_the_decimals_that_make_them_add_up(
    currency: str, price: str, amounts: tuple[str, ...], due: str
) -> None:
    shown = sheet([line(0, price), line(1, price)], currency=currency)
    plain = str.maketrans({"\u2066": None, "\u2069": None, "\u00a0": " "})
    written = [*(row[-1] for row in shown["lines"]), shown["sums"][-1], shown["due"][-1]]
    assert tuple(each.translate(plain) for each in written) == (*amounts, due)


def test_days_are_told_by_both_calendars_where_the_language_has_its_own() -> None:
    assert sheet([line(0)], "fa-AF")["facts"][1] == ["تاریخ صدور", ["۱۰ عقرب ۱۴۰۵", "۱ نومبر ۲۰۲۶"]]
    assert sheet([line(0)], "en")["facts"][1] == ["Issued", ["1 Nov 2026"]]


def test_pages_made_by_the_other_process_are_the_same() -> None:
    shown = sheet([line(0)])
    assert making.to_pdf(TEMPLATE, shown, ISSUED) == making.Made(made(shown), ())
