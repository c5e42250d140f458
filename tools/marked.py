"""Figures that a run writes into a page of the documentation, between two marks."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECURITY = ROOT / "docs" / "security.md"


def replace(page: Path, name: str, text: str) -> None:
    """Put ``text`` between the marks that ``page`` has for the figures of ``name``."""
    begin, end = (f"<!-- figures of {name}: {which} -->" for which in ("begin", "end"))
    whole = page.read_text(encoding="utf-8")
    before, after = whole[: whole.index(begin) + len(begin)], whole[whole.index(end) :]
    page.write_text(f"{before}\n{text}\n{after}", encoding="utf-8")
