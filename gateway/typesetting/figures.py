"""Numbers, money and days as pages write them in one language; the portal writes them the same way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from icu4py.messageformat import MessageFormat

from gateway.domain.currencies import minor_digits
from gateway.texts import Language

LEFT_TO_RIGHT, END = "\u2066", "\u2069"  # UAX #9: kept left to right whatever surrounds it
_DAY = "d MMM y"  # written out: ICU's own styles are wrong for Pashto


def number(value: int | Decimal, language: Language, places: int = 0) -> str:
    """1234567.5 with one place → ``1,234,567.5``."""
    return _format(f"{{v, number, ::{_stem(places)}}}", value, language)


def money(amount: Decimal, currency: str, language: Language, places: int) -> str:
    """``AFN 12.34``, with the code in every language: it is what a bank asks for, and fonts lack the signs."""
    pattern = f"{{v, number, ::currency/{currency} unit-width-iso-code {_stem(places)}}}"
    return f"{LEFT_TO_RIGHT}{_format(pattern, amount, language)}{END}"


def places_of(amounts: Iterable[Decimal], currency: str) -> int:
    """Decimals that show every one of these amounts as it is, and at least those that are paid in the currency."""
    found = minor_digits(currency)
    for amount in amounts:
        found = max(found, -int(amount.normalize().as_tuple().exponent))
    return found


def day(value: dt.date, language: Language) -> str:
    """A day in the language's calendar: ``1 Nov 2026``."""
    return _format(f"{{v, date,{_DAY}}}", _noon(value), language)


def short_day(value: dt.date, language: Language) -> str:
    """A day without its year: ``1 Nov``."""
    return _format("{v, date,d MMM}", _noon(value), language)


def other_day(value: dt.date, language: Language) -> str | None:
    """The same day by the Gregorian calendar, where the language's own is another one."""
    if language.calendar == "gregory":
        return None
    return day(value, replace(language, calendar="gregory"))


def moment(value: dt.datetime, language: Language) -> str:
    """A day in the language's calendar with the minute, as the clock of `value`'s own zone shows it."""
    shown = value.replace(tzinfo=dt.UTC)  # ICU runs in UTC
    return f"{day(value.date(), language)} {LEFT_TO_RIGHT}{_format('{v, date,HH:mm}', shown, language)}{END}"


def month(value: dt.date, language: Language, *, year: bool = False) -> str:
    """The month's name, in the language's calendar."""
    return _format("{v, date,MMMM y}" if year else "{v, date,MMMM}", _noon(value), language)


def shaped(value: Decimal, skeleton: str, language: Language) -> str:
    """A number by an ICU number skeleton."""
    return _format(f"{{v, number, ::{skeleton}}}", value, language)


def _noon(value: dt.date) -> dt.datetime:
    return dt.datetime(value.year, value.month, value.day, 12, tzinfo=dt.UTC)  # ICU runs in UTC


def _stem(places: int) -> str:
    return "." + "0" * places if places else "precision-integer"


def _format(pattern: str, value: int | Decimal | dt.datetime, language: Language) -> str:
    return _compiled(pattern, language.icu).format({"v": value})


@lru_cache(maxsize=256)
def _compiled(pattern: str, icu: str) -> MessageFormat:
    return MessageFormat(pattern, icu)
