"""What a manager writes into a business review, section by section, and how two people's writing comes together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: In the order of the page and of the report; ``plan`` is a section of its own there.
SECTIONS: Final = ("summary", "traffic", "delivery", "compliance", "audience", "spend", "health", "plan")
LONGEST: Final = 2_000

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comments:
    """``texts`` has every section, empty where nothing is said. ``version`` 0: nothing was ever written."""

    version: int
    texts: Texts
    changed_at: dt.datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a change. ``clashes`` are sections that somebody else wrote differently meanwhile, with their
    text: then nothing was written. ``texts`` is what the page is to show: one's own, with the others' sections that one
    did not touch. ``latest`` is what the platform has now."""

    latest: Comments
    texts: Texts
    clashes: Texts
    joined: bool = False


def cleaned(texts: Mapping[str, object]) -> dict[str, str]:
    """Every section's text as the platform keeps it: lines ended by a line feed, nothing around them."""
    return {
        name: text.replace("\r\n", "\n").strip() if isinstance(text := texts.get(name), str) else ""
        for name in SECTIONS
    }


def join(base: Texts, mine: Texts, theirs: Texts) -> tuple[dict[str, str], dict[str, str]]:
    """Two changes of ``base`` as one, and the sections where they clash, with ``theirs``; there ``mine`` stays."""
    joined: dict[str, str] = {}
    clashes: dict[str, str] = {}
    for name in SECTIONS:
        before, own, other = (texts.get(name, "") for texts in (base, mine, theirs))
        joined[name] = other if own == before else own
        if own != before and other != before and own != other:
            clashes[name] = other
    return joined, clashes
