"""Numbers, ids and phone numbers inside right-to-left text, and digits of any script on the way in."""

from __future__ import annotations

LEFT_TO_RIGHT_ISOLATE = "\u2066"
FIRST_STRONG_ISOLATE = "\u2068"
POP_DIRECTIONAL_ISOLATE = "\u2069"

_TO_ASCII = {
    ord(digit): str(value)
    for start in ("٠", "۰")
    for value, digit in enumerate(map(chr, range(ord(start), ord(start) + 10)))
}
_TO_LATIN = {**_TO_ASCII, ord("٬"): ",", ord("٫"): ".", ord("٪"): "%"}
_FROM_ASCII = {
    "latn": {},
    "arabext": {ord(str(value)): chr(ord("۰") + value) for value in range(10)},
    "arab": {ord(str(value)): chr(ord("٠") + value) for value in range(10)},
}


def to_ascii_digits(text: str) -> str:
    """``text`` with Arabic-Indic (٠–٩) and Extended Arabic-Indic (۰–۹) digits as 0–9; everything else untouched."""
    return text.translate(_TO_ASCII)


def to_latin_numbers(text: str) -> str:
    """``text`` with Arabic-script digits, separators and percent signs as Latin ones; everything else untouched."""
    return text.translate(_TO_LATIN)


def to_native_digits(text: str, numbering_system: str) -> str:
    """``text`` with 0–9 in the digits of a CLDR numbering system (``latn``, ``arabext``, ``arab``)."""
    return text.translate(_FROM_ASCII[numbering_system])


def ltr(text: str) -> str:
    """``text`` kept left to right whatever surrounds it (UAX #9 isolates): ids, numbers, code, URLs."""
    return f"{LEFT_TO_RIGHT_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"


def isolate(text: str) -> str:
    """``text`` kept apart from what surrounds it, in the direction of its own first strong letter."""
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
