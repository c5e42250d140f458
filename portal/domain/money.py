"""Amounts of money: exact decimals with their currency."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

# Grouped by threes or not at all: "1,5" could be one and a half, and is nothing here.
_TYPED = re.compile(r"(\d{1,3}(?:[,٬\u00a0\u202f ]\d{3})+|\d+)(?:[.٫](\d+))?")


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in whole units of ``currency`` (ISO 4217), never a float."""

    amount: Decimal
    currency: str

    def __bool__(self) -> bool:
        return self.amount != 0


def read_amount(text: str) -> Decimal:
    """An amount as people type it: any digits, grouped by threes or not. Raises ValueError for anything else."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise ValueError("not an amount")
    whole, fraction = (re.sub(r"\D", "", part or "") for part in found.groups())
    digits = "".join(str(unicodedata.decimal(c)) for c in whole + fraction)
    return Decimal(digits).scaleb(-len(fraction))
