"""What can be paid in which currency."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.domain.currencies import is_payable, minor_digits, payable


@pytest.mark.parametrize(("currency", "digits"), [("AFN", 2), ("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_currency_is_divided_as_iso_4217_says(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "paid"),
    [
        ("0.0001", "JPY", "1"),
        ("5", "JPY", "5"),
        ("5.1201", "KWD", "5.121"),
        ("5.12", "AFN", "5.12"),
        ("0", "AFN", "0.00"),
    ],
)
def test_what_is_payable_is_never_less(amount: str, currency: str, paid: str) -> None:
    assert str(payable(Decimal(amount), currency)) == paid


def test_amount_is_payable_when_the_currency_has_such_a_coin() -> None:
    assert is_payable(Decimal("0.125"), "KWD")
    assert not is_payable(Decimal("0.125"), "USD")
    assert is_payable(Decimal("3.00"), "JPY")
