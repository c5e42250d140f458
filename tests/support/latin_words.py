"""Words in Latin letters that a reader of Dari, Pashto or Arabic meets although they are neither names nor code.

What a page shows of somebody's own (a name, an id, code, an address) stands in an element or between characters that say
so: `<bdi>`, `<code>`, `dir="ltr"`, `dir="auto"`, the isolates of Unicode. Everything else is the portal's own text, and
may hold the words of `ALLOWED` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup
from bs4.element import PreformattedString, Tag

#: Abbreviations of the field, codes of currencies, names of programs and formats, keys.
_FIELD = "API CSV ECDSA GSM HTTP HTTPS ID IP JSON NPS OTP PAdES PDF PEM PNG QBR SLA SMS UCS URL UTC"
_CURRENCIES = "AFN EUR USD"
_PROGRAMS = "curl Excel JavaScript Kannel Markdown Parquet pdfsig PHP Poppler pyHanko Python"
_KEYS = "Enter Esc Escape"
_MENU = "English"  # of languages
ALLOWED = frozenset(" ".join((_FIELD, _CURRENCIES, _PROGRAMS, _KEYS, _MENU)).split())
_OWN = "textarea, code, pre, kbd, samp, bdi, [dir=ltr], [dir=auto], [translate=no], [lang=en]"
_UNSEEN = "script, style, noscript, template, datalist"
_SPOKEN = ("aria-label", "title", "placeholder", "alt", "aria-description", "aria-roledescription", "aria-valuetext")
_ISOLATED = re.compile("[\u2066\u2068][^\u2069]*\u2069")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’.-]*[A-Za-z]")


def latin_words(text: str, allowed: Iterable[str] = ()) -> list[str]:
    """The words of `text` that are to be in its reader's letters."""
    return [word for word in _WORD.findall(_ISOLATED.sub("", text)) if word not in ALLOWED.union(allowed)]


def latin_words_of(html: str, allowed: Iterable[str] = ()) -> list[str]:
    """Of a whole page: `word (element: the text it stands in)`, of what is read and of what is told to screen readers."""
    page, found = BeautifulSoup(html, "lxml"), []
    for unseen in page.select(_UNSEEN):
        unseen.decompose()

    def look(text: str, element: Tag) -> None:
        words = latin_words(text, allowed)
        if words and not any(each.css.match(_OWN) for each in (element, *element.parents) if each.name != "[document]"):
            found.append(f"{' '.join(words)} ({element.name}: {text.strip()[:80]})")

    for string in page.find_all(string=True):
        if string.parent and not isinstance(string, PreformattedString):
            look(string, string.parent)
    for element in page.find_all(True):
        for name in _SPOKEN:
            if name in element.attrs:
                look(str(element[name]), element)
    return found
