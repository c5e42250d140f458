"""Whatever the platform writes to people comes out of a catalog: in a pseudo-locale no plain word of English is left."""

from __future__ import annotations

import inspect
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from pypdf import PdfReader
from werkzeug.test import TestResponse

import gateway.identity
from gateway.api.resources import error_codes
from gateway.domain.errors import CATALOGUE
from gateway.identity.pages import Pages
from gateway.identity.policy import IdentityPolicy
from gateway.identity.sealing import Sealer
from gateway.invoices import sheet as invoices
from gateway.reports import sheet as reports
from gateway.settings import GatewaySettings, SettingsError
from gateway.store.accounts import Account
from gateway.store.invoices import Invoice
from gateway.texts import CATALOGS, DEFAULT, LANGUAGES, PSEUDO, Language, choose, find, offer_pseudo, offered
from gateway.typesetting import program
from tests.unit.gateway.invoices import test_pages as invoice_pages
from tests.unit.gateway.reports.told import review

ACCENTED, MIRRORED = PSEUDO
AT = datetime(2026, 10, 3, tzinfo=UTC)
# What ICU and CLDR write of English, which the pseudo-locales take their dates, numbers and countries from.
_FROM_CLDR = """
Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec January February March April June July August September October November
December Afghanistan Pakistan Iran Tajikistan United Arab Emirates Kingdom AFN AF UTC
"""
_NAMED = "Demo Bank AWCC Roshan Etisalat ATOMA Salaam OTP Asia Kabul"
NAMES = {
    *_FROM_CLDR.split(),
    *_NAMED.split(),
}


@pytest.fixture
def pseudo() -> Iterator[None]:
    offer_pseudo(True)
    yield
    offer_pseudo(False)


def plain(text: str) -> list[str]:
    """Words of a text that came from no catalog: without an accent, and nobody's name."""
    kept = re.sub("[\u2066-\u2068][^\u2069]*\u2069|\\S+(?:://|@)\\S+", " ", text)
    return [word for word in re.findall(r"[^\W\d_]{2,}", kept) if word.isascii() and word not in NAMES]


def unturned(text: str) -> list[str]:
    """Words of a text that ``ar-XB`` did not turn round."""
    return plain(re.sub("\u202e[^\u202c]*\u202c", " ", text))


def pages_of(language: Language) -> dict[str, TestResponse]:
    """Every page of the issuer, and the form with every problem that it can tell."""
    server = Flask(__name__, template_folder=str(Path(gateway.identity.__file__).parent / "templates"))
    pages = Pages(IdentityPolicy("https://sign-in.example", Sealer("s" * 32)))
    form: dict[str, Any] = {
        "transaction": "t",
        "form_token": "f",
        "email": "a@b.example",
        "goes_to": "https://p.example",
    }
    problems = [key for key in _keys() if key.startswith("identity.error.")]
    asked: dict[str, Any] = {
        "sign_in": lambda: pages.sign_in(language, **form),
        "transaction_expired": lambda: pages.transaction_expired(language, "https://p.example"),
        "request_invalid": lambda: pages.request_invalid(language),
        "unavailable": lambda: pages.unavailable(language, 5),
        "confirm_sign_out": lambda: pages.confirm_sign_out(language, action="https://s.example", form_token="f"),
        "signed_out": lambda: pages.signed_out(language),
    }
    assert {name for name, _ in inspect.getmembers(Pages, inspect.isfunction) if name[0] != "_"} == set(asked)
    for key in problems:
        words = language.text(key, seconds=3)
        asked[key] = lambda words=words: pages.sign_in(language, **form, error=words, wrong=True, status=401)
    with server.test_request_context():
        return {name: make() for name, make in asked.items()}


def _keys() -> list[str]:
    return list(json.loads((CATALOGS / "en" / "messages.json").read_text(encoding="utf-8")))


def texts_of(html: str) -> Iterator[str]:
    """What is seen or spoken of a page; what a language calls itself is of that language."""
    page = BeautifulSoup(html, "lxml")
    for element in page.select("nav.languages a, style, script"):
        element.decompose()
    yield from (str(text) for text in page.find_all(string=True) if str(text) != "html")
    for element in page.find_all(True):
        yield from (
            str(element[name]) for name in ("aria-label", "alt", "title", "placeholder") if name in element.attrs
        )


