"""Currencies: into how many decimals each is divided when somebody pays, by ISO 4217.

Prices and balances have four decimals whatever the currency; what a person pays does not.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

_WITHOUT = frozenset({
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF"),
    "XPF",
})  # fmt: skip
_THREE = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_USUAL = 2


def minor_digits(currency: str) -> int:
    """Decimals of the smallest amount that can be paid: 2 for AFN and USD, 0 for JPY, 3 for KWD."""
    return 0 if currency in _WITHOUT else 3 if currency in _THREE else _USUAL


def payable(amount: Decimal, currency: str) -> Decimal:
    """The smallest amount that can be paid and is not less than `amount`."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_CEILING)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Can exactly this amount be paid?"""
    return payable(amount, currency) == amount
