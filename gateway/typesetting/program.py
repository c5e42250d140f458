"""The program that makes the pages: a sheet in (JSON, standard input), a file out (standard output).

A process of its own for each: Typst keeps what it has laid out and gives nothing back, 160 MB for an invoice of 2,000
lines. It imports nothing of the gateway, so that it starts in 40 ms.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).resolve().parent / "fonts"
# For archives, and for screen readers.
STANDARDS: list[Any] = ["a-2a", "ua-1"]
BOX = "□"
_ROUNDS = 20
# The standards ask for a shape of every letter, and forbid those that have none by definition.
_UNSHOWN = re.compile(r'the text `"(.*?)"` could not be displayed|contains the codepoint `"(.*?)"`', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def typeset(asked: dict[str, Any]) -> tuple[bytes, list[str]]:
    """One PDF, and the characters that no font shows.

    `asked`: the `template`'s path, its `sheet`, and the time it is of (`at`, seconds since 1970): what says the same
    gives the same bytes, whenever it is made.

    The template finds the characters in the sheet's `replaced`, so that it can name them.
    """
    # Ours first, and what Typst brings for a name in another script; the machine's own would differ from another's.
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS])
    template, sheet, replaced = Path(asked["template"]), asked["sheet"], set[str]()
    for _ in range(_ROUNDS):
        shown = {**_without(sheet, replaced), "replaced": _named(replaced)}
        compiler = typst.Compiler(
            template,
            root=template.parent,
            font_paths=fonts,
            sys_inputs={"sheet": json.dumps(shown, ensure_ascii=False)},
        )
        try:
            made = compiler.compile(format="pdf", timestamp=asked["at"], pdf_standards=STANDARDS)
        except typst.TypstError as error:
            found = _unshown(str(error.diagnostic)) - replaced
            if not found:
                raise
            replaced |= found
            continue
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made, _named(replaced)
    raise RuntimeError("the fonts lack ever more")


def _unshown(said: str) -> set[str]:
    """The characters that Typst complains of, all of a compilation at once."""
    found = "".join(one or other for one, other in _UNSHOWN.findall(said))
    return set(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), found))


def _named(characters: set[str]) -> list[str]:
    return [f"U+{ord(character):04X}" for character in sorted(characters)]


def _without(value: Any, characters: set[str]) -> Any:
    """The sheet with a box for each of these characters in its texts; what is invisible anyway is left out."""
    if isinstance(value, str):
        return value.translate(
            {ord(each): None if unicodedata.category(each) in {"Cf", "Cc"} else BOX for each in characters}
        )
    if isinstance(value, list):
        return [_without(each, characters) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, characters) for key, each in value.items()}
    return value


if __name__ == "__main__":
    pages, lacking = typeset(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(json.dumps({"replaced": lacking}).encode() + b"\n" + pages)
