"""Quarters as they are read and named, and two people's comments as one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.qbr_comments import SECTIONS, cleaned, join
from portal.domain.quarters import Quarter

WORDS = st.sampled_from(("", "a", "b", "c"))
TEXTS = st.fixed_dictionaries(dict.fromkeys(SECTIONS, WORDS))


@pytest.mark.parametrize(
    ("text", "quarter"),
    [
        ("2026-Q3", Quarter(2026, 3)),
        ("2026q1", Quarter(2026, 1)),
        ("۲۰۲۶-Q۳", Quarter(2026, 3)),
        (" 2026-q4 ", Quarter(2026, 4)),
        ("2026-Q5", None),
        ("2026-Q0", None),
        ("1999-Q4", None),
        ("2101-Q1", None),
        ("26-Q1", None),
        ("2026-Q3; DROP", None),
        ("²026-Q3", None),
        ("", None),
    ],
)
def test_quarter_is_read_in_any_digits_and_nothing_else_is_one(text: str, quarter: Quarter | None) -> None:
    assert Quarter.read(text) == quarter


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 12, 31)))
def test_every_day_is_in_exactly_one_quarter(day: dt.date) -> None:
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert quarter.before.last + dt.timedelta(days=1) == quarter.first
    assert quarter.before.following == quarter
    assert Quarter.read(quarter.name) == quarter


@given(TEXTS, TEXTS, TEXTS)
def test_nothing_that_was_written_is_lost_when_two_write(
    base: dict[str, str], mine: dict[str, str], theirs: dict[str, str]
) -> None:
    joined, clashes = join(base, mine, theirs)
    assert set(joined) == set(SECTIONS)
    for name in SECTIONS:
        changed = {texts[name] for texts in (mine, theirs) if texts[name] != base[name]}
        shown = {joined[name], *([clashes[name]] if name in clashes else [])}
        assert changed <= shown
        assert shown <= {base[name], *changed}


@given(TEXTS, TEXTS)
def test_one_change_alone_never_clashes(base: dict[str, str], mine: dict[str, str]) -> None:
    assert join(base, mine, base) == (mine, {})
    assert join(base, base, mine) == (mine, {})


def test_texts_are_cleaned_as_the_platform_keeps_them() -> None:
    found = cleaned({"summary": "  one\r\ntwo \n", "plan": None, "traffic": 7, "other": "x"})
    assert found["summary"] == "one\ntwo"
    assert set(found) == set(SECTIONS)
    assert not any(found[name] for name in SECTIONS if name != "summary")
