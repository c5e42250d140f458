"""Pseudo-locales: English texts made to look as another language might make them come out, for looking at layouts.

``en-XA`` has accents on its letters, is 40 % longer and stands in brackets: what has no accents came from no catalog,
what lacks its last bracket is cut off. ``ar-XB`` runs from right to left. Only words are changed; arguments, plurals
and choices stay as they are, and so does what is kept apart by isolates (names and code).

Portal and platform both make them, each of the texts that it shows itself. Needs ``pyicumessageformat``, which comes
with the tools of development.
"""

from __future__ import annotations

import math
import re
from typing import Any

from pyicumessageformat import Parser

GROWTH = 0.4
_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
_FILLER = "ļöñĝéŕ ţĥåñ îñ éñĝļîšĥ "
# What is kept apart (U+2066–U+2069) and addresses are nobody's words.
_KEPT = re.compile(r"([\u2066-\u2068][^\u2069]*\u2069|\S*(?:://|@)\S*)")
_WORD = re.compile(r"[^\W\d_]+")


def _tokens(pattern: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    Parser().parse(pattern, found)
    return found


def _words(text: str, change: Any) -> str:
    parts = _KEPT.split(text)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def _length(nodes: list[Any]) -> int:
    """Letters of the longest way through a pattern's choices, arguments not counted."""
    total = 0
    for node in nodes:
        if isinstance(node, str):
            total += len(node)
        elif node.get("options"):
            total += max(_length(branch) for branch in node["options"].values())
    return total


def _changed(pattern: str, change: Any) -> str:
    # The tokens of a pattern joined are the pattern: whatever is not text stays to the letter.
    return "".join(
        _words(each["text"], change) if each["type"] == "text" else each["text"] for each in _tokens(pattern)
    )


def accented(pattern: str) -> str:
    """A pattern as ``en-XA`` has it."""
    missing = math.ceil(GROWTH * _length(Parser().parse(pattern)))
    filler = (_FILLER * (missing // len(_FILLER) + 1))[:missing].strip()
    return f"[{_changed(pattern, lambda text: text.translate(_ACCENTED))} {filler}]"


def mirrored(pattern: str) -> str:
    """A pattern as ``ar-XB`` has it: each word overridden to run from right to left, between marks of that."""
    return _changed(pattern, lambda text: _WORD.sub(lambda word: f"\u200f\u202e{word[0]}\u202c\u200f", text))


def made(tag: str, english: str) -> str:
    """The pattern of a pseudo-locale for an English pattern; one without a letter (``{from}–{to}``) stays as it is."""
    if not any(_WORD.search(each["text"]) for each in _tokens(english) if each["type"] == "text"):
        return english
    return accented(english) if tag == "en-XA" else mirrored(english)
