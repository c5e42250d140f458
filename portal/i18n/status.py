"""What is known of a translation: made by a machine, or reviewed by whom, when, and what exactly.

A review is of one English text and one translation of it. Their fingerprint is kept with it, so that neither can be
changed while the review stays: the lint refuses a ``reviewed`` whose fingerprint is another.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from portal.i18n.locales import DEFAULT_TAG

Entry = dict[str, Any]
Catalogs = Mapping[str, Mapping[str, Entry]]
MACHINE, REVIEWED = "machine", "reviewed"
STATUSES = (MACHINE, REVIEWED)
_OF_A_REVIEW = ("reviewedBy", "reviewedAt", "reviewedText")


def fingerprint(english: str, translation: str) -> str:
    """12 hexadecimal digits that stand for an English text and its translation."""
    return hashlib.sha256(f"{english}\0{translation}".encode()).hexdigest()[:12]


def reviewed(english: str, translation: str, *, by: str, at: str) -> Entry:
    """The entry of a translation that ``by`` has reviewed ``at`` a day or an instant (ISO 8601)."""
    return {
        "message": translation,
        "status": REVIEWED,
        "reviewedBy": by,
        "reviewedAt": at,
        "reviewedText": fingerprint(english, translation),
    }


def _is_moment(value: object) -> bool:
    try:
        dt.datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def problems(entry: Entry, english: str) -> list[str]:
    """What a translation claims of itself that cannot be so, in words that follow "has"."""
    status = entry.get("status")
    if status not in STATUSES:
        return ["no known status"]
    if status == MACHINE:
        extra = [name for name in _OF_A_REVIEW if name in entry]
        return [f"{', '.join(extra)} without a review"] if extra else []
    told = []
    if not str(entry.get("reviewedBy") or "").strip():
        told.append("a review by nobody (reviewedBy)")
    if not _is_moment(entry.get("reviewedAt")):
        told.append("a review without a day (reviewedAt, as 2026-01-31)")
    if entry.get("reviewedText") != fingerprint(english, str(entry.get("message", ""))):
        told.append("been changed since its review, or its English was: it is machine until it is reviewed anew")
    return told


def counts(entries: Mapping[str, Entry], english: Mapping[str, Entry]) -> tuple[int, int]:
    """(translated, reviewed) of the English keys. Only a text counts, and only a review of the texts as they are."""
    translated = [key for key in english if str(entries.get(key, {}).get("message", "")).strip()]
    of_people = [
        key
        for key in translated
        if entries[key].get("status") == REVIEWED and not problems(entries[key], english[key]["message"])
    ]
    return len(translated), len(of_people)


def share(part: int, total: int) -> str:
    """A share that is never told as more than it is: 1171 of 1172 is 99.9 %, not 100."""
    return f"{int(1000 * part / total) / 10 if total else 100.0:.1f}%"


def table(loaded: Catalogs) -> str:
    """Per locale how much is translated, and how much of it a person has reviewed."""
    english = loaded[DEFAULT_TAG]
    rows = ["locale  translated            reviewed"]
    for tag, entries in loaded.items():
        if tag != DEFAULT_TAG:
            done = [
                f"{share(part, len(english)):>6} {f'({part} of {len(english)})':<15}"
                for part in counts(entries, english)
            ]
            rows.append(f"{tag:<7} {'  '.join(done).rstrip()}")
    return "\n".join(rows)
