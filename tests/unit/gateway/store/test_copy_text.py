"""What is written for COPY, value by value; that PostgreSQL reads it so is shown where messages are written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from gateway.store.copy_text import blocks


def test_each_type_is_written_as_the_server_reads_it() -> None:
    row = (
        UUID("01a21ec7-4805-724b-b1a5-991fbef1df6e"),
        datetime(2026, 3, 1, 12, 30, 0, 5000, UTC),
        Decimal("0.3500"),
        3,
        None,
        "",
        "پیام ۱",
    )
    [block] = blocks([row])
    assert block.decode() == (
        "01a21ec74805724bb1a5991fbef1df6e\t2026-03-01T12:30:00.005000+00:00\t0.3500\t3\t\\N\t\tپیام ۱\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\tb", r"a\tb"),
        ("a\nb\r\n", r"a\nb\r\n"),
        ("\\N", r"\\N"),
        ("\\.", r"\\."),
        ("a\\tb", r"a\\tb"),
        ("\v\b\f", "\v\b\f"),
    ],
)
def test_what_would_end_a_value_or_a_row_is_escaped(text: str, written: str) -> None:
    assert b"".join(blocks([(text, text)])).decode() == f"{written}\t{written}\n"


def test_rows_of_several_blocks_stay_in_order() -> None:
    found = list(blocks((number,) for number in range(1201)))
    assert len(found) == 3
    assert b"".join(found).decode().split() == [str(number) for number in range(1201)]


def test_no_rows_are_no_blocks() -> None:
    assert list(blocks([])) == []


def test_value_of_another_type_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        list(blocks([(1.5,)]))
