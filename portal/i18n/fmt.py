"""Numbers, money, dates and times as the current reader writes them: digits, calendar, zone, separators.

All take plain values and give finished strings. Patterns are written out instead of ICU's date styles, whose results
for Pashto are wrong (``AP ۱۴۰۵ لړم ۳۰``) and for Dari differ between calendars.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol

from babel import Locale as BabelLocale
from babel.core import get_global
from icu4py.messageformat import MessageFormat

from portal.domain import solar_hijri
from portal.i18n.bidi import ltr as _ltr
from portal.i18n.bidi import to_latin_numbers, to_native_digits
from portal.i18n.catalog import t
from portal.i18n.locales import Locale, locale

DateStyle = Literal["short", "medium", "long", "day", "axis", "number", "month", "month_alone", "iso"]
_DATE_PATTERNS: dict[str, str] = {
    "day": "d MMM",
    "axis": "d MMM",
    "number": "d",
    "short": "d MMM y",
    "medium": "d MMMM y",
    "long": "EEEE d MMMM y",
    "month": "MMMM y",
    "month_alone": "LLLL",
    "iso": "y-MM-dd",
}
_WHOLE_DAYS = ("short", "medium", "long", "day")
# CLDR has Iran's names of the months alone in these languages; Afghanistan's are those of the zodiac.
_AFGHAN_MONTHS = {
    "en": ("Hamal", "Sawr", "Jawza", "Saratan", "Asad", "Sunbula", "Mizan", "Aqrab", "Qaws", "Jadi", "Dalw", "Hut"),
    "ar": (
        "الحمل", "الثور", "الجوزاء", "السرطان", "الأسد", "السنبلة", "الميزان", "العقرب", "القوس", "الجدي",
        "الدلو", "الحوت",
    ),
}  # fmt: skip
_MONTH = re.compile("[ML]{3,}")
_SATURDAY = dt.date(2000, 1, 1)  # a Saturday, from which any weekday's name is reached


class HasAmount(Protocol):
    """Money as the domain holds it: a decimal amount and an ISO 4217 code."""

    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


@lru_cache(maxsize=1024)
def _compiled(pattern: str, icu_locale: str) -> MessageFormat:
    return MessageFormat(pattern, icu_locale)


def _format(pattern: str, value: int | float | Decimal | dt.date | dt.datetime, reader: Locale | None = None) -> str:
    reader = reader or locale()
    written = _compiled(pattern, reader.icu).format({"v": value})
    return to_latin_numbers(written) if reader.rewritten else written


def number(value: int | float | Decimal, decimals: int | None = None) -> str:
    """1234567.5 → ``1,234,567.5``; with ``decimals`` exactly that many."""
    if decimals is None:
        return _format("{v, number}", value)
    stem = "." + "0" * decimals if decimals else "precision-integer"
    return _format(f"{{v, number, ::{stem}}}", value)


def compact(value: int | float) -> str:
    """1234567 → ``1.2M``, for axes and tight tiles; exact below 10,000."""
    if abs(value) < 10_000:
        return number(value)
    if locale().tag == "ps":  # CLDR has no short forms for Pashto and falls back to Latin letters
        if abs(value) < 1_000_000:
            return t("number.thousands", value=number(round(value / 1_000, 1)))
        return t("number.millions", value=number(round(value / 1_000_000, 1)))
    return _format("{v, number, ::compact-short}", value)


def percent(ratio: float | None, digits: int = 1) -> str:
    """0.9123 → ``91.2%``; None (nothing to divide by) → an en dash."""
    if ratio is None:
        return "–"
    stem = "." + "0" * digits if digits else "precision-integer"
    return _format(f"{{v, number, ::percent scale/100 {stem}}}", ratio)


def points(difference: float, digits: int = 1) -> str:
    """A change of a ratio in percentage points, signed: 0.012 → ``+1.2``."""
    stem = "." + "0" * digits if digits else "precision-integer"
    return _format(f"{{v, number, ::sign-except-zero scale/100 {stem}}}", difference)


def signed_percent(ratio: float, digits: int = 1) -> str:
    """A relative change: 0.034 → ``+3.4%``."""
    stem = "." + "0" * digits if digits else "precision-integer"
    return _format(f"{{v, number, ::percent sign-except-zero scale/100 {stem}}}", ratio)


def country(code: str) -> str:
    """A country by its two-letter code: ``Afghanistan``; the code itself where nobody knows it."""
    return str(_territories(locale().language).get(code.upper(), code))


@lru_cache(maxsize=8)
def _territories(tag: str) -> Mapping[str, str]:
    return BabelLocale.parse(tag, sep="-").territories


@lru_cache(maxsize=64)
def currency_digits(currency: str) -> int:
    """Decimals of an amount: CLDR's, except AFN, which CLDR prints without any while prices are fractions of one."""
    if currency == "AFN":
        return 2
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def money(value: HasAmount | Decimal | float, currency: str | None = None, digits: int | None = None) -> str:
    """``AFN 12.34``; ``digits`` overrides the currency's decimals (a price per segment needs four)."""
    if isinstance(value, (Decimal, float, int)):
        if currency is None:
            raise TypeError("money needs a currency with a bare amount")
        amount, code = Decimal(str(value)), currency
    else:
        amount, code = value.amount, value.currency
    places = currency_digits(code) if digits is None else digits
    stem = "." + "0" * places if places else "precision-integer"
    return _format(f"{{v, number, ::currency/{code} {stem}}}", amount)


