"""What people type into a search field: numbers in any digits and any form, message ids, parts of sender IDs."""

from __future__ import annotations

import re
import unicodedata

from gateway.store.log_filter import Recipient

COUNTRY_PREFIX = "+93"
FEWEST_DIGITS = 3
_NUMBER = re.compile(r"\+?\d[\d\s().\-/]*")
_FORMATTING = {"Cf", "Zs"}  # direction marks and odd spaces come along when a number is copied from a page


def ascii_digits(text: str) -> str:
    """Decimal digits of any script as 0–9, invisible formatting removed: `۰۷۰` and `٠٧٠` become `070`."""
    shown = []
    for char in text:
        if char.isdecimal():
            shown.append(str(unicodedata.decimal(char)))
        elif unicodedata.category(char) not in _FORMATTING or char == " ":
            shown.append(char)
    return "".join(shown).replace("＋", "+").strip()


def international(text: str) -> str | None:
    """The E.164 form (or the beginning of one) of a number as typed; None when it is not a number.

    `0700…` and `700…` are Afghan numbers, `+…` and `00…` international ones, `93700…` an Afghan one without its plus.
    """
    plain = ascii_digits(text)
    if not _NUMBER.fullmatch(plain):
        return None
    digits = re.sub(r"\D", "", plain)
    if not 1 <= len(digits) <= 17:
        return None
    if plain.startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}" if len(digits) > 2 else None
    if digits.startswith("0"):
        return f"{COUNTRY_PREFIX}{digits[1:]}"
    if digits.startswith("93") or len(digits) > 9:
        return f"+{digits}"
    return f"{COUNTRY_PREFIX}{digits}"


def recipient(text: str) -> Recipient | None:
    """The `to` filter: a full number, or a prefix when it ends in `*`; None when it is neither."""
    wanted = ascii_digits(text)
    prefix = wanted.endswith("*")
    number = international(wanted.removesuffix("*"))
    return Recipient(number, prefix) if number is not None else None


def number_prefix(text: str) -> str | None:
    """The beginning of a number that a search text may mean; None for words and for less than three digits."""
    if sum(char.isdecimal() for char in text) < FEWEST_DIGITS:
        return None
    return international(text)


def matching_senders(text: str, known: list[str]) -> tuple[str, ...]:
    """Those of the `known` sender IDs that contain the text, in any case; the text itself, should it be a new one."""
    folded = text.casefold()
    plain = ascii_digits(text).casefold()
    found = [sender for sender in known if folded in sender.casefold() or plain in sender.casefold()]
    return tuple(dict.fromkeys([*found, text]))
