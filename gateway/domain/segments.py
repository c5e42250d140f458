"""How many segments a text takes (3GPP TS 23.038 §6, TS 23.040 §9.2.3.24.1).

GSM-7 holds 160 septets in a single message and 153 in each part of a longer one; UCS-2 70 and 67 UTF-16 units. One
character outside the GSM alphabet makes the whole text UCS-2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal

import gsm0338

Encoding = Literal["GSM-7", "UCS-2"]

SINGLE = {"GSM-7": 160, "UCS-2": 70}
PART = {"GSM-7": 153, "UCS-2": 67}

_codec = gsm0338.Codec()


@dataclass(frozen=True, slots=True)
class Segmentation:
    """`units` are septets in GSM-7, UTF-16 units in UCS-2. `forced_by` is the index of the first character that is not
    in the GSM alphabet, None in GSM-7."""

    encoding: Encoding
    units: int
    segments: int
    forced_by: int | None


def segment(text: str) -> Segmentation:
    """Count `text`. An empty text is sent as one empty segment."""
    if _plain_letters().issuperset(text):  # nearly every GSM-7 text; the general way takes twenty times as long
        size = len(text)
        return Segmentation("GSM-7", size, 1 if size <= SINGLE["GSM-7"] else -(-size // PART["GSM-7"]), None)
    costs: list[int] = []
    for index, char in enumerate(text):
        cost = _septets(char)
        if cost is None:
            if max(text) <= "\uffff":
                size = len(text)
                return Segmentation("UCS-2", size, 1 if size <= SINGLE["UCS-2"] else -(-size // PART["UCS-2"]), index)
            units = [_units(other) for other in text]
            return Segmentation("UCS-2", sum(units), _parts(units, "UCS-2"), index)
        costs.append(cost)
    return Segmentation("GSM-7", sum(costs), _parts(costs, "GSM-7"), None)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: the characters `start` ≤ index < `end` of its text, and the units they take."""

    start: int
    end: int
    units: int


def parts(text: str) -> list[Part]:
    """Where `text` is divided; as many as `segment` counts."""
    counted = segment(text)
    costs = [_septets(char) or 0 for char in text] if counted.encoding == "GSM-7" else [_units(char) for char in text]
    if counted.segments == 1:
        return [Part(0, len(text), counted.units)]
    ends = _ends(costs, counted.encoding)
    return [Part(start, end, sum(costs[start:end])) for start, end in pairwise([0, *ends])]


def forcing_characters(text: str) -> list[int]:
    """The indexes of all characters that are outside the GSM alphabet."""
    return [index for index, char in enumerate(text) if _septets(char) is None]


def is_gsm(text: str) -> bool:
    """Is all of `text` in the GSM alphabet?"""
    return all(_septets(char) is not None for char in text)


@cache
def _plain_letters() -> frozenset[str]:
    """The characters that cost one septet."""
    return frozenset(char for char in map(chr, range(0x2100)) if _septets(char) == 1)


@lru_cache(maxsize=4096)
def _septets(char: str) -> int | None:
    """1, or 2 for the extension table (escape and character), or None outside the alphabet."""
    if char == "\x1b":
        return None  # the escape itself: sent alone it would swallow the next character
    try:
        return len(_codec.encode(char)[0])
    except UnicodeEncodeError:
        return None


def _units(char: str) -> int:
    """UTF-16 units."""
    return 2 if char > "\uffff" else 1


def _parts(costs: Iterable[int], encoding: Encoding) -> int:
    costs = list(costs)
    return 1 if sum(costs) <= SINGLE[encoding] else len(_ends(costs, encoding))


def _ends(costs: Sequence[int], encoding: Encoding) -> list[int]:
    """Where the parts of a text that needs several end."""
    # Neither an escape pair nor a surrogate pair may be split, so a part can end one unit early.
    ends: list[int] = []
    used, room = 0, PART[encoding]
    for index, cost in enumerate(costs):
        if used + cost > room:
            ends.append(index)
            used = 0
        used += cost
    return [*ends, len(costs)]