def exact_digits(values: Iterable[HasAmount]) -> int:
    """Decimals that show every one of these amounts as it is, for columns whose rows must add up to their sum.

    At least those of the currency; a price of 0.35 yen needs two where yen have none.
    """
    places = 0
    for value in values:
        written = -int(value.amount.normalize().as_tuple().exponent)
        places = max(places, written, currency_digits(value.currency))
    return places


def in_zone(moment: dt.datetime) -> dt.datetime:
    """An instant as the reader's wall-clock time, marked UTC because the process (and so ICU) runs in UTC."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(locale().zone).replace(tzinfo=dt.UTC)


def _as_datetime(day: dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


def date(day: dt.date, style: DateStyle = "medium", *, alone: bool = False) -> str:
    """A calendar day in the reader's calendar. A datetime must have been moved by ``in_zone`` first.

    A whole day has the other calendar's beside it for a reader who wants both, unless it is to stand ``alone``. What
    stands under an ``axis`` never has, nor has a part of a date.
    """
    written = _day(day, style, locale())
    if alone or style not in _WHOLE_DAYS or not locale().beside:
        return written
    return t("date.both", date=written, other=date_other_calendar(day, "medium" if style == "long" else style))


def date_other_calendar(day: dt.date, style: DateStyle = "medium") -> str:
    """The same day in the other of the two calendars in use (Solar Hijri ↔ Gregorian), in the reader's language."""
    return _day(day, style, locale().preferring(calendar=locale().other_calendar))


def _day(day: dt.date, style: DateStyle, reader: Locale) -> str:
    pattern = _DATE_PATTERNS[style]
    if reader.calendar == "persian" and reader.language in _AFGHAN_MONTHS:
        name = _AFGHAN_MONTHS[reader.language][solar_hijri.from_gregorian(day)[1] - 1]
        pattern = _MONTH.sub(f"'{name}'", pattern)
    return _format(f"{{v, date,{pattern}}}", _as_datetime(day), reader)


def month_names(calendar: str) -> list[str]:
    """The twelve months of a calendar (``gregory``, ``persian``), in the reader's language."""
    reader = locale().preferring(calendar=calendar)
    days = (
        solar_hijri.to_gregorian(1405, n, 1) if calendar == "persian" else dt.date(2026, n, 1) for n in range(1, 13)
    )
    return [_day(day, "month_alone", reader) for day in days]


def datetime(moment: dt.datetime, *, seconds: bool = False, alone: bool = False) -> str:
    """An instant in the reader's zone and calendar: ``21 Nov 2026, 08:23``; ``alone`` as for a date."""
    local = in_zone(moment)
    return t("date.with_time", date=date(local, "short", alone=alone), time=_clock(local, seconds))


def time(moment: dt.datetime, *, seconds: bool = False) -> str:
    """The clock time of an instant in the reader's zone: ``08:23``."""
    return _clock(in_zone(moment), seconds)


def _clock(local: dt.datetime, seconds: bool) -> str:
    return _format("{v, date,HH:mm:ss}" if seconds else "{v, date,HH:mm}", local)


def weekday(iso: int, short: bool = True) -> str:
    """Name of an ISO weekday (1 = Monday … 7 = Sunday)."""
    day = _SATURDAY + dt.timedelta(days=(iso - 6) % 7)
    return _format("{v, date,EEE}" if short else "{v, date,EEEE}", _as_datetime(day))


def weekday_letter(iso: int) -> str:
    """Of an ISO weekday's name as much as fits above the column of a month: it does not tell all of them apart."""
    if locale().tag == "ps":  # CLDR has Latin letters here
        return weekday(iso, short=False)[0]
    return _format("{v, date,EEEEE}", _as_datetime(_SATURDAY + dt.timedelta(days=(iso - 6) % 7)))


def is_weekend(iso: int) -> bool:
    """Whether an ISO weekday is one of those that most people have off where the reader's weeks are used."""
    return iso in locale().weekend


def week() -> list[int]:
    """ISO weekdays in the reader's order: 6 (Saturday) first in Afghanistan."""
    start = locale().week_start
    return [(start - 1 + offset) % 7 + 1 for offset in range(7)]


def hour(value: int) -> str:
    """An hour of the day: 13 → ``13:00``."""
    return to_native_digits(f"{value:02d}:00", locale().digits)


def duration(seconds: float | None) -> str:
    """A length of time, in the largest unit that keeps it readable: ``3.2 s``, ``4 min``, ``2 h``, ``3 d``."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return t("duration.seconds", value=number(round(seconds, 1)))
    if seconds < 7_200:
        return t("duration.minutes", value=number(round(seconds / 60, 1)))
    if seconds < 172_800:
        return t("duration.hours", value=number(round(seconds / 3_600, 1)))
    return t("duration.days", value=number(round(seconds / 86_400, 1)))


def relative(moment: dt.datetime, now: dt.datetime) -> str:
    """How long ago: ``5 minutes ago``; an instant in the future counts as now, since clocks differ."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return t("relative.now")
    if seconds < 3_600:
        return t("relative.minutes", count=seconds // 60)
    if seconds < 86_400:
        return t("relative.hours", count=seconds // 3_600)
    return t("relative.days", count=seconds // 86_400)


def digits(text: str) -> str:
    """Digits of a text that is shown, not read as a number, in the reader's script."""
    return to_native_digits(text, locale().digits)


def phone(e164: str) -> str:
    """A phone number: left to right, in ASCII digits so that it can be copied and dialled."""
    return _ltr(e164)
