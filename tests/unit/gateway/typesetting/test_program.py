"""The program that makes pages: it ends, says what it lacks, and loads nothing it does not need."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.typesetting import making, program

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
TEMPLATE = """\
#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: "A page")
#set text(font: "Vazirmatn", lang: "en")
#sheet.text #sheet.replaced.join(" ")
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "page.typ"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("Bank", ()),
        ("سلام ۱۲۳ привет", ()),
        ("😀 and 😃, 😀", ("U+1F600", "U+1F603")),
        ("漢字", ("U+5B57", "U+6F22")),
        ("a family: 👨‍👩‍👧", ("U+200D", "U+1F467", "U+1F468", "U+1F469")),
        ("private \ue000 and \uf8ff", ("U+E000", "U+F8FF")),
        ("a bell \x07", ("U+0007",)),
        ('quoted "😀" and `😃` \\u{41}', ("U+1F600", "U+1F603")),
    ],
)
def test_what_no_font_shows_is_a_box_and_is_named(template: Path, text: str, replaced: tuple[str, ...]) -> None:
    pdf, found = program.typeset({"template": str(template), "sheet": {"text": text}, "at": 0})
    assert tuple(found) == replaced
    assert b"pdfuaid:part" in pdf
    assert b"pdfaid:part" in pdf


def test_thousands_of_letters_without_a_shape_are_replaced_in_a_few_rounds(template: Path) -> None:
    text = " ".join(chr(code) for code in range(0x4E00, 0x4E00 + 3000))
    assert len(program.typeset({"template": str(template), "sheet": {"text": text}, "at": 0})[1]) == 3000


def test_mistake_in_a_template_is_told_and_not_taken_for_a_letter(tmp_path: Path) -> None:
    path = tmp_path / "page.typ"
    path.write_text("#panic()", encoding="utf-8")
    with pytest.raises(making.NotMade, match="panicked"):
        making.to_pdf(path, {}, AT)


def test_program_that_fails_or_hangs_says_so_and_leaves_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _program(monkeypatch, tmp_path, "raise KeyError")
    with pytest.raises(making.NotMade, match="KeyError"):
        making.to_pdf(tmp_path, {}, AT)
    monkeypatch.setattr(making, "LONGEST_SECONDS", 0.2)
    _program(monkeypatch, tmp_path, "import sys; sys.stdin.read(); import threading; threading.Event().wait()")
    for _ in range(3):  # more often than there are places
        with pytest.raises(making.NotMade, match="not done"):
            making.to_pdf(tmp_path, {}, AT)


def _program(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str) -> None:
    program = folder / "program.py"
    program.write_text(source, encoding="utf-8")
    monkeypatch.setattr(making, "_PROGRAM", program)


def test_program_loads_nothing_of_the_gateway() -> None:
    code = (
        f"import sys, runpy; runpy.run_path({str(making._PROGRAM)!r});"
        "print([name for name in sys.modules if name.startswith('gateway')])"
    )
    said = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
