"""A report's pages: by the standards in every language, with every figure, whatever names and comments hold."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from gateway.api.models.qbr import QbrPreview
from gateway.reports.sheet import TEMPLATE, Signature, sheet_of
from gateway.reports.words import Words
from gateway.texts import LANGUAGES, choose
from gateway.typesetting import making, program
from tests.unit.gateway.reports.told import review, sample

AT = datetime(2026, 10, 3, tzinfo=UTC)
SIGNATURE = Signature("Reports of the platform", False)
PLAIN = str.maketrans(dict.fromkeys("\u2066\u2067\u2068\u2069\u200e\u200f\u200b") | {"\u00a0": " "})
NATIVE = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")


def made(told: QbrPreview, language: str = "en", signature: Signature | None = SIGNATURE) -> tuple[bytes, list[str]]:
    shown = sheet_of(told, choose([language]), signature)
    return program.typeset({"template": str(TEMPLATE), "sheet": shown, "at": int(AT.timestamp())})


def written(told: QbrPreview, language: str = "en", signature: Signature | None = SIGNATURE) -> str:
    pages = PdfReader(io.BytesIO(made(told, language, signature)[0])).pages
    return "\n".join(page.extract_text() for page in pages).translate(PLAIN)


@pytest.mark.parametrize("language", [each.tag for each in LANGUAGES])
def test_report_of_each_language_fits_the_standards_of_archives_and_screen_readers(language: str) -> None:
    pdf, replaced = made(review(), language)
    assert replaced == []
    for standard in (b"pdfuaid:part", b"pdfaid:part"):
        assert standard in pdf
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == language  # type: ignore[index]
    assert root["/MarkInfo"]["/Marked"] is not None  # type: ignore[index]


def figures_of(told: dict[str, Any]) -> list[str]:
    """Every figure of messages and rates, as English writes them."""

    def percent(share: float, places: int = 1) -> str:
        return Words(choose(["en"]), "AFN", None, 2).percent(share, places)  # type: ignore[arg-type]

    found = [f"{told['totals']['messages']:,}", percent(told["totals"]["deliveryRate"])]
    for month in told["months"]:
        found += [f"{month['messages']:,}", f"{month['segments']:,}", percent(month["deliveryRate"])]
        found.append(percent(month["holdRate"], 2))
    for operator in told["operators"]:
        found += [f"{operator['messages']:,}", percent(operator["deliveryRate"])]
        found += [percent(month["deliveryRate"]) for month in operator["months"] if month["deliveryRate"] is not None]
    for name in ("senders", "countries", "destinations"):
        found += [f"{each['messages']:,}" for each in told[name]["items"][:8]]
        found += [percent(each["share"]) for each in told[name]["items"][:8]]
    found += [f"{each['messages']:,}" for each in told["errors"]["items"][:8]]
    queue = told["compliance"]["queue"]
    found += [f"{queue[name]:,}" for name in ("entered", "released", "blocked")]
    return found


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_hold_every_figure_of_the_preview(language: str) -> None:
    text = written(review(), language)
    for figure in figures_of(sample()):
        assert figure in text


@pytest.mark.parametrize("language", ["fa-AF", "ps"])
def test_sheet_holds_every_figure_of_the_preview_in_the_languages_digits(language: str) -> None:
    """Of the sheet, since readers of such pages turn these digits around."""
    text = "\n".join(_texts(sheet_of(review(), choose([language])))).translate(PLAIN)
    for figure in figures_of(sample()):
        assert figure.translate(NATIVE) in text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def test_pages_hold_every_amount_of_the_balance_and_they_add_up_to_the_eye() -> None:
    told = sample()
    text = written(review())
    rows = [row for row in text.splitlines() if row.startswith(("Balance at the", "July 2026 7", "August 2026 7"))]
    assert f"Balance at the beginning {float(told['balance']['start']['amount']):,.2f}" in rows
    assert f"Balance at the end {float(told['balance']['end']['amount']):,.2f}" in rows
    movements = told["balance"]["movements"]
    for movement in movements:
        for name in ("topups", "usage", "adjustments", "slaCredits"):
            amount = float(movement[name]["amount"])
            assert not amount or f"{amount:,.2f}".replace("-", "") in text.replace("−", "-")
    for credit in told["slaCredits"]["items"]:
        assert credit["note"] in text


def test_finding_is_the_title_and_comments_stand_where_they_were_written() -> None:
    texts = {"summary": "A good quarter.\nReally.", "delivery": "Salaam is mended.", "plan": "A second route."}
    comments = {**sample()["comments"], "texts": texts}
    text = written(review(comments=comments))
    places = [text.index(each) for each in (
        "Held or blocked messages rose from 5.1% to 5.6%", "A good quarter.", "Really.", "Delivery by operator",
        "Salaam is mended.", "Compliance", "What comes next", "A second route.", "About this report",
    )]  # fmt: skip
    assert places == sorted(places)


def test_demo_report_says_so_on_every_page_and_another_never() -> None:
    for demo in (True, False):
        told = review(tenant={**sample()["tenant"], "isDemo": demo})
        pages = PdfReader(io.BytesIO(made(told)[0])).pages
        assert len(pages) > 3
        assert [("Demo data" in page.extract_text()) for page in pages] == [demo] * len(pages)


def test_report_signed_with_a_development_key_says_that_it_proves_nothing() -> None:
    said = "does not prove who made this report"
    text = written(review(), signature=Signature("A key of mine", True))
    assert "Signed electronically by A key of mine." in text
    assert said in " ".join(text.split())
    assert said not in " ".join(written(review()).split())


def test_quarter_that_runs_is_told_so_far_on_every_page() -> None:
    period = {**sample()["period"], "complete": False, "through": "2026-08-14"}
    operators = [{**each, "months": each["months"][:2]} for each in sample()["operators"]]
    told = review(period=period, months=sample()["months"][:2], operators=operators)
    pages = [page.extract_text().translate(PLAIN) for page in PdfReader(io.BytesIO(made(told)[0])).pages]
    assert all("Q3 2026, so far" in page for page in pages)
    assert "1 Jul 2026 – 14 Aug 2026" in pages[0]
    assert "compared with as many days of the quarter before" in " ".join(pages[-1].split())


def test_first_quarter_without_score_comments_or_errors_is_a_report_all_the_same() -> None:
    nothing = {"items": [], "others": 0, "otherMessages": 0}
    told = review(previous=None, health=None, errors=nothing, incidents=[], findings=sample()["findings"][:1])
    text = written(told)
    assert "There was no traffic in the quarter before" in text
    assert "Account health" not in text


def test_days_are_told_by_both_calendars_where_the_language_has_its_own() -> None:
    shown = sheet_of(review(), choose(["fa-AF"]))
    assert shown["days"] == ["۱۰ سرطان ۱۴۰۵ – ۸ میزان ۱۴۰۵", "۱ جول ۲۰۲۶ – ۳۰ سپتمبر ۲۰۲۶"]
    assert "میلادی" in shown["quarter"]
    assert shown["page_numbers"] == "۱"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_no_font_shows_is_boxed_and_named_on_the_last_page(language: str) -> None:
    comments = {**sample()["comments"], "texts": {"summary": "Great 🚀 news 漢", "plan": "👍🏽"}}
    tenant = {**sample()["tenant"], "name": "Bank 😀"}
    pdf, replaced = made(review(comments=comments, tenant=tenant), language)
    assert replaced == ["U+6F22", "U+1F3FD", "U+1F44D", "U+1F600", "U+1F680"]
    assert b"pdfuaid:part" in pdf
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert "□" in pages[0]
    assert all(code in pages[-1] for code in replaced)


def test_names_and_comments_are_text_and_long_ones_fit() -> None:
    name = "#panic() *b* $x$ " + "W" * 150
    texts = {"summary": "= not a heading\n" + "w" * 1500, "traffic": "#let x = 1\n\n\n$ "}
    sender = {**sample()["senders"]["items"][0], "key": "#eval(1)"}
    comments = {**sample()["comments"], "texts": texts}
    told = review(
        tenant={**sample()["tenant"], "name": name},
        comments=comments,
        senders={**sample()["senders"], "items": [sender]},
    )
    text = written(told)
    for each in ("#panic() *b* $x$", "= not a heading", "#let x = 1", "#eval(1)"):
        assert each in text
    width = float(PdfReader(io.BytesIO(made(told)[0])).pages[0].mediabox.width)
    assert width == pytest.approx(595.3, abs=0.1)


def test_every_chart_says_its_values_to_whoever_does_not_see_it() -> None:
    shown = sheet_of(review(), choose(["en"]))
    charts = [
        block for section in shown["sections"] for block in section["blocks"] if block["kind"] in ("stacked", "lines")
    ]
    assert len(charts) == 5
    for month in sample()["months"]:
        assert f"{month['byStatus']['delivered']:,}" in charts[0]["alt"]
    described = list(_alternatives(PdfReader(io.BytesIO(made(review())[0])).trailer["/Root"]["/StructTreeRoot"]))  # type: ignore[index]
    assert [each.translate(PLAIN) for each in described] == [chart["alt"].translate(PLAIN) for chart in charts]


def _alternatives(node: Any) -> Iterator[str]:
    """What stands for each figure, in the order of reading."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from _alternatives(each)
    elif isinstance(node, dict):
        if "/Alt" in node:
            yield str(node["/Alt"])
        if "/K" in node:
            yield from _alternatives(node["/K"])


