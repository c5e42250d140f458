"""The table of the glossary in docs/translating.md: ``make docs`` writes it from ``locales/glossary.json``."""

from __future__ import annotations

from typing import Any

from portal.i18n import glossary
from tools import marked

PAGE = marked.ROOT / "docs" / "translating.md"


def _cell(each: dict[str, Any]) -> str:
    avoid = f"; not {', '.join(each['avoid'])}" if each.get("avoid") else ""
    reviewed = f", reviewed by {each['reviewedBy']}" if each.get("reviewedBy") else ""
    return f"{each['use']} ({each['sure']}{reviewed}{avoid})"


def table(words: glossary.Glossary) -> str:
    """A row for each term: the words of each language, how sure they are, and what not to write."""
    rows = ["| term | Dari | Pashto | Arabic | |", "|---|---|---|---|---|"]
    for term in words["terms"]:
        cells = [_cell(term[tag]) for tag in ("fa-AF", "ps", "ar")]
        rows.append(f"| {' | '.join([term['term'], *cells, term['note']])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    marked.replace(PAGE, "the glossary", table(glossary.glossary()))
