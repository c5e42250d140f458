"""Names of months and weekdays, and the separators of numbers, for programs of others that write dates themselves.

CLDR's, by ICU. The months are those of the Gregorian year even where the reader's calendar is another one: such
programs count days by it, and Solar Hijri names on its months would tell other days than were meant.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from icu4py.messageformat import MessageFormat

from portal.i18n.locales import for_tag

_SUNDAY = dt.datetime(2000, 1, 2, 12, tzinfo=dt.UTC)


def _formatted(pattern: str, moments: list[dt.datetime], tag: str) -> list[str]:
    found = for_tag(tag)
    language = found.language if found else tag
    shaped = MessageFormat(f"{{v, date,{pattern}}}", f"{language}-u-ca-gregory-nu-latn")
    return [shaped.format({"v": moment}) for moment in moments]


@lru_cache(maxsize=16)
def gregorian_months(tag: str, *, short: bool = False) -> list[str]:
    """January to December."""
    firsts = [dt.datetime(2000, number, 1, 12, tzinfo=dt.UTC) for number in range(1, 13)]
    return _formatted("MMM" if short else "MMMM", firsts, tag)


@lru_cache(maxsize=16)
def weekdays(tag: str, *, short: bool = False) -> list[str]:
    """Sunday to Saturday."""
    days = [_SUNDAY + dt.timedelta(days=number) for number in range(7)]
    return _formatted("EEE" if short else "EEEE", days, tag)


@lru_cache(maxsize=16)
def separators(tag: str, digits: str) -> tuple[str, str]:
    """(decimal, thousands) as the numbering system has them in the language."""
    found = for_tag(tag)
    language = found.language if found else tag
    text = MessageFormat("{v, number, ::.0}", f"{language}-u-nu-{digits}").format({"v": 1234567.5})
    signs = [letter for letter in text if not letter.isdigit()]
    return signs[-1], signs[0]
