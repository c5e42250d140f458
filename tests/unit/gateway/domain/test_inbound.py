from __future__ import annotations

import pytest

from gateway.domain.inbound import keyword_of, readable_sender, routed_number
from gateway.domain.numbers import InvalidNumber


@pytest.mark.parametrize(
    ("raw", "number"),
    [("3030", "3030"), ("+93790000001", "93790000001"), ("0093790000001", "93790000001"), ("۳۰۳۰", "3030"), (" 30-30 ", "3030"), ("BANK", "BANK"), ("00", "00")],
)  # fmt: skip
def test_number_has_one_form(raw: str, number: str) -> None:
    assert routed_number(raw) == number


@pytest.mark.parametrize("raw", ["", "+", "?!", "1" * 21, "بانک"])
def test_text_that_is_no_number_is_refused(raw: str) -> None:
    with pytest.raises(InvalidNumber):
        routed_number(raw)


@pytest.mark.parametrize(
    ("text", "word"),
    [("stop", "STOP"), ("  'Stop', please", "STOP"), ("توقف کن", "توقف"), ("", ""), ("?!", ""), ("x" * 50, "X" * 20)],
)
def test_keyword_is_the_first_word(text: str, word: str) -> None:
    assert keyword_of(text) == word


@pytest.mark.parametrize(("raw", "sender"), [("93700000141", "+93700000141"), ("BANK", "BANK"), ("444", "444")])
def test_sender_is_e164_where_it_is_a_phone(raw: str, sender: str) -> None:
    assert readable_sender(raw) == sender
