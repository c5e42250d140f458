"""Which languages there are, what each implies, and the one that the current request is answered in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Direction = Literal["ltr", "rtl"]
DEFAULT_TAG = "en"
DEFAULT_TIME_ZONE = "Asia/Kabul"
CALENDARS = ("gregory", "persian")
BOTH = "both"
DIGITS = ("latn", "arabext", "arab")


@dataclass(frozen=True)
class Locale:
    """How one reader wants texts, digits, dates and times.

    ``tag`` is BCP 47; ``calendar`` and ``digits`` are Unicode extension values (``ca``, ``nu``); ``time_zone`` is an
    IANA name; ``week_start`` and ``weekend`` are ISO weekdays (6 = Saturday first, 4 and 5 = Thursday and Friday off,
    as CLDR 47 has it for Afghanistan). ``beside``: days are written in the other calendar too.
    """

    tag: str
    name: str
    dir: Direction
    digits: str
    calendar: str
    time_zone: str = DEFAULT_TIME_ZONE
    week_start: int = 6
    weekend: tuple[int, ...] = (4, 5)
    beside: bool = False
    made_of: str = ""  # of a pseudo-locale: the language whose texts it is made of

    @property
    def lang(self) -> str:
        """The value of the ``lang`` attribute."""
        return self.tag

    @property
    def language(self) -> str:
        """The tag by which others (ICU, the platform) know what this reader reads."""
        return self.made_of or self.tag

    @property
    def rtl(self) -> bool:
        return self.dir == "rtl"

    @property
    def other_calendar(self) -> str:
        """Of the two in use in Afghanistan the one that ``calendar`` is not."""
        return "gregory" if self.calendar == "persian" else "persian"

    @cached_property
    def icu(self) -> str:
        """The locale for ICU, with calendar and digits said outright: its defaults for fa-AF and ps would surprise."""
        return f"{self.language}-u-ca-{self.calendar}-nu-{'arabext' if self.rewritten else self.digits}"

    @property
    def rewritten(self) -> bool:
        """Whether ICU's native digits are to be rewritten as Latin ones: CLDR separates those of Pashto the other way
        round (``1.234,5``), and what is shown here is typed into fields that take ``1,234.5``."""
        return self.language == "ps" and self.digits == "latn"

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def preferring(
        self, *, calendar: str | None = None, digits: str | None = None, time_zone: str | None = None
    ) -> Locale:
        """This locale with a person's own choices; a value that is not known is left out rather than failing a page.

        ``calendar`` may be ``both``: the language's own first, the other beside it.
        """
        changed = self
        if calendar in CALENDARS:
            changed = replace(changed, calendar=calendar, beside=False)
        elif calendar == BOTH:
            changed = replace(changed, beside=True)
        if digits in DIGITS:
            changed = replace(changed, digits=digits)
        if time_zone and time_zone != changed.time_zone:
            try:
                ZoneInfo(time_zone)
            except (ZoneInfoNotFoundError, ValueError):
                return changed
            changed = replace(changed, time_zone=time_zone)
        return changed


# CLDR 47: default digits and, for Afghanistan, the Solar Hijri calendar first.
SUPPORTED: dict[str, Locale] = {
    entry.tag: entry
    for entry in (
        Locale("en", "English", "ltr", "latn", "gregory"),
        Locale("fa-AF", "دری", "rtl", "arabext", "persian"),
        Locale("ps", "پښتو", "rtl", "arabext", "persian"),
        Locale("ar", "العربية", "rtl", "latn", "gregory"),
    )
}

# For looking at layouts: English as another language might come out. ``pseudo`` makes their texts.
PSEUDO: dict[str, Locale] = {
    entry.tag: entry
    for entry in (
        Locale("en-XA", "[Ṕşéûđö]", "ltr", "latn", "gregory", made_of=DEFAULT_TAG),
        Locale("ar-XB", "\u200f\u202eBidi\u202c\u200f", "rtl", "latn", "gregory", made_of=DEFAULT_TAG),
    )
}
_offered = dict(SUPPORTED)

# What a browser may ask for, and the nearest language that is here.
_ALIASES = {"fa": "fa-AF", "prs": "fa-AF", "ps-af": "ps", "pbt": "ps", "pus": "ps"}

_current: ContextVar[Locale] = ContextVar("locale", default=SUPPORTED[DEFAULT_TAG])


def locale() -> Locale:
    """The locale of the current request (English outside of one)."""
    return _current.get()


def for_tag(tag: str | None) -> Locale | None:
    """The locale for a tag in any case, by exact match, alias or language; None when there is none.

    A pseudo-locale is found by its exact tag. What somebody chose goes through ``offered_for``.
    """
    if not tag:
        return None
    wanted = tag.strip().replace("_", "-").lower()
    for known, entry in (SUPPORTED | PSEUDO).items():
        if known.lower() == wanted:
            return entry
    language = wanted.split("-")[0]
    alias = _ALIASES.get(wanted) or _ALIASES.get(language) or language
    return next((entry for known, entry in SUPPORTED.items() if known.lower() == alias.lower()), None)


def offer_pseudo(wanted: bool) -> None:
    """Say once, at start, whether people of this process can choose the pseudo-locales: a setting for development."""
    _offered.clear()
    _offered.update(SUPPORTED | PSEUDO if wanted else SUPPORTED)


def offered() -> dict[str, Locale]:
    """The locales that people can choose, by their tags."""
    return dict(_offered)


def offered_for(tag: str | None) -> Locale | None:
    """``for_tag`` of what came from outside: None for a pseudo-locale where those are not offered."""
    found = for_tag(tag)
    return found if found and found.tag in _offered else None


def resolve(tag: str | None, accept_language: str | None = None) -> Locale:
    """A visitor's locale: the stated choice, else the best of ``Accept-Language`` (RFC 9110 §12.5.4), else English."""
    chosen = offered_for(tag)
    if chosen:
        return chosen
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        name, _, parameters = part.strip().partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                continue
        if name and quality > 0:
            ranked.append((-quality, position, name))
    for _, _, name in sorted(ranked):
        found = offered_for(name)
        if found:
            return found
    return SUPPORTED[DEFAULT_TAG]


def activate(value: Locale) -> None:
    """Answer the rest of this context in ``value``; for request set-up, where no block can be opened."""
    _current.set(value)


@contextmanager
def use(value: Locale | str) -> Iterator[Locale]:
    """Answer in ``value`` (a Locale or a supported tag) inside the block."""
    chosen = (SUPPORTED | PSEUDO)[value] if isinstance(value, str) else value
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)