def strings(value: Any) -> Iterator[str]:
    """Every text of a sheet; names of tones and roles, which a template chooses by, are one small word each."""
    if isinstance(value, str):
        yield "" if re.fullmatch(r"[a-z_-]+", value) else re.sub(r"%pages?%", "", value)
    elif isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def invoice(language: Language) -> dict[str, Any]:
    kinds = [invoice_pages.line(number) for number in range(5)]
    lines = [*kinds, *(kinds[0].__class__(**{**vars_of(kinds[0]), "kind": kind, "operator": None, "country": None})
                       for kind in ("late", "other"))]  # fmt: skip
    total = sum((each.amount for each in lines), invoice_pages.Decimal(0))
    told = Invoice(
        UUID(int=0), "2026-10-0007", date(2026, 10, 1), date(2026, 10, 31), "AFN", AT, date(2026, 11, 1),
        date(2026, 11, 15), total, "paid", total, AT,
    )  # fmt: skip
    return invoices.sheet_of(
        told, lines, Account(UUID(int=0), "Demo Bank", "Asia/Kabul", "AFN", "en", True, 1), language
    )


def vars_of(line: Any) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__dataclass_fields__}


def report(language: Language) -> dict[str, Any]:
    return reports.sheet_of(review(), language, reports.Signature("Demo", True))


def test_lens_of_these_tests_sees_what_is_written_into_code() -> None:
    made = f"{ACCENTED.text('identity.sign_in.title')} Password \u2068Roshan\u2069 a@b.example"
    assert plain(made) == ["Password"]
    assert unturned(f"{MIRRORED.text('identity.sign_in.title')} Password") == ["Password"]


def test_no_word_of_a_page_is_written_into_it() -> None:
    for name, page in pages_of(ACCENTED).items():
        html = page.get_data(as_text=True)
        assert [word for text in texts_of(html) for word in plain(text)] == [], name
        assert '<html lang="en-XA" dir="ltr">' in html
    for name, page in pages_of(MIRRORED).items():
        html = page.get_data(as_text=True)
        assert [word for text in texts_of(html) for word in unturned(text)] == [], name
        assert '<html lang="ar-XB" dir="rtl">' in html


def words_of_data() -> set[str]:
    """What people wrote into the report, and names in it, stand there as they were written."""
    return {word for text in strings(review().model_dump(mode="json")) for word in re.findall(r"[^\W\d_]{2,}", text)}


@pytest.mark.parametrize("make", [invoice, report])
def test_no_word_of_a_paper_is_written_into_it(make: Any) -> None:
    own = words_of_data() if make is report else set()
    for language, look in ((ACCENTED, plain), (MIRRORED, unturned)):
        left = {word for text in strings(make(language)) for word in look(text)} - own
        assert left == set(), language.tag


@pytest.mark.parametrize(
    ("make", "template"), [(invoice, invoices.TEMPLATE), (report, reports.TEMPLATE)], ids=["invoice", "report"]
)
def test_paper_can_be_typeset_and_its_template_adds_no_word(make: Any, template: Path) -> None:
    for language in PSEUDO:
        pdf, _ = program.typeset({"template": str(template), "sheet": make(language), "at": int(AT.timestamp())})
        read = PdfReader(io.BytesIO(pdf))
        assert str(read.trailer["/Root"]["/Lang"]).startswith(language.spoken)  # type: ignore[index]
        text = "\n".join(page.extract_text() for page in read.pages)
        assert len(text) > 500
        if language is ACCENTED:
            own = words_of_data() if make is report else set()
            assert set(plain(text)) - own == set()


def test_nobody_gets_it_who_is_not_offered_it() -> None:
    assert [each.tag for each in offered()] == [each.tag for each in LANGUAGES]
    assert find("en-XA") == find("ar-XB") == DEFAULT
    assert choose(["ar-xb", "ps"]) == DEFAULT


def test_offered_it_is_found_by_its_tag_alone(pseudo: None) -> None:
    assert find("en-XA") is ACCENTED
    assert find("AR_xb") is MIRRORED
    assert (choose(["en-GB"]).tag, choose(["ar-EG"]).tag) == ("en", "ar")
    menu = BeautifulSoup(pages_of(DEFAULT)["sign_in"].get_data(as_text=True), "lxml").select("nav.languages a")
    assert [link["hreflang"] for link in menu] == ["en", "fa-AF", "ps", "ar", "en-XA", "ar-XB"]


def test_error_codes_are_told_in_it_too(pseudo: None) -> None:
    told = error_codes.catalogue(ACCENTED).model_dump()["items"]
    assert len(told) == len(CATALOGUE)
    assert [word for item in told for part in ("title", "advice") for word in plain(item[part])] == []


def test_setting_is_the_portals_unless_the_gateway_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    read = GatewaySettings.from_env
    assert not read({}).pseudo_locales
    assert read({"PORTAL_PSEUDO_LOCALES": "1"}).pseudo_locales
    assert not read({"PORTAL_PSEUDO_LOCALES": "1", "GATEWAY_PSEUDO_LOCALES": "0"}).pseudo_locales
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="GATEWAY_PSEUDO_LOCALES: needs the packages of development"):
        read({"GATEWAY_PSEUDO_LOCALES": "1"})
