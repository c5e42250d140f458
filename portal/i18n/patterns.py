"""What an ICU MessageFormat pattern consists of, and what is wrong with a translated one.

The parser's tokens are used rather than its tree: joined they are the pattern again, and they keep what a tree loses
(a branch that is written twice). Needs ``pyicumessageformat``, which comes with the tools of development.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from babel import Locale as BabelLocale
from icu4py.messageformat import MessageFormat
from pyicumessageformat import Parser

from portal.i18n.bidi import FIRST_STRONG_ISOLATE, LEFT_TO_RIGHT_ISOLATE, POP_DIRECTIONAL_ISOLATE
from portal.i18n.locales import for_tag

# Whoever is spoken of: the values that code gives, whichever of them a language tells apart.
GENDER = "gender"
GENDERS = frozenset({"male", "female", "other"})
_PLURALS = ("plural", "selectordinal")
# Every category that CLDR gives to whole numbers in these languages shows itself among these.
_COUNTS = (*range(1, 1000), 0, 1_000_000)


@dataclass
class Argument:
    """One use of an argument: ``{count, plural, one {…} other {…}}`` has a kind and selectors, ``{name}`` neither.

    ``within`` names the arguments in whose branches it stands, outermost first.
    """

    name: str
    kind: str = "none"
    style: str = ""
    offset: int = 0
    selectors: list[str] = field(default_factory=list)
    within: tuple[str, ...] = ()


@lru_cache(maxsize=16_384)
def tokens(pattern: str) -> tuple[dict[str, str], ...]:
    """The pattern in pieces (``type``, ``text``) which joined are the pattern. Raises SyntaxError."""
    found: list[dict[str, str]] = []
    Parser().parse(pattern, found)
    return tuple(found)


def uses(pattern: str) -> list[Argument]:
    """Every use of every argument, in the order in which they stand."""
    found: list[Argument] = []
    open_braces: list[Argument | None] = []
    offset_next = False
    for token in tokens(pattern):
        kind, text = token["type"], token["text"]
        inside = open_braces[-1] if open_braces else None
        if kind == "syntax" and text == "{":
            open_braces.append(None)
        elif kind == "syntax" and text == "}":
            open_braces.pop()
        elif kind == "name":
            found.append(Argument(text.strip(), within=tuple(each.name for each in open_braces if each)))
            open_braces[-1] = found[-1]
        elif inside is None:
            continue
        elif kind == "type":
            inside.kind = text.strip()
        elif kind == "style":
            inside.style = text.strip()
        elif kind == "selector":
            inside.selectors.append(text.strip())
        elif kind == "offset":
            offset_next = True
        elif kind == "number" and offset_next:
            inside.offset, offset_next = int(text), False
    return found


def arguments(pattern: str) -> dict[str, str]:
    """The arguments of a pattern and their kinds: ``{"count": "plural", "name": "none"}``."""
    found: dict[str, str] = {}
    for use in uses(pattern):
        # An argument used both plainly and in a plural is what its richest use is.
        if found.get(use.name, "none") == "none":
            found[use.name] = use.kind
    return found


@lru_cache(maxsize=256)
def _reached(tag: str, ordinal: bool, offset: int, named: frozenset[int]) -> frozenset[str]:
    """The categories that some whole number gets to which no branch of its own is given."""
    language = BabelLocale.parse(tag.replace("-", "_"))
    rule = language.ordinal_form if ordinal else language.plural_form
    return frozenset(rule(abs(count - offset)) for count in _COUNTS if count not in named) | {"other"}


def plural_problems(use: Argument, tag: str) -> list[str]:
    """Branches that a plural lacks, and such that no number reaches, by CLDR's rules for the language."""
    exact = frozenset(int(each[1:]) for each in use.selectors if each.startswith("=") and each[1:].isdigit())
    named = {each for each in use.selectors if not each.startswith("=")}
    needed = _reached(tag, use.kind == "selectordinal", use.offset, exact)
    told = f"plural branches {sorted(named)} of {use.name}"
    problems = [f"{told}, needs {sorted(needed)}"] if needed - named else []
    if named - needed:
        problems.append(f"{told}, of which no number reaches {sorted(named - needed)}")
    return problems


def select_problems(use: Argument, english: set[str] | None) -> list[str]:
    """Branches of a choice that no value reaches, or that a value has none for: the code's values are English's."""
    named = set(use.selectors)
    problems = [] if "other" in named else [f"no branch other of {use.name}"]
    if use.name == GENDER:
        unknown = named - GENDERS
        return [*problems, *([f"genders {sorted(unknown)}, known are {sorted(GENDERS)}"] if unknown else [])]
    if english is not None and named != english:
        problems.append(f"branches {sorted(named)} of {use.name}, English has {sorted(english)}")
    return problems


def _selectors(pattern: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for use in uses(pattern):
        if use.kind == "select":
            found.setdefault(use.name, set()).update(use.selectors)
    return found


def _apart(pattern: str, english: str) -> list[str]:
    """What the arguments of a translation have otherwise than English."""
    mine, theirs = arguments(pattern), arguments(english)
    if set(mine) != set(theirs):
        return [f"other arguments than English: {sorted(mine)} for {sorted(theirs)}"]
    problems = [
        f"argument {name} as {kind}, English has it as {theirs[name]}"
        for name, kind in mine.items()
        if kind != theirs[name]
    ]
    styles = {(use.name, use.style) for use in uses(english) if use.kind == "number"}
    for use in uses(pattern):
        if use.kind == "number" and (use.name, use.style) not in styles:
            problems.append(f"number {use.name} in another style than English: {use.style or 'none'}")
    return problems


def problems(pattern: str, tag: str, english: str | None = None) -> list[str]:
    """What keeps a pattern of ``tag`` from being shown to anybody, in words that follow "has"; empty when nothing does.

    ``english`` is the pattern it translates (None for English itself).
    """
    if not pattern.strip():
        return ["no text: it is empty"]
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in pattern):
        return ["control characters in it"]
    reader = for_tag(tag)
    try:
        MessageFormat(pattern, reader.icu if reader else tag)
        found = uses(pattern)
    except Exception as error:
        return [f"a mistake, it is not valid ICU MessageFormat: {error}"]
    told = _apart(pattern, english) if english is not None else []
    choices = _selectors(english) if english is not None else {}
    for use in found:
        for selector, times in Counter(use.selectors).items():
            if times > 1:
                told.append(f"the branch {selector} of {use.name} {times} times")
        if use.kind != "none" and use.name in use.within:
            told.append(f"a choice by {use.name} inside a choice by {use.name}: most of its branches are never reached")
        if use.kind in _PLURALS:
            told += plural_problems(use, tag)
        elif use.kind == "select":
            told += select_problems(use, choices.get(use.name) if english is not None else None)
    opened = sum(pattern.count(each) for each in (LEFT_TO_RIGHT_ISOLATE, FIRST_STRONG_ISOLATE, "\u2067"))
    if opened != pattern.count(POP_DIRECTIONAL_ISOLATE):
        told.append("isolates that are not closed, or closed twice")
    return told


def visible(pattern: str) -> str:
    """The words of a pattern without its syntax and arguments, to look through; of a broken pattern, all of it."""
    try:
        return "".join(token["text"] if token["type"] == "text" else " " for token in tokens(pattern))
    except SyntaxError:
        return pattern
