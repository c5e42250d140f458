"""Amounts of money: exact decimals with their currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.domain.typed import read_number


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in whole units of ``currency`` (ISO 4217), never a float."""

    amount: Decimal
    currency: str

    def __bool__(self) -> bool:
        return self.amount != 0


def read_amount(text: str) -> Decimal:
    """An amount as people type it: any digits, grouped by threes or not. Raises ValueError for anything else."""
    amount = read_number(text)
    if amount < 0:
        raise ValueError("not an amount")
    return amount
