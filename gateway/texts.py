"""What the platform itself writes to people (its pages, its invoices): ICU messages from the portal's own catalogs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from icu4py.messageformat import MessageFormat

CATALOGS = Path(__file__).resolve().parents[1] / "locales"
_PARTS = (
    *("billing.", "identity.", "invoice.", "operator."),
    *("chart.", "error_code.", "frame.", "health.", "incident.", "qbr.", "review.", "status."),
)


@dataclass(frozen=True)
class Language:
    """A language: BCP 47 tag, its own name, writing direction, Unicode numbering system and calendar."""

    tag: str
    name: str
    dir: str
    digits: str
    calendar: str
    made_of: str = ""  # of a pseudo-locale: the language whose texts it is made of

    @property
    def spoken(self) -> str:
        """The tag by which others (ICU, CLDR's names, a typesetter) know this language."""
        return self.made_of or self.tag

    @property
    def icu(self) -> str:
        """The locale for ICU, with everything said outright that its defaults might say otherwise."""
        return f"{self.spoken}-u-ca-{self.calendar}-nu-{self.digits}"

    def text(self, key: str, **arguments: str | int) -> str:
        """The message of ``key``. Raises KeyError for one that is in no catalog."""
        return _compiled(self, key).format({**arguments})


LANGUAGES = (
    Language("en", "English", "ltr", "latn", "gregory"),
    Language("fa-AF", "دری", "rtl", "arabext", "persian"),
    Language("ps", "پښتو", "rtl", "arabext", "persian"),
    Language("ar", "العربية", "rtl", "latn", "gregory"),
)
DEFAULT = LANGUAGES[0]
# For looking at layouts, as the portal has them: English as another language might come out.
PSEUDO = (
    Language("en-XA", "[Ṕşéûđö]", "ltr", "latn", "gregory", made_of="en"),
    Language("ar-XB", "\u200f\u202eBidi\u202c\u200f", "rtl", "latn", "gregory", made_of="en"),
)
_offered: list[Language] = [*LANGUAGES]
_ALIASES = {"fa": "fa-AF", "prs": "fa-AF", "pbt": "ps"}


def offer_pseudo(wanted: bool) -> None:
    """Say once, at start, whether anything is written in the pseudo-locales: a setting for development."""
    _offered[:] = [*LANGUAGES, *(PSEUDO if wanted else ())]


def offered() -> tuple[Language, ...]:
    """The languages that people can choose."""
    return tuple(_offered)


def find(tag: str | None) -> Language | None:
    """The language for a tag in any case, by exact match, else by its first subtag.

    A pseudo-locale is found by its exact tag where it is offered; elsewhere the language that it is made of.
    """
    wanted = (tag or "").strip().replace("_", "-").lower()
    for language in PSEUDO:
        if language.tag.lower() == wanted:
            return language if language in _offered else find(language.made_of)
    primary = wanted.split("-")[0]
    for candidate in (wanted, _ALIASES.get(primary, primary).lower()):
        for language in LANGUAGES:
            if language.tag.lower() == candidate:
                return language
    return None


def choose(tags: Iterable[str | None]) -> Language:
    """The first of ``tags`` that is one of ours, else English."""
    return next((found for tag in tags if (found := find(tag)) is not None), DEFAULT)


@lru_cache(maxsize=512)
def _compiled(language: Language, key: str) -> MessageFormat:
    pattern = _catalog(language.spoken).get(key) or _catalog(DEFAULT.tag)[key]
    if language.made_of:
        from locales import pseudo  # needs what only development has

        pattern = pseudo.made(language.tag, pattern)
    return MessageFormat(pattern, language.icu)


@lru_cache(maxsize=len(LANGUAGES))
def _catalog(tag: str) -> dict[str, str]:
    entries = json.loads((CATALOGS / tag / "messages.json").read_text(encoding="utf-8"))
    return {key: entry["message"] for key, entry in entries.items() if key.startswith(_PARTS)}
