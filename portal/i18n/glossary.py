"""The glossary (``locales/glossary.json``): which word stands for what, and which must not.

``python -m portal.i18n.glossary`` prints where a term of the English text is in none of its forms in a translation.
That is a list to look through, since a good translation may say it otherwise; a word to avoid, and a letter of a
neighbour's alphabet (Arabic ``ي`` in Dari), fail the lint.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.i18n import status
from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.locales import DEFAULT_TAG, SUPPORTED
from portal.i18n.patterns import visible

Glossary = dict[str, Any]
SURE = ("good", "medium", "low", "unverified")
# Endings that a word of Dari takes without a space or a zero-width non-joiner before them.
_ENDINGS = "(?:های|هایی|ها|ی)?"
_BETWEEN = "[\u200c ]?"
_APART = re.compile("[\u2066-\u2068][^\u2069]*\u2069|\\S*://\\S*")
# Marks that change nothing about which word it is: short vowels, doubling, the joiner's absence.
_MARKS = re.compile("[\u064b-\u0652\u0670]")


def glossary(directory: Path = LOCALES_DIR) -> Glossary:
    """The glossary as stored: ``terms`` and ``letters``."""
    loaded: Glossary = json.loads((directory / "glossary.json").read_text(encoding="utf-8"))
    return loaded


def _plain(text: str) -> str:
    return _MARKS.sub("", text).replace("\u0640", "").replace("أ", "ا").replace("إ", "ا")


@lru_cache(maxsize=512)
def _word(form: str) -> re.Pattern[str]:
    """A word, with the endings it may have; ZWNJ and spaces between its parts are the same."""
    parts = [re.escape(part) for part in re.split("[\u200c ]+", form)]
    return re.compile(rf"(?<!\w){_BETWEEN.join(parts)}{_ENDINGS}(?!\w)")


@lru_cache(maxsize=512)
def _english(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])", re.IGNORECASE)


def mistakes(glossary: Glossary) -> list[str]:
    """What is wrong with the glossary itself, in words that follow its name."""
    told = []
    for term in glossary["terms"]:
        for tag in SUPPORTED.keys() - {DEFAULT_TAG}:
            each = term.get(tag) or {}
            if not each.get("use") or each.get("sure") not in SURE:
                told.append(f"{term['term']} has no word with a known certainty for {tag}")
            if ("reviewedBy" in each) != ("reviewedAt" in each):
                told.append(f"{term['term']} has half a review for {tag}: reviewedBy and reviewedAt belong together")
            own = [each.get("use", ""), *each.get("also", [])]
            told += [
                f"{term['term']} has a word for {tag} that it says to avoid: {form}"
                for form in each.get("avoid", [])
                if any(_word(form).search(word) for word in own)
            ]
    return told


def avoided(glossary: Glossary, tag: str, pattern: str) -> list[str]:
    """The words and letters in a translation that the glossary says to avoid, in words that follow "has"."""
    words = visible(pattern)
    told = [
        f"the word {form}, which is to be avoided; for {term['term']} use {term[tag]['use']}"
        for term in glossary["terms"]
        for form in term.get(tag, {}).get("avoid", ())
        if _word(form).search(words)
    ]
    told += [
        f"the letter {letter} (U+{ord(letter):04X}), which is none of this language; use {own} (U+{ord(own):04X})"
        for letter, own in glossary["letters"].get(tag, {}).items()
        if letter in words
    ]
    return told


def check(glossary: Glossary, loaded: status.Catalogs) -> Iterator[tuple[str, str, str]]:
    """(tag, key, problem) of every translation that the glossary refuses."""
    for tag, entries in loaded.items():
        if tag != DEFAULT_TAG:
            for key, entry in entries.items():
                for problem in avoided(glossary, tag, str(entry.get("message", ""))):
                    yield tag, key, problem


def missed(glossary: Glossary, english: str, tag: str, pattern: str) -> Iterable[str]:
    """The terms that the English text has and the translation has in none of their forms."""
    # What is kept apart, such as an address, holds no words to translate.
    source, words = _APART.sub(" ", visible(english)), _plain(visible(pattern))
    for term in glossary["terms"]:
        each = term.get(tag)
        if term["english"] and each and _english(tuple(term["english"])).search(source):
            # Forms are stems here: languages bend their words, and this is only a list to look through.
            forms = (each["use"], *each.get("also", ()))
            if not any(_plain(form) in words for form in forms):
                yield term["term"]


def to_look_at(glossary: Glossary, loaded: Mapping[str, Mapping[str, status.Entry]]) -> list[str]:
    """Lines for whoever looks through the translations: where a term is in none of its forms."""
    english = loaded[DEFAULT_TAG]
    return [
        f"locales/{tag}: {key}: {term} is not {' or '.join((each['use'], *each.get('also', ())))}: {entry['message']}"
        for tag, entries in loaded.items()
        if tag != DEFAULT_TAG
        for key, entry in entries.items()
        if key in english
        for term in missed(glossary, str(english[key]["message"]), tag, str(entry["message"]))
        for each in [next(one for one in glossary["terms"] if one["term"] == term)[tag]]
    ]


def main() -> int:
    """Print what there is to look through; never a failure."""
    from portal.i18n.lint import catalogs

    lines = to_look_at(glossary(), catalogs())
    sys.stdout.write("".join(f"{line}\n" for line in lines) + f"{len(lines)} places to look at.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
