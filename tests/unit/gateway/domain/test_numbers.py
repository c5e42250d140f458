from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.numbers import OPERATOR_PREFIXES, InvalidNumber, normalise, operator_of, to_ascii_digits

PREFIXES = [(prefix, operator) for operator, prefixes in OPERATOR_PREFIXES.items() for prefix in prefixes]


@pytest.mark.parametrize(("prefix", "operator"), PREFIXES)
def test_operator_of_afghan_prefix(prefix: str, operator: str) -> None:
    number = "+93" + prefix.ljust(9, "0")
    assert operator_of(number) == (operator, "AF", f"+93{prefix}")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+93200000000", ("other", "AF", "+9320")),
        ("+93740000000", ("other", "AF", "+9374")),
        ("+4915112345678", ("other", "DE", "+49")),
        ("+12025550123", ("other", "US", "+1")),
        ("+9999999999", ("other", "ZZ", "+")),
    ],
)
def test_operator_of_other_numbers(number: str, expected: tuple[str, str, str]) -> None:
    assert operator_of(number) == expected


@pytest.mark.parametrize(
    "raw",
    ["+93700000141", "93700000141", "0093700000141", "0700000141", "700000141", "+93 (70) 000-0141", "۰۷۰۰۰۰۰۱۴۱", "٠٧٠٠٠٠٠١٤١",
     "\u202a+93 70 000 0141\u202c"],
)  # fmt: skip
def test_normalise_one_number_in_many_forms(raw: str) -> None:
    assert normalise(raw) == "+93700000141"


@pytest.mark.parametrize(
    "raw", ["", "+", "abc", "12", "+0700000141", "70000014x", "+937000001419999999", "++93700000141", "٫"]
)
def test_normalise_what_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(InvalidNumber):
        normalise(raw)


@given(st.integers(700_000_000, 799_999_999))
def test_normalise_keeps_e164(national: int) -> None:
    assert normalise(f"+93{national}") == f"+93{national}"
    assert normalise(f"0{national}") == f"+93{national}"


@given(st.text(max_size=30))
def test_normalise_answers_e164_or_refuses(raw: str) -> None:
    try:
        found = normalise(raw)
    except InvalidNumber:
        return
    assert found[0] == "+"
    assert found[1:].isdigit()
    assert found.isascii()
    assert len(found) <= 16


def test_to_ascii_digits_leaves_other_characters() -> None:
    assert to_ascii_digits("کد ۱۲۳ و ٤٥٦ a²") == "کد 123 و 456 a²"
