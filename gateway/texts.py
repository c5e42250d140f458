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

    @property
    def icu(self) -> str:
        """The locale for ICU, with everything said outright that its defaults might say otherwise."""
        return f"{self.tag}-u-ca-{self.calendar}-nu-{self.digits}"

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
_ALIASES = {"fa": "fa-AF", "prs": "fa-AF", "pbt": "ps"}


def find(tag: str | None) -> Language | None:
    """The language for a tag in any case, by exact match, else by its first subtag."""
    wanted = (tag or "").strip().replace("_", "-").lower()
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
    pattern = _catalog(language.tag).get(key) or _catalog(DEFAULT.tag)[key]
    return MessageFormat(pattern, language.icu)


@lru_cache(maxsize=len(LANGUAGES))
def _catalog(tag: str) -> dict[str, str]:
    entries = json.loads((CATALOGS / tag / "messages.json").read_text(encoding="utf-8"))
    return {key: entry["message"] for key, entry in entries.items() if key.startswith(_PARTS)}