def test_heights_of_a_stack_are_shares_of_the_axis_and_add_up_to_the_total() -> None:
    (bars,) = [
        block for block in sheet_of(review(), choose(["en"]))["sections"][0]["blocks"] if block["kind"] == "stacked"
    ]
    top = bars["ticks"][-1]
    highest = float(top[1].replace("K", "e3").replace(",", ""))
    for place, month in enumerate(sample()["months"]):
        total = sum(parts[place] for _name, _ink, parts in bars["series"])
        assert total * highest == pytest.approx(month["messages"])
    assert [share for share, _ in bars["ticks"]] == sorted(share for share, _ in bars["ticks"])
    assert (bars["ticks"][0][0], top[0]) == (0, 1)


def test_pages_made_by_the_other_process_are_the_same() -> None:
    shown = sheet_of(review(), choose(["ps"]))
    assert making.to_pdf(TEMPLATE, shown, AT) == making.Made(
        program.typeset({"template": str(TEMPLATE), "sheet": shown, "at": int(AT.timestamp())})[0], ()
    )


def test_incidents_of_the_quarter_are_named_with_their_operator_and_days() -> None:
    incidents = [
        {"from": "2026-08-01T05:10:00.000Z", "to": "2026-08-03T05:10:00.000Z", "operator": "Etisalat", "titleKey": "incident.operator_outage"},
        {"from": "2026-08-09T05:10:00.000Z", "to": None, "operator": None, "titleKey": "incident.of_nobody"},
    ]  # fmt: skip
    text = written(review(incidents=incidents))
    assert "Incident: Etisalat: Operator outage, 1 Aug 2026 – 3 Aug 2026" in text
    assert "Incident: Incident, 9 Aug 2026" in text
