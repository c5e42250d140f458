"""Phone numbers: one written form, the operator, the country and the network prefix.

Operators are told by prefix, as the regulator gave them out: a number that was carried to another operator is counted
with its first one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import phonenumbers

OTHER_OPERATOR = "other"
UNKNOWN_COUNTRY = "ZZ"
HOME_REGION = "AF"

OPERATOR_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "AWCC": ("70", "71"),
    "Roshan": ("72", "79"),
    "ATOMA": ("76", "77"),
    "Etisalat": ("73", "78"),
    "Salaam": ("744", "747", "748", "749", "75"),
}
"""Afghan operators and the first digits of their national numbers (MCC 412)."""

OPERATORS = (*OPERATOR_PREFIXES, OTHER_OPERATOR)

_BY_PREFIX = {prefix: operator for operator, prefixes in OPERATOR_PREFIXES.items() for prefix in prefixes}
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_HOME = "+93"
_HOME_LENGTH = len(_HOME) + 9
_FILLING = re.compile(r"[\s().\-\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class InvalidNumber(ValueError):
    """The text is not a phone number."""


def operator_of(e164: str) -> tuple[str, str, str]:
    """(operator, country, destination) of a number such as `+93700000141`: ("AWCC", "AF", "+9370").

    Outside Afghanistan the operator is "other" and the destination the country's calling code.
    """
    if len(e164) == _HOME_LENGTH and e164.startswith(_HOME):
        for length in (2, 3):
            prefix = e164[3 : 3 + length]
            operator = _BY_PREFIX.get(prefix)
            if operator is not None:
                return operator, HOME_REGION, _HOME + prefix
        return OTHER_OPERATOR, HOME_REGION, _HOME + e164[3:5]
    return _foreign(e164)


def normalise(raw: str) -> str:
    """The E.164 form of a number as people and machines write it: any digits, spaces, `00`, a national `0`.

    Without `+` or `00` a number that can be international is taken so, else as an Afghan national one. Raises
    InvalidNumber when no such number can exist (its length or form; whether it is in service is not asked).
    """
    text = to_ascii_digits(_FILLING.sub("", raw))
    if text.startswith("00"):
        text = "+" + text[2:]
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidNumber(f"{raw!r} is not a phone number")
    if text.startswith("+"):
        return _possible(text, None)
    if text.startswith("0") or len(text) <= 9:
        return _possible(text, HOME_REGION)
    return _possible("+" + text, None)


def to_ascii_digits(text: str) -> str:
    """`text` with the digits of every script written 0-9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else char for char in text)


def _possible(text: str, region: str | None) -> str:
    if region is None and len(text) == _HOME_LENGTH and text.startswith(_HOME + "7") and _E164.fullmatch(text):
        return text  # nearly every number here; the general way takes fifty times as long
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidNumber(f"{text!r} is not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidNumber(f"{text!r} does not have the length of a phone number")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not _E164.fullmatch(e164):
        raise InvalidNumber(f"{text!r} is not a phone number")
    return e164


@lru_cache(maxsize=65_536)
def _foreign(e164: str) -> tuple[str, str, str]:
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return OTHER_OPERATOR, UNKNOWN_COUNTRY, "+"
    country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    if country is None or len(country) != 2:
        country = UNKNOWN_COUNTRY
    return OTHER_OPERATOR, country, f"+{number.country_code}"
