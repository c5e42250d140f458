"""What is wrong with a translated pattern is found, language by language, and what is right is left alone."""

from __future__ import annotations

import pytest
from babel import Locale as BabelLocale
from hypothesis import given
from hypothesis import strategies as st

from portal.i18n import patterns

ALL_OF_ARABIC = "zero {z} one {o} two {t} few {f} many {m} other {x}"
DAYS = "{n, plural, one {# day} other {# days}}"
HE = "{gender, select, male {his} female {her} other {their}}"


def test_tokens_joined_are_the_pattern() -> None:
    pattern = (
        "a '{b}' {n, plural, offset:1 =0 {none} one {'#' {x}} other {# {m, number, ::percent}}} {g, select, other {!}}"
    )
    assert "".join(token["text"] for token in patterns.tokens(pattern)) == pattern
    assert [(use.name, use.kind, use.style, use.offset, use.within) for use in patterns.uses(pattern)] == [
        ("n", "plural", "", 1, ()),
        ("x", "none", "", 0, ("n",)),
        ("m", "number", "::percent", 0, ("n",)),
        ("g", "select", "", 0, ()),
    ]


@pytest.mark.parametrize(
    ("tag", "pattern", "english"),
    [
        ("ar", f"{{n, plural, {ALL_OF_ARABIC}}}", DAYS),
        # `=0` is asked before the category is: `zero` would never be reached.
        ("ar", "{n, plural, =0 {z} one {o} two {t} few {f} many {m} other {x}}", DAYS),
        ("fa-AF", "{n, plural, one {o} other {x}}", DAYS),
        # Dari's `one` is 0 and 1; one of them said apart leaves it the other.
        ("fa-AF", "{n, plural, =0 {z} one {o} other {x}}", DAYS),
        ("fa-AF", "{n, plural, =0 {z} =1 {o} other {x}}", DAYS),
        ("ps", "{n, plural, =1 {o} other {x}}", DAYS),
        # With an offset the category is that of what is left: "you and one other" is two.
        ("en", "{n, plural, offset:1 =0 {z} =1 {o} one {c} other {d}}", None),
        ("en", "{n, plural, offset:1 =0 {z} =1 {o} =2 {c} other {d}}", None),
        ("en", "{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}", None),
        # People are told apart by some languages only.
        ("fa-AF", "{gender, select, other {خود}}", HE),
        ("ar", "{gender, select, female {ها} other {ه}}", HE),
        ("ps", "\u2068{name}\u2069", "{name}"),
    ],
)
def test_pattern_that_is_right_has_no_problem(tag: str, pattern: str, english: str | None) -> None:
    assert patterns.problems(pattern, tag, english) == []


@pytest.mark.parametrize(
    ("tag", "pattern", "english", "told"),
    [
        ("ar", "{n, plural, one {o} other {x}}", DAYS, "needs ['few', 'many', 'one', 'other', 'two', 'zero']"),
        ("ar", f"{{n, plural, =2 {{t}} {ALL_OF_ARABIC}}}", DAYS, "no number reaches ['two']"),
        ("ps", "{n, plural, =1 {o} one {o} other {x}}", DAYS, "no number reaches ['one']"),
        ("fa-AF", "{n, plural, one {o} few {f} other {x}}", DAYS, "no number reaches ['few']"),
        ("ps", "{n}", DAYS, "argument n as none, English has it as plural"),
        ("ps", "{m}", "{n}", "other arguments than English: ['m'] for ['n']"),
        ("ps", "{n, plural, one {o} other {x} other {y}}", DAYS, "the branch other of n 2 times"),
        ("ps", "{n, number}", "{n, number, ::percent}", "another style"),
        ("ps", "{s, select, up {ښه} other {–}}", "{s, select, up {a} down {b} other {c}}", "English has ['down'"),
        ("ps", "{gender, select, men {a} other {c}}", HE, "genders ['men']"),
        ("en", "{n, plural, one {{n, plural, one {a} other {b}}} other {c}}", None, "inside a choice by n"),
        ("ps", "{n, plural, one {o}}", DAYS, "not valid ICU"),
        ("ps", "{n", "{n}", "not valid ICU"),
        ("ps", "'{n}'", "{n}", "other arguments"),
        ("ps", "\u2068{n}", "{n}", "isolates"),
        ("ps", "a\x07", "a", "control characters"),
    ],
)
def test_mistake_in_a_pattern_is_told(tag: str, pattern: str, english: str | None, told: str) -> None:
    assert any(told in problem for problem in patterns.problems(pattern, tag, english)), patterns.problems(
        pattern, tag, english
    )


@pytest.mark.parametrize("tag", ["en", "fa-AF", "ps", "ar"])
@given(count=st.integers(min_value=0, max_value=10**7))
def test_no_number_has_a_category_that_is_not_asked_for(tag: str, count: int) -> None:
    rule = BabelLocale.parse(tag.replace("-", "_")).plural_form
    assert rule(count) in patterns._reached(tag, False, 0, frozenset())
