"""Amounts of money: exact decimals with their currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in whole units of ``currency`` (ISO 4217), never a float."""

    amount: Decimal
    currency: str

    def __bool__(self) -> bool:
        return self.amount != 0
