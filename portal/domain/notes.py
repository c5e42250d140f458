"""Notes about an account, for the platform's own people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

LONGEST_NOTE = 10_000


@dataclass(frozen=True, slots=True)
class Note:
    """``body`` is Markdown as somebody wrote it: not to be trusted. ``version`` grows with each change."""

    note_id: str
    body: str
    version: int
    author_name: str
    created_at: dt.datetime
    updated_at: dt.datetime
    updated_by_name: str
    may_change: bool
    deleted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class NotePage:
    """Newest first."""

    items: tuple[Note, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """What a note said from then on. ``kind`` is ``created``, ``edited`` or ``deleted``."""

    version: int
    kind: str
    body: str
    at: dt.datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class LastNote:
    """The beginning of the newest note about an account."""

    beginning: str
    author_name: str
    at: dt.datetime


def text_problem(body: str) -> str:
    """The code of what is wrong with a text before anybody is asked; empty when nothing is."""
    if not body.strip():
        return "missing"
    return "string_too_long" if len(body) > LONGEST_NOTE else ""
