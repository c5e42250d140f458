"""Words that are not Afghanistan's are refused, terms that are not said are listed, and neither finds what is not there."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portal.i18n import glossary, lint

WORDS = glossary.glossary()


def test_catalogs_and_glossary_as_they_stand_have_no_finding() -> None:
    assert [str(finding) for finding in lint.check_glossary(lint.catalogs(), WORDS)] == []


def test_glossary_has_every_term_that_was_agreed() -> None:
    agreed = {
        "SMS": ("پیام کوتاه", "لنډ پیغام"),
        "one-time code (OTP)": ("کود تایید", "د تایید کوډ"),
        "sender ID": ("شناسه فرستنده", "د لېږونکي پېژند"),
        "delivery": ("تحویل", "رسېدل"),
        "compliance": ("رعایت مقررات", "د مقرراتو رعایت"),
        "hold": ("معطل", "ځنډول شوی"),
        "blocked": ("مسدود", "بند شوی"),
        "balance": ("بیلانس", "بیلانس"),
        "invoice": ("بل", "بل"),
        "sent": ("ارسال شده", "لېږل شوی"),
        "received": ("دریافت شده", "ترلاسه شوی"),
    }
    found = {term["term"]: (term["fa-AF"]["use"], term["ps"]["use"]) for term in WORDS["terms"]}
    assert {term: found.get(term) for term in agreed} == agreed


@pytest.mark.parametrize(
    ("tag", "text", "told"),
    [
        ("fa-AF", "یک پیامک فرستاده شد", "پیامک"),
        ("fa-AF", "{n, plural, one {# پیامک} other {# پیامک‌ها}}", "پیامک"),
        ("fa-AF", "کدهای خطا", "کد"),
        ("fa-AF", "صورت حساب شما", "صورت‌حساب"),  # a space for the joiner
        ("fa-AF", "در شهریور", "شهریور"),
        ("fa-AF", "تاريخ", "U+064A"),
        ("ps", "فاکتور", "فاکتور"),
        ("ps", "كيلي", "U+0643"),
        ("ar", "پیام", "U+067E"),
    ],
)
def test_word_or_letter_to_avoid_is_refused(tag: str, text: str, told: str) -> None:
    assert any(told in problem for problem in glossary.avoided(WORDS, tag, text))


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("fa-AF", "کدام کود؟"),  # another word begins with it
        ("fa-AF", "بلند و {کد}"),  # a name of an argument is no word
        ("ps", "کيلي"),  # U+064A is a letter of Pashto
    ],
)
def test_what_only_looks_like_it_is_not(tag: str, text: str) -> None:
    assert glossary.avoided(WORDS, tag, text) == []


@pytest.mark.parametrize(
    ("english", "translation", "missed"),
    [
        ("Your invoice", "حساب شما", ["invoice"]),
        ("Your invoices", "بل‌های شما", []),
        ("Invoiced monthly", "ماهوار", []),  # another word
        ("See \u2066https://example.com/invoice\u2069", "این را ببینید", []),
    ],
)
def test_term_that_is_not_said_is_listed(english: str, translation: str, missed: list[str]) -> None:
    assert list(glossary.missed(WORDS, english, "fa-AF", translation)) == missed


def _broken(change: dict[str, Any]) -> glossary.Glossary:
    words = copy.deepcopy(WORDS)
    words["terms"][0]["fa-AF"] = {**words["terms"][0]["fa-AF"], **change}
    return words


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sure": "certain"}, "no word with a known certainty"),
        ({"reviewedBy": "Zarghuna"}, "half a review"),
        ({"avoid": ["پیام"], "use": "پیام"}, "says to avoid"),
    ],
)
def test_glossary_that_contradicts_itself_is_found(change: dict[str, Any], told: str) -> None:
    assert any(told in problem for problem in glossary.mistakes(_broken(change)))
