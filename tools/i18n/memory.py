"""What comes back from translators, and how it gets into the catalogs: string by string, all catalogs or none.

Only approved strings are taken. One that could not be shown (broken ICU, other arguments, plural categories that the
language lacks, a word that the glossary refuses) or that translates another English text is refused by itself, with the
reason; the rest is taken. An entry keeps what else stands in it (comments, context).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.i18n import glossary, patterns, status
from portal.i18n.locales import DEFAULT_TAG


@dataclass(frozen=True)
class Approved:
    """A translation that ``by`` has approved ``at`` (ISO 8601); ``source`` is the English it was approved for, if known."""

    key: str
    text: str
    by: str
    at: str
    source: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A string that is not taken, and why."""

    tag: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"locales/{self.tag}: {self.key} is refused, it has {self.reason}"


@dataclass
class Taken:
    """The catalogs as they would be, and what that changes: keys taken anew, keys that say the same, refusals."""

    catalogs: dict[str, dict[str, status.Entry]]
    taken: dict[str, list[str]] = field(default_factory=dict)
    same: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)


def _reason(given: Approved, tag: str, english: Mapping[str, status.Entry], words: glossary.Glossary) -> str | None:
    if given.key not in english:
        return "no English text of that name"
    source = str(english[given.key]["message"])
    if given.source is not None and given.source != source:
        return "been approved for another English text than there is now"
    if not given.by.strip():
        return "nobody who has approved it: say who did (BY)"
    told = [*patterns.problems(given.text, tag, source), *glossary.avoided(words, tag, given.text)]
    return told[0] if told else None


def take(
    loaded: status.Catalogs, approved: Mapping[str, Iterable[Approved]], words: glossary.Glossary | None = None
) -> Taken:
    """The catalogs with what was approved. Nothing is written. Raises KeyError for a locale that is not there."""
    words = glossary.glossary() if words is None else words
    english = loaded[DEFAULT_TAG]
    result = Taken({tag: {key: dict(entry) for key, entry in entries.items()} for tag, entries in loaded.items()})
    for tag, strings in approved.items():
        if tag == DEFAULT_TAG:
            raise KeyError(tag)
        entries = result.catalogs[tag]
        taken = result.taken.setdefault(tag, [])
        for given in strings:
            if reason := _reason(given, tag, english, words):
                result.refused.append(Refusal(tag, given.key, reason))
                continue
            source = str(english[given.key]["message"])
            before = entries.get(given.key, {})
            stands = before.get("status") == status.REVIEWED and not status.problems(before, source)
            if stands and before["message"] == given.text:
                result.same[tag] = result.same.get(tag, 0) + 1
                continue
            entries[given.key] = {**before, **status.reviewed(source, given.text, by=given.by, at=given.at)}
            taken.append(given.key)
    return result


def write(result: Taken, directory: Path) -> list[Path]:
    """Put the changed catalogs in the place of those that are there: each at once, and none before all are on disk."""
    made: list[tuple[Path, Path]] = []
    try:
        for tag, keys in result.taken.items():
            if not keys:
                continue
            place = directory / tag / "messages.json"
            text = json.dumps(dict(sorted(result.catalogs[tag].items())), ensure_ascii=False, indent=1) + "\n"
            handle, name = tempfile.mkstemp(dir=place.parent, prefix=".messages-", suffix=".json")
            made.append((Path(name), place))
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                Path(name).chmod(place.stat().st_mode)
        for written, place in made:
            written.replace(place)
    finally:
        for written, _ in made:
            written.unlink(missing_ok=True)
    return [place for _, place in made]
