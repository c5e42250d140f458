"""Every plural of every catalog, branch by branch: by the numbers that CLDR gives to each category of each language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from icu4py.messageformat import MessageFormat

from portal.i18n import SUPPORTED, lint, patterns

#: CLDR 47, cardinals: category → numbers that are of it, those at its borders among them.
NUMBERS = {
    "en": {"one": (1,), "other": (0, 2, 11, 21, 100)},
    "fa-AF": {"one": (0, 1), "other": (2, 10, 11, 101)},
    "ps": {"one": (1,), "other": (0, 2, 11, 21, 101)},
    "ar": {
        "zero": (0,),
        "one": (1,),
        "two": (2,),
        "few": (3, 10, 103, 110, 1003),
        "many": (11, 26, 99, 111, 199, 1011),
        "other": (100, 101, 102, 200, 1002, 1_000_000),
    },
}


def plurals() -> Iterator[tuple[str, str, str, patterns.Argument]]:
    """(tag, key, pattern, the plural) of all that there are."""
    for tag, entries in lint.catalogs().items():
        for key, entry in entries.items():
            for use in patterns.uses(entry["message"]):
                if use.kind == "plural":
                    yield tag, key, entry["message"], use


def marked(pattern: str, name: str) -> str:
    """The pattern with each branch of one plural named at its beginning, so that it can be seen which was taken."""
    made, open_braces, selector, pending = "", [], "", False
    for token in patterns.tokens(pattern):
        kind, text = token["type"], token["text"]
        made += text
        if kind == "name":
            open_braces[-1] = text.strip()
        elif kind == "selector":
            selector, pending = text.strip(), True
        elif kind == "syntax" and text == "{":
            if pending and open_braces and open_braces[-1] == name:
                made += f"\ue000{selector}\ue001"
            pending = False
            open_braces.append("")
        elif kind == "syntax" and text == "}":
            open_braces.pop()
    return made


def taken(pattern: str, use: patterns.Argument, tag: str, count: int) -> str:
    """The branch that a number takes, by ICU itself."""
    given: dict[str, Any] = {
        each.name: 1 if each.kind in ("plural", "number") else "x" for each in patterns.uses(pattern)
    }
    text = MessageFormat(marked(pattern, use.name), SUPPORTED[tag].icu).format({**given, use.name: count})
    return text.split("\ue000")[1].split("\ue001")[0]


def test_mark_names_the_branch_that_is_taken() -> None:
    pattern = "{a} {n, plural, =0 {none} one {{a} #} other {# {m, plural, one {x} other {y}}}}"
    use = next(each for each in patterns.uses(pattern) if each.name == "n")
    assert [taken(pattern, use, "en", count) for count in (0, 1, 2)] == ["=0", "one", "other"]


@pytest.mark.parametrize("tag", list(NUMBERS))
def test_every_plural_takes_the_branch_of_the_numbers_category(tag: str) -> None:
    looked_at = 0
    for own, key, pattern, use in plurals():
        if own != tag:
            continue
        looked_at += 1
        for category, counts in NUMBERS[tag].items():
            for count in counts:
                exact = f"={count}" if f"={count}" in use.selectors else None
                assert taken(pattern, use, tag, count) == (exact or category), (tag, key, count)
    assert looked_at > 80


@pytest.mark.parametrize("tag", ["fa-AF", "ps", "ar"])
def test_number_is_told_in_every_branch_that_more_than_one_number_takes(tag: str) -> None:
    """`one` and `two` of Arabic say their number in words; a branch that several numbers share has to show which."""
    english = {key: entry["message"] for key, entry in lint.catalogs()["en"].items()}
    for own, key, pattern, use in plurals():
        if own != tag or "#" not in english[key]:
            continue
        several = [name for name, counts in NUMBERS[tag].items() if len(counts) > 1 and name in use.selectors]
        for category in several:
            count = NUMBERS[tag][category][-1]
            text = MessageFormat(pattern, f"{SUPPORTED[tag].tag}-u-nu-latn").format({
                **{each.name: 1 if each.kind in ("plural", "number") else "x" for each in patterns.uses(pattern)},
                use.name: count,
            })  # fmt: skip
            if (category, tag) == ("one", "fa-AF"):
                continue  # 0 and 1: what counts things that are there has no 0
            assert f"{count:,}" in text or str(count) in text, (tag, key, category, text)
