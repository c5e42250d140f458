"""Catalog and source lint: ``python -m portal.i18n.lint`` fails when a text could reach a customer wrong.

Catalogs: the same keys everywhere, patterns that hold together (``patterns``), claims that can be so (``status``),
words that are those of the glossary (``glossary``).
Sources: what the code and the catalogs have to say to each other (``source_lint``).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from portal.i18n import glossary, patterns, status
from portal.i18n.catalog import LOCALES_DIR
from portal.i18n.locales import DEFAULT_TAG, SUPPORTED
from portal.i18n.source_lint import Finding, check_sources


def catalogs(directory: Path = LOCALES_DIR) -> dict[str, dict[str, status.Entry]]:
    """Locale tag → key → entry, as stored."""
    return {tag: json.loads((directory / tag / "messages.json").read_text(encoding="utf-8")) for tag in SUPPORTED}


def check_catalogs(loaded: status.Catalogs) -> list[Finding]:
    """Problems of the catalogs among themselves."""
    findings: list[Finding] = []
    english = loaded[DEFAULT_TAG]
    for tag, entries in loaded.items():
        place = f"locales/{tag}"
        for key in sorted(english.keys() - entries.keys()):
            findings.append(Finding(place, f"{key} is missing"))
        for key in sorted(entries.keys() - english.keys()):
            findings.append(Finding(place, f"{key} is not in the English catalog"))
        for key, entry in entries.items():
            if tag == DEFAULT_TAG:
                told = [] if entry.get("context") else ["no context for translators"]
                source = None
            else:
                source = str(english.get(key, entry).get("message", ""))
                told = status.problems(entry, source)
            told += patterns.problems(str(entry.get("message", "")), tag, source)
            findings += [Finding(place, f"{key} has {problem}") for problem in told]
    return findings


def check_glossary(loaded: status.Catalogs, words: glossary.Glossary) -> list[Finding]:
    """Problems of the glossary, and translations that have what it says to avoid."""
    findings = [Finding("locales/glossary.json", problem) for problem in glossary.mistakes(words)]
    return findings + [
        Finding(f"locales/{tag}", f"{key} has {problem}") for tag, key, problem in glossary.check(words, loaded)
    ]


def main() -> int:
    """Print every finding and the coverage; 1 when there is any finding."""
    loaded = catalogs()
    english = {key: str(entry["message"]) for key, entry in loaded[DEFAULT_TAG].items()}
    words = glossary.glossary()
    findings = check_catalogs(loaded) + check_glossary(loaded, words) + check_sources(english)
    sys.stdout.write("".join(f"{finding}\n" for finding in findings) + status.table(loaded) + "\n")
    if places := len(glossary.to_look_at(words, loaded)):
        sys.stdout.write(f"{places} translations say a term of the glossary otherwise: make i18n-glossary\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
