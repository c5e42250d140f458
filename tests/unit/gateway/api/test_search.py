"""What people type when they look for a number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.search import ascii_digits, international, matching_senders, number_prefix, recipient
from gateway.store.log_filter import Recipient


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("+93701234567", "+93701234567"),
        ("0701234567", "+93701234567"),
        ("701234567", "+93701234567"),
        ("93701234567", "+93701234567"),
        ("0093701234567", "+93701234567"),
        ("۰۷۰۱۲۳۴۵۶۷", "+93701234567"),
        ("٠٧٠١٢٣٤٥٦٧", "+93701234567"),
        ("+93 (70) 123-45.67", "+93701234567"),
        ("\u2066+93701234567\u2069", "+93701234567"),
        ("070", "+9370"),
        ("447911123456", "+447911123456"),
        ("+44", "+44"),
        ("BANK", None),
        ("", None),
        ("+", None),
        ("00", None),
        ("1" * 30, None),
        ("12a34", None),
    ],
)
def test_international_form_of_what_was_typed(typed: str, meant: str | None) -> None:
    assert international(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("۰۷۰*", Recipient("+9370", prefix=True)),
        ("+9370*", Recipient("+9370", prefix=True)),
        ("0701234567", Recipient("+93701234567", prefix=False)),
        ("*", None),
        ("7*0", None),
    ],
)
def test_recipient_with_a_star_is_a_prefix(typed: str, meant: Recipient | None) -> None:
    assert recipient(typed) == meant


@pytest.mark.parametrize(("typed", "meant"), [("07", None), ("070", "+9370"), ("BANK 12", None), ("4040", "+934040")])
def test_number_prefix_needs_three_digits_and_no_letters(typed: str, meant: str | None) -> None:
    assert number_prefix(typed) == meant


def test_ascii_digits_keeps_words_and_drops_direction_marks() -> None:
    assert ascii_digits("\u200fفروش ۱۲") == "فروش 12"


def test_matching_senders_are_found_in_any_case_with_the_text_itself() -> None:
    assert matching_senders("bank", ["BANK", "My Bank", "SHOP"]) == ("BANK", "My Bank", "bank")


@given(st.text(max_size=60) | st.from_regex(r"[+0-9٠-٩۰-۹ ().\-/*\u2066]{0,24}", fullmatch=True))
def test_whatever_is_typed_is_a_number_or_none_and_never_an_error(text: str) -> None:
    for found in (international(text), number_prefix(text)):
        assert found is None or re.fullmatch(r"\+[0-9]{1,19}", found), found
    wanted = recipient(text)
    assert wanted is None or re.fullmatch(r"\+[0-9]{1,19}", wanted.number)
    plain = ascii_digits(text)
    assert ascii_digits(plain) == plain
    assert matching_senders(text, ["BANK", text])[-1] == text or text in matching_senders(text, ["BANK", text])


@given(st.integers(700_000_000, 799_999_999), st.sampled_from(["۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "0123456789"]))
def test_number_in_any_digits_and_any_form_is_the_same_number(national: int, digits: str) -> None:
    for form in ("0{}", "+93{}", "0093{}", "93{}", "{}", " +93 {} ", "\u2066+93{}\u2069"):
        typed = form.format(national).translate(str.maketrans("0123456789", digits))
        assert international(typed) == f"+93{national}", typed
        assert recipient(f"{typed}*") == Recipient(f"+93{national}", True)
