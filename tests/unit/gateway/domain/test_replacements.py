from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.replacements import Forcing, forcing, in_gsm
from gateway.domain.segments import is_gsm, parts, segment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain [GSM] €", []),
        ("it’s", [Forcing(2, "’", "'")]),
        ("“a” – b…", [Forcing(0, "“", '"'), Forcing(2, "”", '"'), Forcing(4, "–", "-"), Forcing(7, "…", "...")]),
        ("cafe\u0301", [Forcing(3, "e\u0301", "é")]),
        ("á ç １", [Forcing(0, "á", "a"), Forcing(2, "ç", "c"), Forcing(4, "１", "1")]),
        ("a\u200cb\u00a0c", [Forcing(1, "\u200c", ""), Forcing(3, "\u00a0", " ")]),
        ("۳", [Forcing(0, "۳", "3")]),
        ("س 😀", [Forcing(0, "س", None), Forcing(2, "😀", None)]),
    ],
)
def test_forcing_characters_are_named_with_what_could_stand_for_them(text: str, expected: list[Forcing]) -> None:
    assert forcing(text) == expected


@given(st.text(max_size=60))
def test_text_with_its_replacements_is_gsm_or_there_is_none(text: str) -> None:
    found = forcing(text)
    assert bool(found) == (segment(text).encoding == "UCS-2")
    written = in_gsm(text, found)
    assert (written is None) == any(item.replacement is None for item in found)
    if written is not None:
        assert is_gsm(written)
    for item in found:
        assert text[item.index : item.index + len(item.text)] == item.text


@given(st.one_of(st.text(max_size=400), st.text(alphabet="a]€ñ", max_size=400)))
def test_parts_hold_the_whole_text_and_are_as_many_as_counted(text: str) -> None:
    counted, divided = segment(text), parts(text)
    assert len(divided) == counted.segments
    assert "".join(text[part.start : part.end] for part in divided) == text
    assert sum(part.units for part in divided) == counted.units
    room = (160 if len(divided) == 1 else 153) if counted.encoding == "GSM-7" else (70 if len(divided) == 1 else 67)
    assert all(part.units <= room for part in divided)
