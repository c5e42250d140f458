"""The font of right-to-left pages: Vazirmatn from regular to bold, with the letters and the shaping that pages use.

    python3 tools/vendor/font.py SOURCE TARGET

Needs the packages of font-requirements.txt. What is left out no page asks for: presentation forms, other weights, and
what makes small capitals, fractions and other shapes of the same letters, with the glyphs that only these reach.
"""

from __future__ import annotations

import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

# Latin, every letter of the Arabic block, the marks that isolate numbers, arrows.
RANGES = (
    (0x20, 0x7E), (0xA0, 0xFF), (0x600, 0x6FF), (0x200B, 0x200F), (0x2010, 0x2027), (0x202A, 0x202E), (0x2030, 0x203A),
    (0x2066, 0x2069), (0x2190, 0x2193), (0x2212, 0x2212), (0x25B2, 0x25CF),
)  # fmt: skip
# Joining, marks and their places, ligatures, the languages' own forms; and figures of one width, for tables.
FEATURES = ["calt", "ccmp", "fina", "init", "kern", "liga", "locl", "mark", "medi", "mkmk", "rlig", "tnum"]
WEIGHTS = (400, 700)


def main(source: str, target: str) -> None:
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=FEATURES, hinting=False, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cutter.subset(font)
    instancer.instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
