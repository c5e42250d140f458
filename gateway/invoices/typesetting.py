"""The program that makes the pages: a sheet in (JSON, standard input), a file out (standard output).

A process of its own for each: Typst keeps what it has laid out and gives nothing back, 160 MB for an invoice of 2,000
lines. It imports nothing of the gateway, so that it starts in 40 ms.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(__file__).resolve().parent
# For archives, and for screen readers.
STANDARDS: list[Any] = ["a-2a", "ua-1"]


def typeset(asked: dict[str, Any]) -> bytes:
    """One PDF. `asked`: the `sheet`, and when it was `issuedAt` (seconds since 1970): what says the same gives the same
    bytes, whenever it is made."""
    # Ours first, and what Typst brings for a name in another script; the machine's own would differ from another's.
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FOLDER / "fonts"])
    compiler = typst.Compiler(
        FOLDER / "invoice.typ",
        root=FOLDER,
        font_paths=fonts,
        sys_inputs={"sheet": json.dumps(asked["sheet"], ensure_ascii=False)},
    )
    try:
        return _pages(compiler, asked["issuedAt"], STANDARDS)
    except typst.TypstError:
        # The standards ask for a shape of every letter, and a name may hold one (an emoji) that no font here has.
        return _pages(compiler, asked["issuedAt"], [])


def _pages(compiler: typst.Compiler, issued_at: int, standards: list[Any]) -> bytes:
    made = compiler.compile(format="pdf", timestamp=issued_at, pdf_standards=standards)
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.loads(sys.stdin.buffer.read())))
