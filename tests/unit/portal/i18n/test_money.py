"""Money in every language and with every kind of currency: read back, it is the amount that went in."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.billing import total
from portal.domain.money import Money, read_amount
from portal.i18n import SUPPORTED, fmt, use

# Two decimals though CLDR says none, two, none, three.
DECIMALS = {"AFN": 2, "USD": 2, "JPY": 0, "KWD": 3}
AMOUNTS = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=4, allow_nan=False, allow_infinity=False)
EVERY = pytest.mark.parametrize("currency", DECIMALS)
LANGUAGE = pytest.mark.parametrize("tag", list(SUPPORTED))


def read(text: str) -> tuple[Decimal, int]:
    """The amount a person reads in ``text``, and how many decimals it was written with."""
    marks = {"٫": ".", "٬": "", ",": "", "−": "-", "\u200e": "", "\u200f": "", "\u061c": "", "\u200b": ""}
    plain = "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else marks.get(c, c) for c in unicodedata.normalize("NFC", text)
    )
    found = re.search(r"\d+(\.\d+)?", plain)
    assert found, text
    value = Decimal(found.group())
    return (-value if "-" in plain else value), len(found.group(1) or ".") - 1


@EVERY
@LANGUAGE
@settings(deadline=None, max_examples=60)
@given(amount=AMOUNTS)
def test_money_reads_as_the_amount_in_the_currencys_decimals(tag: str, currency: str, amount: Decimal) -> None:
    with use(SUPPORTED[tag]):
        shown, places = read(fmt.money(Money(amount, currency)))
    assert places == DECIMALS[currency]
    assert shown == amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


@EVERY
@LANGUAGE
@settings(deadline=None, max_examples=60)
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=6))
def test_columns_of_money_add_up_to_the_sum_below_them(tag: str, currency: str, amounts: list[Decimal]) -> None:
    rows = [Money(amount, currency) for amount in amounts]
    below = total(rows, currency)
    places = fmt.exact_digits([*rows, below])
    with use(SUPPORTED[tag]):
        shown = [read(fmt.money(row, digits=places))[0] for row in rows]
        assert sum(shown) == read(fmt.money(below, digits=places))[0] == sum(amounts)


@LANGUAGE
@settings(deadline=None, max_examples=60)
@given(amount=st.decimals(0, 10_000_000, places=4, allow_nan=False, allow_infinity=False))
def test_amount_is_read_as_it_was_written_for_the_reader(tag: str, amount: Decimal) -> None:
    with use(SUPPORTED[tag]):
        assert read_amount(fmt.number(amount, 4)) == amount


@EVERY
@LANGUAGE
def test_the_currency_is_said(tag: str, currency: str) -> None:
    with use(SUPPORTED[tag]):
        said = {code: fmt.money(Money(Decimal(1), code)) for code in DECIMALS}
    assert len({re.sub(r"[\W\d]", "", text) or text for text in said.values()}) == len(DECIMALS), said


def test_columns_have_no_more_decimals_than_they_need() -> None:
    assert fmt.exact_digits([Money(Decimal("1.5000"), "AFN")]) == 2
    assert fmt.exact_digits([Money(Decimal("1.0025"), "AFN"), Money(Decimal("7"), "AFN")]) == 4
    assert fmt.exact_digits([Money(Decimal("1E+3"), "JPY")]) == 0
    assert fmt.exact_digits([Money(Decimal("0.3500"), "JPY")]) == 2


def test_a_mixture_of_currencies_has_no_sum() -> None:
    with pytest.raises(ValueError, match="several currencies"):
        total([Money(Decimal(1), "AFN"), Money(Decimal(1), "USD")], "AFN")
