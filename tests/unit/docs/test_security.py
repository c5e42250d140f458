"""docs/security.md names tests that exist: whoever moves one takes its line along."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/security.md").read_text()
ROWS = [line for line in TEXT[TEXT.index("## Against OWASP") :].splitlines() if re.match(r"\| \d", line)]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[^`]+)`", TEXT)
    assert len(named) > 50
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_chapter_of_the_standard_has_a_line() -> None:
    assert {int(re.split(r"[ .]", row.removeprefix("| "))[0]) for row in ROWS} == set(range(1, 18))


def test_every_line_is_held_by_a_test_or_says_that_it_is_not() -> None:
    for row in ROWS:
        how, held = row.strip("|").split("|")[1:]
        assert "`tests/" in held or (held.strip() == "–" and len(how) > 4), row
