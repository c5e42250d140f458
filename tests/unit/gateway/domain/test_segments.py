"""Counting against an independent encoder: it builds the parts as bytes, and decodes each by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.segments import forcing_characters, segment

# 3GPP TS 23.038 §6.2.1, typed in from its table: position is the code, the escape stands at 0x1B.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
GSM_CHARACTERS = ALPHABET.replace("\x1b", "") + "".join(EXTENSION.values())

gsm_texts = st.text(alphabet=GSM_CHARACTERS, max_size=700)
any_texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)


def gsm_parts(text: str) -> list[bytes]:
    codes = {char: bytes([code]) for code, char in enumerate(ALPHABET)}
    codes |= {char: bytes([0x1B, code]) for code, char in EXTENSION.items()}
    return _pack([codes[char] for char in text], 160, 153)


def ucs2_parts(text: str) -> list[bytes]:
    return _pack([char.encode("utf-16-be") for char in text], 140, 134)


def _pack(pieces: list[bytes], single: int, part: int) -> list[bytes]:
    if sum(map(len, pieces)) <= single:
        return [b"".join(pieces)]
    parts = [b""]
    for piece in pieces:
        if len(parts[-1]) + len(piece) > part:
            parts.append(b"")
        parts[-1] += piece
    return parts


def decode_gsm(part: bytes) -> str:
    codes, text = iter(part), ""
    for code in codes:
        text += EXTENSION[next(codes)] if code == 0x1B else ALPHABET[code]
    return text


def test_alphabet_of_the_reference_is_whole() -> None:
    assert len(ALPHABET) == 128
    assert ALPHABET[0x1B] == "\x1b"


@given(gsm_texts)
def test_segment_gsm_text_counts_the_parts_an_encoder_makes(text: str) -> None:
    parts = gsm_parts(text)
    found = segment(text)
    assert "".join(map(decode_gsm, parts)) == text
    assert (found.encoding, found.segments, found.forced_by) == ("GSM-7", len(parts), None)
    assert found.units == sum(map(len, parts))


@given(any_texts)
def test_segment_any_text_counts_the_parts_an_encoder_makes(text: str) -> None:
    found = segment(text)
    outside = [index for index, char in enumerate(text) if char not in GSM_CHARACTERS]
    assert forcing_characters(text) == outside
    if not outside:
        assert found.segments == len(gsm_parts(text))
        return
    parts = ucs2_parts(text)
    assert "".join(part.decode("utf-16-be") for part in parts) == text  # no surrogate pair is split
    assert (found.encoding, found.forced_by) == ("UCS-2", outside[0])
    assert (found.segments, found.units) == (len(parts), sum(map(len, parts)) // 2)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("]" * 80, "GSM-7", 160, 1),
        ("]" * 153, "GSM-7", 306, 3),
        ("س" * 70, "UCS-2", 70, 1),
        ("س" * 71, "UCS-2", 71, 2),
        ("س" * 134, "UCS-2", 134, 2),
        ("س" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("😀" * 67, "UCS-2", 134, 3),  # 33 pairs in a part: the 67th unit stays empty
        ("^س", "UCS-2", 2, 1),
        ("a\r\nb", "GSM-7", 4, 1),
        ("e\u0301", "UCS-2", 2, 1),
        ("می\u200cشود", "UCS-2", 6, 1),
        ("ab\x1b", "UCS-2", 3, 1),
    ],
)
def test_segment_known_texts(text: str, encoding: str, units: int, segments: int) -> None:
    found = segment(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)
