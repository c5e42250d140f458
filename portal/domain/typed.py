"""What people type into fields: days in either calendar and numbers, in the digits of any script.

Nothing is guessed: what could be meant in two ways is refused, and what is read is exactly what was written.
assets/js/dates.js reads days by the same rules.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from portal.domain import solar_hijri
from portal.domain.params import EARLIEST, LATEST, ascii_digits

LONGEST = 40
_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_BETWEEN = re.compile(r"\s*[-/.\u2010-\u2013\u2212\u066b,،]\s*|\s+")
_FOUR, _TWO = re.compile(r"[0-9]{4}"), re.compile(r"[0-9]{1,2}")
_FIRST_GREGORIAN_YEAR = 1700  # before it only Solar Hijri years are meant: the two are 621 apart
# Grouped by threes or not at all: "1,5" could be one and a half, and is nothing here.
_NUMBER = re.compile(r"([-\u2212])?(\d{1,3}(?:[,٬'’\u00a0\u202f ]\d{3})+|\d+)(?:[.٫](\d+))?")


def plain(text: str) -> str:
    """``text`` in ASCII digits, trimmed and without marks of direction, which come along with what is pasted."""
    return ascii_digits(_MARKS.sub("", text)).strip()


def read_day(text: str) -> dt.date | None:
    """A day as ``1405/9/6``, ``2026-11-27`` or with the year last; None for anything else.

    The year tells the calendar: before 1700 it is Solar Hijri.
    """
    parts = _BETWEEN.split(plain(text[:LONGEST]))
    if len(parts) == 3 and _FOUR.fullmatch(parts[2]):
        parts.reverse()
    if len(parts) != 3 or not (_FOUR.fullmatch(parts[0]) and all(map(_TWO.fullmatch, parts[1:]))):
        return None
    year, month, day = map(int, parts)
    try:
        found = (
            dt.date(year, month, day) if year >= _FIRST_GREGORIAN_YEAR else solar_hijri.to_gregorian(year, month, day)
        )
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def read_number(text: str) -> Decimal:
    """A number with every digit that was written: any digits, ``.`` or ``٫`` before decimals, grouped by threes or not.

    Raises ValueError for anything else.
    """
    found = _NUMBER.fullmatch(_MARKS.sub("", text).strip())
    if found is None or len(text) > LONGEST:
        raise ValueError("not a number")
    sign, whole, fraction = found.groups()
    digits = "".join(str(unicodedata.decimal(c)) for c in whole + (fraction or "") if c.isdecimal())
    number = Decimal(digits).scaleb(-len(fraction or ""))
    return -number if sign else number
