"""What no page may do at any width: scroll sideways, cut text off, print texts over one another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.browser import Browser

_SCRIPT = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """``kind`` is "sideways", "cut off" or "overlap"; ``by`` is how far, in pixels."""

    kind: str
    text: str
    where: str
    by: int

    def __str__(self) -> str:
        return f"{self.kind} by {self.by} px: {self.where}" + (f" “{self.text}”" if self.text else "")


def faults_of(browser: Browser) -> list[Fault]:
    """Of the page as it stands."""
    return [Fault(**one) for one in browser.run(f"return {_SCRIPT.partition('*/')[2].strip()}")]
